#include "notify/terminal.h"

#include <gtest/gtest.h>

#include "fakes/sample_alert.h"

namespace vedette::notify {
namespace {

using fakes::sample_alert;
using model::AlertChange;

TEST(Terminal, AnAlertInThreeOrFourLines) {
  EXPECT_EQ(format_for_terminal({}, AlertChange::opened, sample_alert()),
            "2026-06-01 08:18:50Z  HIGH    Brute force from 203.0.113.7 (Frankfurt am Main, Hesse, "
            "Germany; "
            "AS64496 Example Net)\n"
            "                      1,234 attempts, open, so far 3 min 20 s; host web1; users tried "
            "root, deploy\n"
            "                      why: 3 failed log-ins within 60 s\n"
            "                      ATT&CK T1110.001, rule brute_force\n");
}

TEST(Terminal, AnUpdateIsShort) {
  EXPECT_EQ(format_for_terminal({}, AlertChange::updated, sample_alert()),
            "2026-06-01 08:18:50Z  update  Brute force from 203.0.113.7 (Frankfurt am Main, Hesse, "
            "Germany; "
            "AS64496 Example Net)\n"
            "                      1,234 attempts, still going on, so far 3 min 20 s; host web1; "
            "users tried "
            "root, deploy\n");
}

TEST(Terminal, TheEndIsSaid) {
  const std::string closed = format_for_terminal({}, AlertChange::closed, sample_alert());
  EXPECT_NE(closed.find("closed  Brute force"), std::string::npos);
  EXPECT_NE(closed.find("closed, it lasted 3 min 20 s"), std::string::npos);
  EXPECT_NE(
      format_for_terminal({}, AlertChange::withdrawn, sample_alert()).find("undone  Brute force"),
      std::string::npos);
}

TEST(Terminal, ColourIsAroundOurWordsOnly) {
  const std::string text =
      format_for_terminal({.colour = true}, AlertChange::opened, sample_alert());
  EXPECT_NE(text.find("\x1b[1;31mHIGH    Brute force from 203.0.113.7\x1b[0m"), std::string::npos)
      << text;
  EXPECT_EQ(format_for_terminal({}, AlertChange::opened, sample_alert()).find('\x1b'),
            std::string::npos);
}

TEST(Terminal, LittleKnownIsLittleSaid) {
  model::Alert bare;
  bare.title = "Something";
  bare.event_count = 1;
  EXPECT_EQ(format_for_terminal({}, AlertChange::opened, bare),
            "                      MEDIUM  Something\n"
            "                      1 attempt, open, so far less than 1 s\n");
}

}  // namespace
}  // namespace vedette::notify
