#include <gtest/gtest.h>

#include "kql/catalogue/schema_catalogue.h"
#include "kql/compile.h"

namespace vedette::kql {
namespace {

const SchemaCatalogue& catalogue() {
  static const SchemaCatalogue instance(built_in_schema());
  return instance;
}

// "a:long, b:string", or the error's code and message.
std::string shape(std::string_view text) {
  const auto checked = check(text, catalogue(), {});
  if (!checked) return checked.error().code + " " + checked.error().message;
  std::string out;
  for (const plan::Column& column : checked->columns)
    out += (out.empty() ? "" : ", ") + column.name + ":" + std::string(name_of(column.type));
  return out + (checked->columns_open ? " ..." : "");
}

TEST(Schema, IsReadWhole) {
  EXPECT_EQ(catalogue().unreadable_lines(), 0U);
  EXPECT_GT(catalogue().table_names().size(), 1000U);
  ASSERT_NE(catalogue().table("SigninLogs"), nullptr);
  EXPECT_EQ(catalogue().table("SigninLogs")->columns.front().name, "TimeGenerated");
}

TEST(Names, FollowMicrosoftsBinder) {
  EXPECT_EQ(shape("print 1+1, x=2, strcat('a')"), "print_0:long, x:long, print_2:string");
  EXPECT_EQ(shape("print a=1 | extend a+1 | extend a*2"), "a:long, Column1:long, Column2:long");
  EXPECT_EQ(shape("print a='x' | extend strlen(a), tostring(strlen(a))"),
            "a:string, strlen_a:string");
  EXPECT_EQ(
      shape("print a=1,b='x' | summarize count(), sum(a), dcount(b), make_set(b) by b, bin(a,10)"),
      "b:string, a:long, count_:long, sum_a:long, dcount_b:long, set_b:dynamic");
  EXPECT_EQ(shape("print x=1,y=2 | summarize arg_max(x,*), arg_min(y,x), take_any(x,y)"),
            "x:long, y:long, y1:long, x1:long, x2:long, y2:long");
  EXPECT_EQ(shape("print x=1 | summarize percentiles(x,50,99.9)"),
            "percentile_x_50:long, percentile_x_99_9:long");
  EXPECT_EQ(shape("print a=dynamic(1) | project a.b.c, a['d e'], a[0]"),
            "a_b_c:dynamic, a_d e:dynamic, a_0:dynamic");
  EXPECT_EQ(shape("print x=1 | project x, x").substr(0, 6), "KQL207");
}

TEST(Types, FollowMicrosoftsBinder) {
  EXPECT_EQ(shape("print a=int(1)+int(2), b=1/2.0, c=1h/2, d=1h/1h, e=now()-1d, f=now()-now()"),
            "a:long, b:real, c:timespan, d:real, e:datetime, f:timespan");
  EXPECT_EQ(shape("print a=iff(true, dynamic(1), 'x'), b=case(true, 1, 'x'), c=iff(true, 1, 2.0)"),
            "a:string, b:dynamic, c:real");
  EXPECT_EQ(shape("print coalesce(1, 'a')").substr(0, 6), "KQL208");
  EXPECT_EQ(shape("print 'a' + 'b'").substr(0, 6), "KQL208");
}

TEST(Joins, NumberTheColumnsOfBothSides) {
  EXPECT_EQ(shape("let t = datatable(a:long,b:string)[]; t | join kind=leftouter t on a"),
            "a:long, b:string, a1:long, b1:string");
  EXPECT_EQ(shape("let t = datatable(a:long,b:string)[]; t | lookup t on a"),
            "a:long, b:string, b1:string");
  EXPECT_EQ(shape("let t = datatable(a:long,b:string)[]; t | join kind=rightanti t on a"),
            "a:long, b:string");
  EXPECT_EQ(shape("datatable(a:long)[] | union (datatable(a:int)[])"), "a_long:long, a_int:int");
}

TEST(Diagnostics, SayWhatIsNotThereAndWhatWasMeant) {
  const auto hint = [](std::string_view text) {
    const auto checked = check(text, catalogue(), {});
    return checked ? std::string() : checked.error().code + " " + checked.error().hint;
  };
  EXPECT_EQ(hint("SigninLog | take 1"), "KQL205 did you mean 'SigninLogs'?");
  EXPECT_EQ(hint("signinlogs | take 1"), "KQL205 did you mean 'SigninLogs'? names keep their case");
  EXPECT_EQ(hint("SigninLogs | where IpAddress == ''"),
            "KQL201 did you mean 'IPAddress'? names keep their case");
  EXPECT_EQ(hint("print strct('a')"), "KQL301 did you mean 'strcat'?");
  EXPECT_EQ(shape("T | macro-expand entity_group [a] as X (X.T)"),
            "KQL301 the operator 'macro-expand' is not supported");
  EXPECT_EQ(shape("print 1 | evaluate python(typeof(*), '')"),
            "KQL301 the plugin 'python' is not supported");
}

TEST(Bounds, StopLetsThatGrowWithoutEnd) {
  std::string text = "let t0 = SigninLogs;\n";
  for (int i = 1; i < 24; ++i)
    text += "let t" + std::to_string(i) + " = t" + std::to_string(i - 1) + " | join kind=inner t" +
            std::to_string(i - 1) + " on UserPrincipalName;\n";
  EXPECT_EQ(shape(text + "t23").substr(0, 6), "KQL402");
}

TEST(Sql, CarriesNoNameAndNoTextUnquoted) {
  const auto stage =
      compile("print ['a\"; DROP TABLE x; --'] = 'it''s', b = 'x\\'; DROP TABLE y; --'",
              catalogue(), no_storage(), {}, {}, {});
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->sql, "SELECT 'its' AS r0, 'x''; DROP TABLE y; --' AS r1");
}

TEST(Sql, ReadsOnlyTheColumnsThatAreUsed) {
  const auto stage =
      compile("SigninLogs | extend x = 1 | where ResultType == '0' | project UserPrincipalName",
              catalogue(), no_storage(), {}, {}, {});
  ASSERT_TRUE(stage);
  EXPECT_EQ(std::count(stage->sql.begin(), stage->sql.end(), ','), 1) << stage->sql;
}

}  // namespace
}  // namespace vedette::kql
