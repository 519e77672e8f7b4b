#include <gtest/gtest.h>

#include "base/limits.h"
#include "kql/diagnostic.h"
#include "kql/syntax/token.h"
#include "kql/syntax/tree.h"

namespace vedette::kql::syntax {
namespace {

std::string words_of(std::string_view text) {
  const auto tokens = read_tokens(text);
  if (!tokens) return tokens.error().code;
  std::string out;
  for (const Token& token : *tokens)
    if (token.kind != TokenKind::end) out += std::string(token.text) + "|";
  return out;
}

std::string problem_of(std::string_view text) {
  const auto query = parse(text);
  return query ? "" : render(query.error(), text);
}

TEST(Lexer, KeepsWordsNumbersAndUnitsApart) {
  EXPECT_EQ(words_of("a in~ (1d, 5min, 1.5h) !has_cs x"), "a|in~|(|1d|,|5min|,|1.5h|)|!has_cs|x|");
  EXPECT_EQ(words_of("1..5 1. 2.5e-3 0xFF"), "1|..|5|1.|2.5e-3|0xFF|");
  EXPECT_EQ(words_of("a // comment\n| b"), "a|||b|");
  EXPECT_EQ(words_of("5minutes_avg"), "5minutes_avg|");
  EXPECT_EQ(words_of("datetime(2026-01-01) int (null)"), "datetime|int|");
}

TEST(Lexer, ReadsStringsOfAllKinds) {
  const auto value = [](std::string_view text) {
    const auto tokens = read_tokens(text);
    return tokens ? tokens->front().constant.text : tokens.error().code;
  };
  EXPECT_EQ(value(R"("a\tb\"c")"), "a\tb\"c");
  EXPECT_EQ(value(R"(@"C:\x""y")"), R"(C:\x"y)");
  EXPECT_EQ(value("h'secret'"), "secret");
  EXPECT_EQ(value("```two\nlines```"), "two\nlines");
  EXPECT_EQ(value(R"('\u00e9')"), "é");
  EXPECT_EQ(value("'never closed"), "KQL101");
}

TEST(Lexer, RefusesWhatIsTooLongOrMeansNothing) {
  EXPECT_EQ(words_of("print \x01"), "KQL103");
  EXPECT_EQ(words_of(std::string(base::limits::query_bytes_max + 1, ' ')), "KQL401");
  EXPECT_EQ(words_of("99999999999999999999"), "KQL102");
}

TEST(Parser, StringOperatorsBindTighterThanPlus) {
  const auto query = parse("print 1 + 'a' has 'b'");
  ASSERT_TRUE(query);
  const auto& print =
      std::get<PrintOperator>(query->statements.front().value->pipeline->operators.front()->body);
  EXPECT_EQ(print.items.front()->text, "+");
  EXPECT_EQ(print.items.front()->children[1]->text, "has");
}

TEST(Parser, ShowsTheLineACaretAndAHint) {
  EXPECT_EQ(problem_of("T\n| wher x == 1"),
            "error KQL108: there is no operator 'wher' (line 2, column 3)\n"
            "  | wher x == 1\n"
            "    ^^^^\n"
            "  hint: did you mean 'where'?\n");
  EXPECT_EQ(problem_of("T | where x = 1"),
            "error KQL105: '=' gives a name and compares nothing (line 1, column 13)\n"
            "  T | where x = 1\n"
            "              ^\n"
            "  hint: did you mean '=='?\n");
  EXPECT_EQ(problem_of("T | take"),
            "error KQL104: the query ends too early: expected an expression (line 1, column 9)\n"
            "  T | take\n"
            "          ^\n");
  EXPECT_EQ(problem_of("datatable(a:int, b:int)[1, 2, 3]").substr(0, 13), "error KQL107:");
}

TEST(Parser, BoundsDepthAndChains) {
  EXPECT_NE(
      problem_of("print " + std::string(5000, '(') + "1" + std::string(5000, ')')).find("KQL402"),
      std::string::npos);
  std::string sum = "print 1";
  for (int i = 0; i < 5000; ++i) sum += "-1";
  EXPECT_NE(problem_of(sum).find("KQL402"), std::string::npos);
  std::string any = "T | where a == 0";  // and, or: as many as one likes
  for (int i = 0; i < 5000; ++i) any += " or a == 1";
  EXPECT_EQ(problem_of(any), "");
}

TEST(Parser, TakesManagementCommandsForWhatTheyAre) {
  EXPECT_NE(problem_of(".drop table T").find("KQL302"), std::string::npos);
}

TEST(Parser, RenderKeepsItsOptions) {
  const auto query = parse(
      "T | render columnchart with (kind=stacked, title=\"a, b\", ycolumns=x, ['y z'], ymin=-1.5, "
      "legend=hidden)");
  ASSERT_TRUE(query) << render(query.error(), "");
  const auto& render =
      std::get<RenderOperator>(query->statements[0].value->pipeline->operators[0]->body);
  EXPECT_EQ(render.kind,
            R"(columnchart {"kind":"stacked","title":"a, b","ycolumns":"x,y z","ymin":"-1.5",)"
            R"("legend":"hidden"})");
  EXPECT_NE(problem_of("T | render barchart with (titel='x')").find("did you mean 'title'?"),
            std::string::npos);
}

}  // namespace
}  // namespace vedette::kql::syntax
