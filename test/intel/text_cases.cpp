// Runs the cases of a file: what a source sends, and the indicators and refusals that it comes to.
// A case: a line "== NAME", what is sent, a line "--", what comes out, an empty line.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "intel/indicator_document.h"
#include "intel/indicator_rows.h"

namespace {

using namespace vedette;

struct Case {
  std::string name, sent, expected;
};

std::vector<Case> cases_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<Case> cases;
  bool is_expected = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      cases.push_back({line.substr(3), "", ""});
      is_expected = false;
    } else if (line == "--" && !cases.empty()) {
      is_expected = true;
    } else if (!cases.empty() && !(is_expected && line.empty())) {
      (is_expected ? cases.back().expected : cases.back().sent) += line + "\n";
    }
  }
  return cases;
}

std::string shown(const model::TrafficTerms& terms) {
  std::string text;
  if (terms.end == model::TrafficEnd::source) text += " as source";
  if (terms.end == model::TrafficEnd::destination) text += " as destination";
  if (terms.source_port != 0) text += fmt::format(" source port {}", terms.source_port);
  if (terms.destination_port != 0)
    text += fmt::format(" destination port {}", terms.destination_port);
  for (const auto& each : terms.protocols) text += " " + each;
  return text;
}

std::string shown(const model::Indicator& indicator) {
  std::string text;
  for (const auto& each : indicator.observables)
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", model::name_of(each.type),
                        each.value, shown(each.traffic));
  text += fmt::format(" | confidence {}", indicator.confidence);
  if (indicator.is_revoked) text += " | revoked";
  if (indicator.valid_until.is_set()) text += " | until " + base::format_iso(indicator.valid_until);
  if (indicator.tlp != model::Tlp::unmarked)
    text += fmt::format(" | TLP {}", model::name_of(indicator.tlp));
  for (const auto& [chain, phase] : indicator.kill_chain)
    text += fmt::format(" | {}: {}", chain, phase);
  if (!indicator.description.empty()) text += " | " + indicator.description;
  return text + "\n";
}

// Through the row and back: what the store keeps is the same indicator.
void expect_kept(const model::Indicator& indicator) {
  const auto row = base::parse_json(intel::write_row(indicator, {}));
  ASSERT_TRUE(row);
  const auto moment = [&](const char* name) {
    return base::parse_iso((*row)[name].text()).value_or(base::Timestamp{});
  };
  const auto back = intel::read_row({(*row)["Id"].text(),
                                     (*row)["SourceSystem"].text(),
                                     (*row)["Pattern"].text(),
                                     (*row)["ObservableKey"].text(),
                                     (*row)["ObservableValue"].text(),
                                     (*row)["Data"]["description"].text(),
                                     *(*row)["Confidence"].as_integer(),
                                     *(*row)["Revoked"].as_bool(),
                                     moment("Modified"),
                                     moment("ValidFrom"),
                                     moment("ValidUntil"),
                                     {}});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->id, indicator.id);
  EXPECT_EQ(back->modified, indicator.modified);
  EXPECT_EQ(back->valid_until, indicator.valid_until);
  EXPECT_EQ(back->confidence, indicator.confidence);
  EXPECT_EQ(back->description, indicator.description);
  EXPECT_EQ(back->is_revoked, indicator.is_revoked);
  if (!indicator.is_revoked) {
    EXPECT_EQ(back->observables, indicator.observables);
  }
  EXPECT_TRUE(base::parse_json(intel::write_older_row(indicator, {})));
}

class TextCases : public testing::TestWithParam<const char*> {};

TEST_P(TextCases, ComeToWhatIsWritten) {
  const auto cases = cases_of(std::string(VEDETTE_SOURCE_DIR) + "/test/intel/" + GetParam());
  ASSERT_FALSE(cases.empty());
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const auto format = intel::format_of_document(each.sent);
    std::string found;
    if (!format) {
      found = "no format\n";
    } else {
      intel::read_document(*format, each.sent, {"test", 50}, [&](auto read) {
        if (read) {
          found += shown(*read);
          expect_kept(*read);
        } else if (read.error().code != base::ErrorCode::not_found) {
          found += "refused: " + read.error().message + "\n";
        }
      });
    }
    EXPECT_EQ(found, each.expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Intel, TextCases, testing::Values("stix.test", "misp.test", "lists.test"));

}  // namespace
