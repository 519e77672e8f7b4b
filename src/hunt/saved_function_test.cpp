#include "hunt/saved_function.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vedette::hunt {
namespace {

std::vector<SavedFunction> kql(std::string_view text, std::string_view name = "File") {
  auto read = read_kql_functions(text, "f.kql", name);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? *std::move(read) : std::vector<SavedFunction>();
}

std::string problem(std::string_view text, std::string_view name = "File") {
  const auto read = read_kql_functions(text, "f.kql", name);
  return read ? "no problem" : read.error().message;
}

TEST(SavedFunction, isReadFromLets) {
  const auto read =
      kql("// two of them\n"
          "let FailedOf = (user: string, days: long = 7) {\n"
          "  SigninLogs | where UserPrincipalName == user // { not a bracket\n"
          "};\n"
          "let Everything = view () { union A, B }\n");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "FailedOf");
  EXPECT_EQ(read[0].parameters, "(user: string, days: long = 7)");
  ASSERT_EQ(read[0].takes.size(), 2U);
  EXPECT_EQ(read[0].takes[1].name, "days");
  EXPECT_EQ(read[0].takes[1].type, kql::Type::int64);
  EXPECT_TRUE(read[0].takes[1].is_optional);
  EXPECT_FALSE(read[0].takes[0].is_optional);
  EXPECT_FALSE(read[0].is_view);
  EXPECT_TRUE(read[1].is_view);
  EXPECT_EQ(read[1].text(), "let Everything = view () { union A, B \n};\n");
}

TEST(SavedFunction, isReadFromCommandsOfAzureDataExplorer) {
  const auto read = kql(
      ".create-or-alter function with (folder = \"Packages\\\\Series\", docstring = \"Twice\")\n"
      "Double(T: (*), x: long = 2)\n{\n  T | extend y = x * 2\n}\n\n"
      ".create function ifnotexists Plain() { print 1 }\n");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "Double");
  EXPECT_EQ(read[0].description, "Twice");
  ASSERT_EQ(read[0].takes.size(), 2U);
  EXPECT_FALSE(read[0].takes[0].type);  // a table
  EXPECT_EQ(read[1].name, "Plain");
  EXPECT_EQ(problem(".alter table T policy retention"),
            "f.kql: line 1: of commands that begin with a dot only .create-or-alter function is "
            "read");
}

TEST(SavedFunction, isAWholeQueryThatIsCalledLikeItsFile) {
  const auto read = kql("let day = 1d;\nSigninLogs | where TimeGenerated > ago(day) // end", "Day");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].name, "Day");
  EXPECT_EQ(read[0].parameters, "()");
  EXPECT_EQ(problem("print 1", "not-a-name"),
            "f.kql: line 1: this is one query, so the file's name is the function's: letters, "
            "digits and _, none of the digits first");
}

TEST(SavedFunction, saysWhereItIsWrong) {
  EXPECT_EQ(problem("let F = (a: string) {\n  T\n  | wheer a == 1\n};"),
            "f.kql: line 3: KQL108: there is no operator 'wheer'");
  EXPECT_EQ(problem("let a = 1;\nlet b = 2;"),
            "f.kql: line 1: File gives nothing: end with the rows or the value that it is for");
  EXPECT_EQ(problem("print 'open"), "f.kql: line 1: this string is never closed");
}

TEST(SavedFunction, isReadFromSentinelsParsers) {
  const auto solution = read_yaml_functions(
      "id: 1\nFunction:\n  Title: Parser for Contoso\n  Version: '1.0.0'\n"
      "FunctionName: Contoso_Event\nFunctionAlias: ContosoEvent\nFunctionQuery: |\n"
      "    let ContosoEvent = view () { Contoso_CL };\n    ContosoEvent\n",
      "p.yaml");
  ASSERT_TRUE(solution) << solution.error().message;
  EXPECT_EQ(solution->front().name, "ContosoEvent");
  EXPECT_EQ(solution->front().description, "Parser for Contoso");
  const auto parser = read_yaml_functions(
      "Parser:\n  Title: Filtering\nParserName: vimTest\nParserParams:\n"
      "  - Name: starttime\n    Type: datetime\n    Default: datetime(null)\n"
      "  - Name: who\n    Type: string\n    Default: '*'\n"
      "  - Name: names\n    Type: dynamic\n    Default: dynamic([])\n"
      "ParserQuery: |\n  T | where who == '*'\n",
      "v.yaml");
  ASSERT_TRUE(parser) << parser.error().message;
  EXPECT_EQ(parser->front().parameters,
            "(starttime: datetime = datetime(null), who: string = '*', names: dynamic = "
            "dynamic([]))");
  const auto wrong =
      read_yaml_functions("FunctionName: A\nFunctionQuery: |\n  T\n  | wheer\n", "w.yaml");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "w.yaml: line 4: KQL108: there is no operator 'wheer'");
  const auto other = read_yaml_functions("name: a-hunt\nquery: T\n", "o.yaml");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "o.yaml: line 1: a function needs FunctionName and FunctionQuery (or ParserName and "
            "ParserQuery)");
}

TEST(SavedFunction, comesWithThoseThatItCalls) {
  auto all =
      kql("let C = () { B() | union A() };\nlet B = () { A() };\nlet A = () { T };\n"
          "let Unused = () { C };\nlet Self = () { let Self = () { T }; Self };");
  std::ranges::sort(all, {}, &SavedFunction::name);
  const auto names = [&](std::string_view query) {
    std::string found, text = functions_for(query, all);
    for (std::size_t at = text.find("let "); at != std::string::npos;
         at = text.find("\nlet ", at + 1))
      found += text.substr(text.find("let ", at) + 4,
                           text.find(' ', text.find("let ", at) + 4) - text.find("let ", at) - 4) +
               " ";
    return found;
  };
  EXPECT_EQ(names("C | count"), "A B C ");
  EXPECT_EQ(names("T | where x == 'A'"), "");
  EXPECT_EQ(names("Self"), "Self ");
  EXPECT_EQ(names("T | where 'open"), "");
}

}  // namespace
}  // namespace vedette::hunt
