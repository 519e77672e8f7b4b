// The syntax of Microsoft's page "Regex syntax", pattern by pattern: what it matches and what not.
#include "kql/native/regex.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "kql/native/regex_syntax.h"

namespace vedette::kql::native {
namespace {

struct Case {
  std::string_view pattern;
  std::vector<std::string_view> matching;
  std::vector<std::string_view> other;
};

TEST(RegexSyntax, MatchesWhatThePageSays) {
  const std::vector<Case> cases{
      // Unicode's digits, spaces and words
      {R"(^\d$)", {"4", "٣"}, {"a", "²"}},
      {R"(^\D$)", {"a", "é"}, {"4", "٣"}},
      {R"(^\s$)", {" ", "\v", "\u00a0", "\u2003"}, {"a", "\u200b"}},
      {R"(^\S$)", {"a"}, {" ", "\u00a0"}},
      {R"(^\w$)", {"a", "é", "_", "5", "漢", "\u24b6"}, {"-", " ", "€"}},
      {R"(^\W$)", {"-", "€"}, {"a", "é"}},
      {R"(^[\s\S]$)", {"a", "\n", "é"}, {""}},
      {R"(^[^\W_]+$)", {"aé5"}, {"_", "-"}},
      {R"(^[\W_]+$)", {"_-"}, {"a", "é"}},
      {R"((?-u)^\w$)", {"a"}, {"é"}},
      {R"(^(?-u:\w)$)", {"a"}, {"é"}},
      // classes
      {R"(^[0-9&&[^4]]$)", {"0", "9"}, {"4", "&"}},
      {R"(^[0-9--4]$)", {"0", "9"}, {"4", "-"}},
      {R"(^[a-g~~b-h]$)", {"a", "h"}, {"b", "g", "~"}},
      {R"(^[x[^xyz]]$)", {"x", "a", "é"}, {"y", "z"}},
      {R"(^[a-y&&xyz]$)", {"x", "y"}, {"a", "z", "&"}},
      {R"(^[a&&b]$)", {}, {"a", "b", "&"}},
      {R"(^[^a-z&&b]$)", {"a", "c", "1"}, {"b"}},
      {R"(^[\pL--\p{Greek}&&\p{Uppercase}]$)", {"A", "Ж"}, {"a", "Σ"}},
      {R"(^[\p{Greek}[:digit:]]$)", {"σ", "4"}, {"a"}},
      {R"(^[\p{Greek}&&\pL]$)", {"σ"}, {"a"}},
      {R"(^[\w&&\p{ascii}]$)", {"a", "_"}, {"é", "-"}},
      {R"((?i)^[a-z&&[^k]]$)", {"a", "A"}, {"k", "K"}},
      {R"(^[\[\]]$)", {"[", "]"}, {"\\"}},
      {R"(^[]a]$)", {"]", "a"}, {"b"}},
      {R"(^[-a]$)", {"-", "a"}, {"b"}},
      {R"(^[\w.-]+$)", {"a.b-c"}, {"a b"}},
      {R"(^[+--]$)", {"+"}, {",", "-"}},
      // an open bracket in a class, as older patterns have it
      {R"(^[^[\]]+$)", {"ab"}, {"[", "]"}},
      // escapes
      {R"(^\u0041\u{42}\U00000043\U{44}\x45\x{46}$)", {"ABCDEF"}, {"abcdef"}},
      {R"(^\p{Letter}\P{Letter}\p{Uppercase_Letter}\p{greek}\p{sc=Greek}$)", {"a1Bσσ"}, {"11Bσσ"}},
      {R"(^[^\p{Letter}]$)", {"1"}, {"a"}},
      {R"(^\*\-\ \#$)", {"*- #"}, {"a"}},
      // groups and flags
      {R"(^(?<n>\d+)-(?P<m>\d+)$)", {"1-2"}, {"1"}},
      {"(?x) ^ a # a letter\n [b c] \\  $", {"ab ", "ac "}, {"a b", "a  "}},
      {R"((?i)a+(?-i)b+$)", {"Ab"}, {"aB"}},
      {R"(^(?x: a b )c d$)", {"abc d"}, {"abcd"}},
      {R"((?R)^.$)", {"a"}, {"\r"}},
      {R"(^a{2,3}{x}$)", {"aa{x}"}, {"a"}},
      // ends of words
      {R"(\<ab\>)", {"ab", "x ab."}, {"xab", "abx"}},
      {R"(^"\>[Dd]\<\/a$)", {"\">D</a"}, {"\"D</a"}},
      {R"(\b{start}\w+\b{end}$)", {"ab"}, {"-"}},
  };
  for (const Case& one : cases) {
    const Regex* regex = Regex::get(one.pattern);
    ASSERT_NE(regex, nullptr) << one.pattern << ": " << regex_problem(one.pattern);
    for (const std::string_view text : one.matching)
      EXPECT_TRUE(regex->matches(text)) << one.pattern << " on " << text;
    for (const std::string_view text : one.other)
      EXPECT_FALSE(regex->matches(text)) << one.pattern << " on " << text;
  }
}

TEST(RegexSyntax, SaysWhatItCannotSay) {
  EXPECT_EQ(regex_problem(R"(\<.)"), R"(\< is supported right before a word's character only)");
  EXPECT_EQ(regex_problem(R"((?mR)^a)"), "the flags m and R together are not supported");
  EXPECT_EQ(regex_problem("("), "missing ): (");
  EXPECT_EQ(regex_problem(R"(\p{Nothing})").empty(), false);
  EXPECT_EQ(regex_problem(R"([a)").empty(), false);
  EXPECT_EQ(regex_problem(R"(\)").empty(), false);
  EXPECT_EQ(regex_problem(R"(\p)").empty(), false);
  EXPECT_EQ(regex_problem(R"([[[)").empty(), false);
  // Too large with Unicode's words: those of ASCII are better than no answer.
  const Regex* regex = Regex::get(R"(^\w{900}$)");
  ASSERT_NE(regex, nullptr);
  EXPECT_FALSE(regex->matches("é"));
}

TEST(RegexSyntax, ReadsAnything) {
  constexpr std::string_view letters =
      R"(\\\\\[[[]]](){}<>?^$|&&--~~:*+.,abdswDSWpPuxULQE0149 #=é)";
  const auto read_class = [](std::string_view, bool) { return CodePoints({{'a', 'z'}}); };
  std::uint32_t state = 1;
  const auto next = [&](std::uint32_t below) {
    state = state * 1'664'525 + 1'013'904'223;
    return (state >> 8) % below;
  };
  std::size_t problems = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string pattern;
    for (std::uint32_t left = next(24); left > 0; --left)
      pattern += letters[next(static_cast<std::uint32_t>(letters.size()))];
    for (const bool ascii : {false, true})
      problems += as_re2(pattern, ascii, read_class).problem.empty() ? 0 : 1;
  }
  EXPECT_GT(problems, 0U);
}

TEST(RegexSyntax, QuotesEveryText) {
  const std::string_view text = "a<b>.*[x]\\(é)\n#&-~^$|{1} \t_9";
  const Regex* regex = Regex::get("^" + quote_regex(text) + "$");
  ASSERT_NE(regex, nullptr);
  EXPECT_TRUE(regex->matches(text));
}

// What RE2 is asked takes time, and nobody can stop it.
TEST(RegexSyntax, SoManyClassesWithOthersInsideAreRefused) {
  std::string pattern;
  for (int i = 0; i < 64; ++i) pattern += R"([\d&&[^5]]?)";
  EXPECT_FALSE(regex_problem(pattern).empty());  // two of each are asked
  pattern.clear();
  for (int i = 0; i < 20; ++i) pattern += R"([\d&&[^5]]?)";
  EXPECT_EQ(regex_problem(pattern), "");
}

}  // namespace
}  // namespace vedette::kql::native
