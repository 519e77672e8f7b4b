#include "respond/policy.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>

#include "respond/policy_match.h"
#include "yaml/yaml_tree.h"

namespace vedette::respond {
namespace {

using base::Duration;

constexpr std::string_view least_policy = R"(
name: p
type: Test
match: {any: {title: [twill]}}
steps:
  - {do: notify, after: 0h}
  - {do: lock, after: 120h}
)";

Policy policy_of(std::string_view text) {
  auto policy = read_policy(text, "p.yaml");
  EXPECT_TRUE(policy) << policy.error().message;
  return policy ? *std::move(policy) : Policy();
}

std::string error_of(std::string_view text) {
  const auto policy = read_policy(text, "p.yaml");
  return policy ? "" : policy.error().message;
}

// The least policy with one line in another's place.
std::string with(std::string_view from, std::string_view to) {
  std::string text(least_policy);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

const Policy& shipped(std::string_view file) {
  static std::map<std::string, Policy, std::less<>> read;
  for (const auto& [name, text] : shipped_policies())
    if (!read.contains(name)) read.emplace(name, policy_of(text));
  return read.find(file)->second;
}

model::Incident titled(const std::string& title) {
  model::Incident incident;
  incident.number = 7;
  incident.title = title;
  incident.severity = model::Severity::medium;
  incident.origin.emplace();
  return incident;
}

TEST(Policy, TheShippedOnesAreWhatJobS1Wants) {
  for (const auto& [file, type, subject] :
       {std::tuple{"credential-phishing.yaml", "Credential Phishing",
                   "🚨 Credential Phishing Incident Detected"},
        std::tuple{"twill.yaml", "Twill", "🚨 Twill Incident Detected"}}) {
    const Policy& policy = shipped(file);
    EXPECT_EQ(policy.type, type);
    EXPECT_EQ(policy.mode, model::ActionMode::propose) << "a person arms it for more";
    EXPECT_EQ(policy.until, Until::acknowledged);
    std::string steps;
    for (const auto& step : policy.steps)
      steps += std::string(name_of(step.kind)) + " " +
               std::to_string(step.after.whole_seconds() / 3600) + ", ";
    EXPECT_EQ(steps, "notify 0, warn 72, warn 96, warn 119, lock 120, revoke 120, ");
    EXPECT_EQ(policy.steps[0].text, subject);
    EXPECT_EQ(policy.hash.size(), 64U);
  }
  EXPECT_EQ(shipped("twill.yaml").ask_first, AskFirst::when_host_centred);
}

TEST(Policy, WordsAreWholeWords) {
  const Policy& twill = shipped("twill.yaml");
  for (const std::string title : {"Twill", "Twill Typhoon activity", "possible TWILL-related mail",
                                  "(twill)", "activity of Twill"})
    EXPECT_TRUE(why_matched(twill.match, titled(title))) << title;
  for (const std::string title : {"Twilio", "twilight", "Twilled", "untwill", "Mustang Panda", ""})
    EXPECT_FALSE(why_matched(twill.match, titled(title))) << title;
  const Policy& phishing = shipped("credential-phishing.yaml");
  for (const std::string title :
       {"Credential phishing mail delivered to one user", "CREDENTIAL-PHISHING",
        "Phishing page harvests user credentials", "Credentials stolen by a phishing kit",
        "AiTM session theft", "Adversary-in-the-middle phishing"})
    EXPECT_TRUE(why_matched(phishing.match, titled(title))) << title;
  for (const std::string title :
       {"Phishing mail delivered", "Credential dumping on a server", "Credentialed scan"})
    EXPECT_FALSE(why_matched(phishing.match, titled(title))) << title;
}

TEST(Policy, WhatLastsIsRememberedAsTheReason) {
  model::Incident incident = titled("Twill Typhoon activity");
  const auto& match = shipped("twill.yaml").match;
  EXPECT_EQ(why_matched(match, incident).value_or(""),
            "its title \"Twill Typhoon activity\" has the words twill");
  incident.origin->labels = {"case 12", "Twill"};
  EXPECT_EQ(why_matched(match, incident).value_or(""), "its label \"Twill\" has the words twill");
}

TEST(Policy, OnlyNarrows) {
  const Policy policy = policy_of(with(
      "{any: {title: [twill]}}",
      "{any: {title: [twill]}, only: {severity: high, products: [defender], entity: account}}"));
  model::Incident incident = titled("twill");
  EXPECT_FALSE(why_matched(policy.match, incident));
  incident.severity = model::Severity::high;
  incident.origin->products = {"Microsoft Defender for Office 365"};
  EXPECT_FALSE(why_matched(policy.match, incident)) << "nobody is in it";
  incident.origin->entities = {{"Account", "anna@contoso.com"}};
  EXPECT_TRUE(why_matched(policy.match, incident));
}

TEST(Policy, AliasesAreOffUntilSomebodyWantsThem) {
  std::string text(shipped_policies()[1].text);
  EXPECT_FALSE(why_matched(policy_of(text).match, titled("Mustang Panda seen")));
  text.replace(text.find("use: no"), 7, "use: yes");
  EXPECT_TRUE(why_matched(policy_of(text).match, titled("Mustang Panda seen")));
}

TEST(Policy, MistakesAreSaidWithTheirLine) {
  EXPECT_EQ(error_of(with("do: lock", "do: shoot")),
            "p.yaml: line 7: do is one of: notify, warn, escalate, webhook, assign, comment, lock, "
            "revoke");
  EXPECT_NE(error_of(with("{do: notify, after: 0h}", "{do: webhook, after: 0h, channels: [a]}"))
                .find("without a word"),
            std::string::npos)
      << "a program is nobody";
  EXPECT_NE(error_of(with("{do: notify, after: 0h}", "{do: escalate, after: 0h}"))
                .find("escalate needs channels"),
            std::string::npos);
  EXPECT_NE(error_of(with("{do: notify, after: 0h}", "{do: assign, after: 0h}"))
                .find("assign needs owner"),
            std::string::npos);
  EXPECT_EQ(error_of(with("type: Test", "typ: Test")),
            "p.yaml: line 3: there is no \"typ\"; did you mean type?");
  EXPECT_EQ(error_of(with("after: 120h", "after: soon")),
            "p.yaml: line 7: after is a time such as 30m, 72h or 5d, at most 90d");
  EXPECT_NE(error_of(with("  - {do: notify, after: 0h}\n", "")).find("without a word"),
            std::string::npos);
  EXPECT_NE(
      error_of(with("{do: notify, after: 0h}", "{do: notify, after: 121h}")).find("without a word"),
      std::string::npos);
  EXPECT_NE(error_of(with("[twill]", "[\"t*\"]")).find("nearly every word"), std::string::npos);
  EXPECT_NE(error_of(with("[twill]", "[]")).find("it would match no incident"), std::string::npos);
  EXPECT_NE(error_of(with("name: p", "name: ../p")).find("small letters"), std::string::npos);
  EXPECT_NE(error_of("").find("empty"), std::string::npos);
}

TEST(Policy, AnotherTextIsAnotherHash) {
  EXPECT_EQ(policy_of(least_policy).hash, policy_of(least_policy).hash);
  EXPECT_NE(policy_of(least_policy).hash, policy_of(with("120h", "119h")).hash);
}

TEST(Yaml, WhatCouldGrowOrMislead) {
  const auto refused = [](const std::string& text) {
    const auto tree = yaml::parse_yaml(text);
    return tree ? std::string("taken") : tree.error().message;
  };
  EXPECT_EQ(refused("a: &x 1\nb: *x\n"), "line 1: anchors (&name) are not taken: write it out");
  EXPECT_NE(refused("a: !!python/object 1\n").find("tags"), std::string::npos);
  EXPECT_NE(refused("a: 1\na: 2\n").find("twice"), std::string::npos);
  EXPECT_NE(refused("a: 1\n---\nb: 2\n").find("more than one document"), std::string::npos);
  EXPECT_NE(refused(std::string(100, '[') + std::string(100, ']')).find("deeper"),
            std::string::npos);
  EXPECT_NE(refused("a: [" + std::string(20'000, ',') + "]").find("line 1"), std::string::npos);
  EXPECT_NE(refused(std::string(70'000, 'a')).find("larger"), std::string::npos);
  EXPECT_NE(refused("[a]: 1\n").find("a name must be a text"), std::string::npos);
  EXPECT_NE(refused("a: [1, 2\nb").find("line"), std::string::npos);
  const auto tree = yaml::parse_yaml("use: no\nlist: [on, 012]\n");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->find("use")->text, "no");
  EXPECT_EQ(tree->find("list")->items[1].text, "012");
}

TEST(Calendar, OnlyWorkingDaysCount) {
  Policy policy = policy_of(with(
      "steps:", "calendar: {days: [mon, tue, wed, thu, fri], holidays: [2026-06-04]}\nsteps:"));
  const auto at = [](std::string_view text) { return *base::parse_iso(text); };
  // Thursday is a holiday, then comes a week-end.
  EXPECT_EQ(policy.calendar.add(at("2026-06-03T12:00:00Z"), Duration::hours(24)),
            at("2026-06-05T12:00:00Z"));
  EXPECT_EQ(policy.calendar.add(at("2026-06-05T12:00:00Z"), Duration::hours(24)),
            at("2026-06-08T12:00:00Z"));
  EXPECT_EQ(policy.calendar.add(at("2026-06-06T12:00:00Z"), Duration::hours(1)),
            at("2026-06-08T01:00:00Z"));
  EXPECT_EQ(policy.calendar.add(at("2026-06-01T00:00:00Z"), Duration::hours(120)),
            at("2026-06-09T00:00:00Z"));
}

}  // namespace
}  // namespace vedette::respond
