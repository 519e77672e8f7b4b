// Hunts as files: what is read, what is refused, what reaches the query.
#include "hunt/hunt.h"

#include <gtest/gtest.h>

#include <set>

#include "hunt/hunt_limits.h"
#include "hunt/row_difference.h"
#include "hunt/test_rows.h"

namespace vedette::hunt {
namespace {

Hunt hunt_of(std::string_view text) {
  auto hunt = read_hunt(text, "h.yaml");
  EXPECT_TRUE(hunt) << hunt.error().message;
  return hunt ? *hunt : Hunt();
}

std::string refusal(std::string_view text) {
  const auto hunt = read_hunt(text, "h.yaml");
  return hunt ? "taken" : hunt.error().message;
}

TEST(ShippedHunts, EachSaysWhatItIsForAndIsTestedBothWays) {
  std::set<std::string> names;
  for (const auto& [file, text] : shipped_hunts()) {
    const auto hunt = read_hunt(text, std::string(file));
    ASSERT_TRUE(hunt) << hunt.error().message;
    EXPECT_EQ(hunt->name + ".yaml", file);
    EXPECT_TRUE(names.insert(hunt->name).second) << file;
    EXPECT_FALSE(hunt->description.empty()) << file;
    EXPECT_FALSE(hunt->tactics.empty()) << file;
    EXPECT_FALSE(hunt->techniques.empty()) << file;
    EXPECT_FALSE(hunt->entities.empty()) << file;
    EXPECT_TRUE(text_of(*hunt, {})) << file;
    EXPECT_FALSE(hunt->every) << file << ": what runs by itself is for people to say";
    std::size_t finding = 0, silent = 0;
    for (const HuntTest& test : hunt->tests) ++(test.finds.empty() ? silent : finding);
    EXPECT_GE(finding, 1U) << file << " has no rows that it must find";
    EXPECT_GE(silent, 1U) << file << " has no rows that it must leave alone";
  }
  EXPECT_GE(names.size(), 30U);
}

TEST(HuntFile, WhatIsWrongIsSaidWithItsLineAndTheRemedy) {
  EXPECT_EQ(refusal("name: a\n"), "h.yaml: line 1: a hunt needs query: the KQL that is run");
  EXPECT_EQ(refusal("name: A b\nquery: print 1\n"),
            "h.yaml: line 1: a hunt needs a name of small letters, digits and dashes");
  EXPECT_EQ(refusal("name: a\nquerry: print 1\n"),
            "h.yaml: line 2: there is no \"querry\"; did you mean query?");
  EXPECT_EQ(refusal("name: a\nquery: print 1\nevery: 1s\n"),
            "h.yaml: line 3: every is a time such as 15m, 6h or 1d, from 1m to 31d");
  EXPECT_EQ(refusal("name: a\nquery: print 1\nparameters: [{name: n, type: long, default: x}]\n"),
            "h.yaml: line 3: n is a whole number, and \"x\" is none");
  EXPECT_EQ(refusal("name: a\nquery: print 1\ntests: [{name: t, rows: {}}]\n"),
            "h.yaml: line 3: a test needs finds: the rows of the answer, [] for none");
  EXPECT_EQ(refusal("- a\n- b\n"), "h.yaml: line 1: here stand names and values (name ...)");
  EXPECT_NE(refusal("name: a\nquery: |\n  print 1\nquery: print 2\n").find("twice"),
            std::string::npos);
}

TEST(HuntFile, SentinelsHuntingQueriesAreReadAsTheyAre) {
  const Hunt hunt = hunt_of(R"(id: 2a4f0a12-0000-4000-8000-000000000000
name: Sign-ins from IPs (v2)
description: |
  'Looks for it.'
description-detailed: more
requiredDataConnectors:
  - connectorId: AzureActiveDirectory
    dataTypes:
      - SigninLogs
tactics:
  - InitialAccess
relevantTechniques:
  - T1078
query: |
  SigninLogs
  | where ResultType == "0"
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: FullName
        columnName: UserPrincipalName
  - entityType: CloudApplication
    fieldMappings:
      - identifier: Name
        columnName: AppDisplayName
version: 1.0.1
metadata:
    source:
        kind: Community
)");
  EXPECT_TRUE(hunt.is_sentinel);
  EXPECT_EQ(hunt.name, "sign-ins-from-ips-v2");
  EXPECT_EQ(hunt.title, "Sign-ins from IPs (v2)");
  EXPECT_EQ(hunt.techniques, std::vector<std::string>{"T1078"});
  ASSERT_EQ(hunt.entities.size(), 1U);
  EXPECT_EQ(hunt.entities[0].column, "UserPrincipalName");
  EXPECT_EQ(*text_of(hunt, {}), "SigninLogs\n| where ResultType == \"0\"\n");
}

TEST(HuntParameters, WhateverTheValueIsItStaysOneLiteral) {
  const Hunt hunt = hunt_of(
      "name: a\nquery: print who, n, many\nparameters:\n"
      "  - {name: who}\n  - {name: n, type: long, default: 5}\n"
      "  - {name: many, type: dynamic, default: 'a, b'}\n");
  const std::vector<std::pair<std::string, std::string>> values{
      {"who", "a\"; SecurityEvent | take 1 \\\n//"}};
  EXPECT_EQ(*text_of(hunt, values),
            "let who = \"a\\\"; SecurityEvent | take 1 \\\\\\n//\"; let n = long(5); "
            "let many = dynamic([\"a\",\"b\"]); print who, n, many");
  const auto error_of = [&](const std::vector<std::pair<std::string, std::string>>& given) {
    const auto text = text_of(hunt, given);
    return text ? "taken" : text.error().message;
  };
  EXPECT_EQ(error_of({}), "a needs --param who=VALUE (string)");
  EXPECT_EQ(error_of({{"who", "x"}, {"n", "1); SecurityEvent"}}),
            "n is a whole number, and \"1); SecurityEvent\" is none");
  EXPECT_EQ(error_of({{"whom", "x"}}), "a has no parameter whom; did you mean who?");
}

// An answer of two columns.
KeptRows answer_of(const std::vector<std::pair<std::string, std::int64_t>>& rows) {
  KeptRows answer;
  std::vector<kql::plan::Column> columns(2);
  columns[0].name = "User";
  columns[1].name = "Count";
  columns[1].type = kql::Type::int64;
  answer.begin(columns);
  for (const auto& [user, count] : rows) {
    std::vector<kql::result::Cell> cells(2);
    cells[0] = {.type = kql::Type::string, .is_null = false, .text = user};
    cells[1].type = kql::Type::int64;
    cells[1].is_null = false;
    cells[1].integer = count;
    answer.row(cells);
  }
  answer.end({});
  return answer;
}

TEST(RowDifference, RowsCountAsOftenAsTheyStandThere) {
  const KeptRows first = answer_of({{"a", 1}, {"a", 1}, {"b", 2}});
  const KeptRows second = answer_of({{"b", 2}, {"a", 1}, {"c", 3}});
  const RowDifference difference = difference_of(first, second);
  EXPECT_EQ(difference.only_first, std::vector<std::size_t>{1});
  EXPECT_EQ(difference.only_second, std::vector<std::size_t>{2});
  EXPECT_EQ(difference.both, 2U);
  KeptRows shown;
  give_difference(first, "here", second, "there", shown);
  ASSERT_EQ(shown.rows().size(), 2U);
  EXPECT_EQ(shown.shown(shown.rows()[0]), "Only: here, User: a, Count: 1");
  EXPECT_EQ(shown.shown(shown.rows()[1]), "Only: there, User: c, Count: 3");
}

TEST(TestRows, RepeatCountAndStandBeforeNow) {
  const Hunt hunt = hunt_of(R"(name: a
query: T
tests:
  - name: t
    now: 2026-06-01T12:00:00Z
    rows:
      T:
        - {TimeGenerated: -1h, _times: 2, _every: 30m, User: "u{n}", Details: {code: 7, text: "7"}, Json: {a: [1]}}
    finds:
      - {User: u1, Count: 1}
)");
  const kql::CatalogueTable table{"T",
                                  {{"TimeGenerated", kql::Type::datetime},
                                   {"User", kql::Type::string},
                                   {"Details", kql::Type::dynamic},
                                   {"Json", kql::Type::string}},
                                  false,
                                  {}};
  const HuntTest& test = hunt.tests.front();
  const auto records = records_of(test.tables.front().second, table, test.now_ticks);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(*records,
            "{\"TimeGenerated\":\"2026-06-01T11:00:00.0000000Z\",\"User\":\"u1\","
            "\"Details\":{\"code\":7,\"text\":\"7\"},\"Json\":\"{\\\"a\\\":[1]}\"}\n"
            "{\"TimeGenerated\":\"2026-06-01T11:30:00.0000000Z\",\"User\":\"u2\","
            "\"Details\":{\"code\":7,\"text\":\"7\"},\"Json\":\"{\\\"a\\\":[1]}\"}\n");
  EXPECT_EQ(difference_of(test, answer_of({{"u1", 1}})), "");
  EXPECT_NE(difference_of(test, answer_of({{"u1", 2}})), "");
  EXPECT_NE(difference_of(test, answer_of({})), "");
  EXPECT_NE(difference_of(test, answer_of({{"u1", 1}, {"u2", 1}})), "");
  const auto wrong = records_of(test.tables.front().second, {"T", {}, false, {}}, 0);
  EXPECT_EQ(wrong.error().message, "line 8: T has no column TimeGenerated");
}

}  // namespace
}  // namespace vedette::hunt
