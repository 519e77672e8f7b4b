#include "kql/complete/completion.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kql/catalogue/schema_catalogue.h"

namespace vedette::kql {
namespace {

const SchemaCatalogue& sentinel() {
  static const SchemaCatalogue catalogue(built_in_schema());
  return catalogue;
}

// `^` is the place.
Completion at(std::string text, const KnownValues& values = {}) {
  const std::size_t place = text.find('^');
  text.erase(place, 1);
  return complete(text, place, {sentinel(), sentinel().function_names(), values});
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> words;
  for (const Candidate& candidate : at(text).candidates) words.push_back(candidate.text);
  return words;
}

bool offers(const std::string& text, const std::string& word) {
  const auto all = words(text);
  return std::ranges::find(all, word) != all.end();
}

using Texts = std::vector<std::string>;

TEST(Completion, OffersTablesLetsAndOpeningsWhereASourceStands) {
  EXPECT_TRUE(offers("Signin^", "SigninLogs"));
  EXPECT_TRUE(offers("signinl^", "SigninLogs"));
  EXPECT_TRUE(offers("let tried = SigninLogs | where 1 == 1;\ntri^", "tried"));
  EXPECT_TRUE(offers("^", "print"));
  EXPECT_TRUE(offers("_GetWatch^", "_GetWatchlist("));
  EXPECT_TRUE(offers("SigninLogs | join kind=inner (Audit^", "AuditLogs"));
  EXPECT_TRUE(offers("let x = Audit^", "AuditLogs"));
  EXPECT_TRUE(offers("SigninLogs | union Audit^", "AuditLogs"));
  EXPECT_TRUE(offers("union SigninLogs, Audit^", "AuditLogs"));
  EXPECT_TRUE(offers("let f = (n: long) { Audit^", "AuditLogs"));
}

TEST(Completion, OffersOperatorsBehindAPipe) {
  EXPECT_EQ(words("SigninLogs | whe^"), Texts{"where"});
  EXPECT_EQ(words("SigninLogs\n| project-aw^"), Texts{"project-away"});
  EXPECT_TRUE(offers("SigninLogs | ^", "summarize"));
  EXPECT_TRUE(offers("SigninLogs | join (AuditLogs | ext^", "extend"));
  EXPECT_FALSE(offers("SigninLogs | ^", "UserPrincipalName"));
  EXPECT_FALSE(offers("SigninLogs | ^", "mvexpand"));
}

TEST(Completion, KnowsTheColumnsThatAreLeft) {
  EXPECT_TRUE(offers("SigninLogs | where UserP^", "UserPrincipalName"));
  EXPECT_TRUE(offers("SigninLogs | project A = UserPrincipalName | where ^", "A"));
  EXPECT_FALSE(offers("SigninLogs | project A = UserPrincipalName | where ^", "IPAddress"));
  EXPECT_TRUE(offers("SigninLogs | extend Own = 1 | where Ow^", "Own"));
  EXPECT_EQ(words("SigninLogs | summarize Tries = count() by IPAddress | sort by ^"),
            (Texts{"IPAddress", "Tries"}));
  EXPECT_TRUE(offers("let t = SigninLogs | project Only = 1;\nt | where Onl^", "Only"));
  EXPECT_TRUE(
      offers("SigninLogs | join kind=inner (AuditLogs | project Who = Identity) on "
             "$right.^",
             "Who"));
  EXPECT_TRUE(offers("SigninLogs | join (AuditLogs) on $left.User^", "UserPrincipalName"));
  EXPECT_TRUE(offers("SigninLogs | where toint(Res^", "ResultType"));
  EXPECT_TRUE(offers("SigninLogs | project A = 1 | partition by A (where ^", "A"));
  EXPECT_TRUE(
      offers("SigninLogs | mv-apply x = todynamic(Status) on (where User^", "UserPrincipalName"));
}

TEST(Completion, FallsBackToWhatItCanTellOfAWrongText) {
  EXPECT_TRUE(offers("SigninLogs | where NoSuchColumn > 1 | where UserP^", "UserPrincipalName"));
  EXPECT_TRUE(offers("SigninLogs | extend A = 1 | where B | project ^", "A"));
  EXPECT_TRUE(words("NoSuchTable | where x^").empty() ||
              !offers("NoSuchTable | where x^", "UserPrincipalName"));
}

TEST(Completion, OffersAggregatesInsideSummarizeAndColumnsInsideThem) {
  EXPECT_TRUE(offers("SigninLogs | summarize dco^", "dcount("));
  EXPECT_FALSE(offers("SigninLogs | where dco^", "dcount("));
  EXPECT_TRUE(offers("SigninLogs | summarize dcount(User^", "UserPrincipalName"));
  EXPECT_FALSE(offers("SigninLogs | summarize dcount(dco^", "dcount("));
  EXPECT_TRUE(offers("SigninLogs | summarize a = count(), make_s^", "make_set("));
  EXPECT_TRUE(offers("SigninLogs | summarize round(av^", "avg("));
  EXPECT_TRUE(offers("SigninLogs | summarize count() ^", "by"));
  EXPECT_TRUE(offers("SigninLogs | summarize count() by IPA^", "IPAddress"));
  EXPECT_TRUE(offers("SigninLogs | summarize count() by ^", "bin("));
  EXPECT_FALSE(offers("SigninLogs | summarize count() by dco^", "dcount("));
}

TEST(Completion, OffersWordsThatFitTheOperator) {
  EXPECT_TRUE(offers("SigninLogs | where UserPrincipalName ^", "has"));
  EXPECT_TRUE(offers("SigninLogs | where UserPrincipalName !h^", "!has"));
  EXPECT_TRUE(offers("SigninLogs | join kind=^", "leftanti"));
  EXPECT_TRUE(offers("SigninLogs | join kind=inner (AuditLogs) ^", "on"));
  EXPECT_EQ(words("SigninLogs | sort ^"), Texts{"by"});
  EXPECT_TRUE(offers("SigninLogs | sort by TimeGenerated ^", "desc"));
  EXPECT_TRUE(offers("SigninLogs | render time^", "timechart"));
  EXPECT_TRUE(offers("SigninLogs | render barchart with (ki^", "kind="));
  EXPECT_TRUE(offers("SigninLogs | render barchart with (kind=^", "stacked"));
  EXPECT_TRUE(offers("SigninLogs | evaluate bag^", "bag_unpack("));
  EXPECT_TRUE(offers("SigninLogs | evaluate bag_unpack(Sta^", "Status"));
  EXPECT_TRUE(offers("SigninLogs | extend a = strca^", "strcat("));
}

TEST(Completion, OffersNothingInACommentOrANumber) {
  EXPECT_TRUE(words("SigninLogs // whe^").empty());
  EXPECT_TRUE(words("SigninLogs | take 1^").empty());
  EXPECT_TRUE(words("print 'a' // 'x^").empty());
}

TEST(Completion, OffersValuesOfTheComparedColumnInAString) {
  const KnownValues values = [](std::string_view table, std::string_view column) {
    return table == "SigninLogs" && column == "ResultType" ? Texts{"0", "50126", "say \"x\""}
                                                           : Texts{};
  };
  const auto texts = [&](const std::string& text) {
    Texts found;
    const Completion done = at(text, values);
    EXPECT_TRUE(done.are_values);
    for (const Candidate& each : done.candidates) found.push_back(each.text);
    return found;
  };
  EXPECT_EQ(texts("SigninLogs | where ResultType == \"50^"), Texts{"50126\""});
  EXPECT_EQ(texts("SigninLogs | where ResultType == '^"), (Texts{"0'", "50126'", "say \"x\"'"}));
  EXPECT_EQ(texts("SigninLogs | where ResultType == \"s^"), Texts{"say \\\"x\\\"\""});
  EXPECT_EQ(texts("SigninLogs | where ResultType in (\"0\", \"5^"), Texts{"50126\""});
  EXPECT_EQ(texts("let t = SigninLogs | where 1 == 1;\nt | where ResultType == \"5^"),
            Texts{"50126\""});
  EXPECT_EQ(texts("SigninLogs | where IPAddress == \"5^"), Texts{});
  EXPECT_EQ(texts("SigninLogs | extend a = strcat(\"5^"), Texts{});
}

TEST(Completion, ReplacesTheWordThatWasBegun) {
  const Completion done = at("SigninLogs | where  UserP^ and x");
  EXPECT_EQ(done.begin, 20U);
  EXPECT_EQ(at("SigninLogs | project-aw^").begin, 13U);
}

// Whatever stands there, at each place of it.
TEST(Completion, TakesAnyText) {
  for (const std::string text :
       {"let f=(a:string){let b=a;SigninLogs|where x==b|summarize dcount(y) by bin(z,1h)};f('x')",
        ")))](}|;'", "|||", "let", "let x", "let x =", "((((", "a | mv-apply on (",
        "| partition by (", "fork (", "x | fork (", "x | facet by a with (", ";;;{;(let y = 1;",
        "x | render a with (b="})
    for (std::size_t place = 0; place <= text.size(); ++place)
      EXPECT_LE(complete(text, place, {sentinel()}).begin, place) << text;
}

TEST(WholeQuery, EndsWhereAQueryMayEnd) {
  EXPECT_TRUE(is_whole_query("SigninLogs"));
  EXPECT_TRUE(is_whole_query("SigninLogs | where a == 'x'"));
  EXPECT_FALSE(is_whole_query("SigninLogs |"));
  EXPECT_FALSE(is_whole_query("SigninLogs | where"));
  EXPECT_FALSE(is_whole_query("SigninLogs | where a =="));
  EXPECT_FALSE(is_whole_query("SigninLogs | summarize count("));
  EXPECT_FALSE(is_whole_query("let x = 1;"));
  EXPECT_FALSE(is_whole_query("let x = SigninLogs"));
  EXPECT_FALSE(is_whole_query("print ```two"));
  // Wrong before its end, so that is said.
  EXPECT_TRUE(is_whole_query("SigninLogs | wher a"));
  EXPECT_TRUE(is_whole_query("print 'never closed"));
}

}  // namespace
}  // namespace vedette::kql
