#include "base/json_records.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json_text.h"

namespace vedette::base {
namespace {

// What a document comes to: "slot|slot" for each record, "!reason: bytes" for what is none.
std::string read(const std::vector<std::string>& paths, std::string_view records_at,
                 std::string_view document, const JsonCaps& caps = {}) {
  JsonPaths wanted;
  for (const auto& path : paths) wanted.slot(path);
  JsonRecords records(wanted, records_at, caps);
  std::string told;
  records.read(
      document,
      [&](const JsonRecord& record) {
        if (!told.empty()) told += '\n';
        for (std::size_t i = 0; i < paths.size(); ++i) {
          const JsonSlot& slot = record.slots[i];
          if (i > 0) told += '|';
          told += slot.kind == JsonKind::missing ? "-" : slot.kind == JsonKind::null ? "null" : "";
          told += slot.text;
        }
        if (record.repeats_members) told += " (repeats)";
      },
      [&](const JsonRejection& rejected) {
        if (!told.empty()) told += '\n';
        told += "!" + std::string(rejected.reason) + ": " + std::string(rejected.bytes);
      });
  return told;
}

TEST(JsonRecords, GivesWantedMembersOfEachRecord) {
  EXPECT_EQ(read({"id", "a.b", "a", "c"}, "value",
                 R"({"@odata.context":"x","value":[
  {"id":"1","a":{"b":7,"n":null,"t":[1, null,"x"]},"other":{"a":1},"c":null},
  {"a":{},"id":"2"} ],"after":[1]})"),
            "1|7|{\"b\":7,\"t\":[1,null,\"x\"]}|null\n2|-|{}|-");
  EXPECT_EQ(read({"a"}, "", R"([{"a":1},{"a":2}])"), "1\n2");
  EXPECT_EQ(read({"a"}, ".", R"( {"a":true} )"), "true");
  EXPECT_EQ(read({"a"}, "x.y", R"({"x":{"y":[{"a":1.50}]}})"), "1.50");
  EXPECT_EQ(read({"a"}, "x.y", R"({"x":{"z":1}})"), "");
  EXPECT_EQ(read({"a"}, "x.y", R"({"x":null})"), "");
  EXPECT_EQ(read({"a"}, "value", R"({"value":null})"), "");
  EXPECT_EQ(read({"a"}, "value", R"({"value":[]})"), "");
}

TEST(JsonRecords, NamesAreFoundInAnyCaseAndOrder) {
  EXPECT_EQ(
      read({"first", "second", "third.inner"}, "",
           R"([{"first":1,"second":2,"third":{"inner":3}},{"Third":{"INNER":3},"SECOND":2}])"),
      "1|2|3\n-|2|3");
}

// What came after a member the last time, or first within it, are two things.
TEST(JsonRecords, TheSameNameInAndBehindAnObjectIsTwo) {
  const std::string record = R"({"a":{"id":1,"b":{"id":2}},"id":3})";
  EXPECT_EQ(read({"id", "a.id", "a.b.id"}, "",
                 "[" + record + "," + record + R"(,{"a":{},"id":4},{"id":5,"a":{"id":6}}])"),
            "3|1|2\n3|1|2\n4|-|-\n5|6|-");
}

TEST(JsonRecords, CanonicalTextHasOneForm) {
  EXPECT_EQ(
      read({"a"}, "", R"([{"a":{"k\u0041":"\/\u00e9\n\ud83d\ude00\ud800",  "n":null,"x":"é"}}])"),
      "{\"kA\":\"/é\\n😀\xEF\xBF\xBD\",\"x\":\"é\"}");
  EXPECT_EQ(read({""}, "", R"([{"a":[1 , {"b":null}], "c":1e400,"d":18446744073709551616}])"),
            R"({"a":[1,{}],"c":1e400,"d":18446744073709551616})");
}

// What stands there in canonical form is copied, and everything else comes to the same.
TEST(JsonRecords, TextThatIsCanonicalAlreadyIsGivenAsItIs) {
  const auto inner = [](std::string_view blank) {
    std::string text;
    for (const char c : std::string_view(
             R"({"k":[1,-2.5e3,true,false,null,"x",{}],"o":{"p":{"q":"r s"}},"e":[]})"))
      text += c == ',' ? std::string(",") + std::string(blank) : std::string(1, c);
    return text;
  };
  const std::vector<std::string> paths{"a", "a.o.p.q", "a.o", "z"};
  for (const std::string_view blank : {"", " "}) {
    EXPECT_EQ(read(paths, "", "[{\"a\":" + inner(blank) + ",\"z\":1}]"),
              inner("") + R"(|r s|{"p":{"q":"r s"}}|1)");
    const std::string wide = "{\"a\":{\"b\":1," + std::string(blank) + "\"c\":{\"d\":2}},\"z\":3}";
    EXPECT_EQ(read({"a", "z"}, "", "[" + wide + "]", {.members = 5}),
              "{\"b\":1,\"c\":{\"d\":2}}|3");
    EXPECT_EQ(read({"a", "z"}, "", "[" + wide + "]", {.members = 4}),
              "!has more members than a record may have: " + wide);
    EXPECT_EQ(read({"a", "a.c.d"}, "", "[" + wide + "]", {.members = 5}),
              "{\"b\":1,\"c\":{\"d\":2}}|2");
  }
}

TEST(JsonText, FindsWhatIsCanonical) {
  const auto found = [](std::string_view text, unsigned depth_max = 3) {
    const auto one = find_canonical_json(text, depth_max);
    return one ? std::to_string(one->bytes) + " " + std::to_string(one->members) : "none";
  };
  EXPECT_EQ(found("{}"), "2 0");
  EXPECT_EQ(found("[] and more"), "2 0");
  EXPECT_EQ(found(R"({"a":[{"b":1},null,{"b":"long enough for a word"}]},)"), "51 3");
  EXPECT_EQ(found("[[[]]]"), "6 0");
  for (const char* other : {"",
                            "7",
                            "\"x\"",
                            "[[[[]]]]",
                            "[",
                            "{",
                            "[1",
                            "[1,]",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "[1 ]",
                            "{ }",
                            "{\"a\" :1}",
                            "{\"a\":null}",
                            "{\"a\":1,\"a\":2}",
                            "[tru]",
                            "[01]",
                            "[1}",
                            "{a:1}",
                            R"(["\n"])",
                            R"(["a quote that is \" escaped"])",
                            "[\"é\"]",
                            "[\"a\x7F\"]",
                            "[\"a\tb\"]",
                            "[\"nine ltrs"})
    EXPECT_EQ(found(other), "none") << other;
  EXPECT_EQ(found(R"({"a":{"x":1},"b":{"x":2}})"), "25 4") << "names of two objects";
  std::string wide = "{\"m\":0";
  for (int i = 0; i < 100; ++i) wide += ",\"m" + std::to_string(i) + "\":0";
  EXPECT_EQ(found(wide + "}"), "none");
}

TEST(JsonRecords, OfRepeatedMembersTheLastWins) {
  EXPECT_EQ(read({"a", "b.c"}, "", R"([{"a":1,"b":{"c":1},"a":2,"b":{}}])"), "2|- (repeats)");
  EXPECT_EQ(read({"a"}, "", R"([{"a":{"x":1,"y":{"z":1},"x":[2],"y":3}}])"),
            R"({"x":[2],"y":3} (repeats))");
  EXPECT_EQ(read({"", "b"}, "", R"([{"a":1,"b":{"k":1},"a":2}])"),
            R"({"b":{"k":1},"a":2}|{"k":1} (repeats))");
}

TEST(JsonRecords, ABrokenRecordCostsNoneOfItsNeighbours) {
  EXPECT_EQ(read({"a"}, "value", R"({"value":[{"a":1},{"a":tru},{"a":3},7,{"a":"4"}]})"),
            "1\n!is not valid JSON: {\"a\":tru}\n3\n!is no object: 7\n4");
  EXPECT_EQ(read({"a"}, "value", "{\"value\":[{\"a\":1},{\"a\":\"\xFF\"},{\"a\":3}]}"),
            "1\n!is not valid UTF-8: {\"a\":\"\xFF\"}\n3");
  EXPECT_EQ(read({"a"}, "value", R"({"value":[{"a":1},{"a":2},{"a":"3)"),
            "1\n2\n!ends too soon: {\"a\":\"3");
  EXPECT_EQ(read({"a"}, "value", R"({"value":[{"a":1},{"a" 2},{"a":3}]})"),
            "1\n!is not valid JSON: {\"a\" 2}\n3");
  EXPECT_EQ(read({"a"}, "", R"([{"a":1}, "x", [{"a":2}], {"a":01}, }, {"a":5}])"),
            "1\n!is no object: \"x\"\n!is no object: [{\"a\":2}]\n!is not valid JSON: {\"a\":01}\n"
            "!is no object: }\n5");
}

TEST(JsonRecords, WhatIsNoDocumentIsGivenBack) {
  EXPECT_EQ(read({"a"}, "value", "<html>log in</html>"),
            "!has no array of records where it should be: <html>log in</html>");
  EXPECT_EQ(read({"a"}, "value", "{}"), "");
  EXPECT_EQ(read({"a"}, "value", ""), "!is not valid JSON: ");
  EXPECT_EQ(read({"a"}, ".", "[1]"), "!is no object: [1]");
  EXPECT_EQ(read({"a"}, "value", R"({"value":{"a":1}})"),
            "!has no array of records where it should be: {\"value\":{\"a\":1}}");
}

TEST(JsonRecords, KeepsTheCaps) {
  const std::string deep = "{\"a\":" + std::string(70, '[') + std::string(70, ']') + "}";
  EXPECT_EQ(read({"a"}, "", "[" + deep + R"(,{"a":1}])"),
            "!is nested deeper than a record may be: " + deep + "\n1");
  EXPECT_EQ(read({"b"}, "", "[" + deep + "]"), "-");  // nobody asked for it
  std::string wide = "{\"a\":0";
  for (int i = 0; i < 1'000; ++i) wide += ",\"m" + std::to_string(i) + "\":0";
  wide += "}";
  EXPECT_EQ(read({"a"}, "", "[" + wide + R"(,{"a":1}])"),
            "!has more members than a record may have: " + wide + "\n1");
  const std::string large = "{\"a\":\"" + std::string(200, 'x') + "\"}";
  EXPECT_EQ(read({"a"}, "", "[" + large + R"(,{"a":1}])", {.bytes = 100, .members = 10}),
            "!is larger than a record may be: " + large + "\n1");
  const std::string abyss(100'000, '[');
  EXPECT_TRUE(read({"a"}, "", abyss).starts_with("!"));
  EXPECT_TRUE(read({"a"}, "value", "{\"value\":[" + std::string(100'000, '{')).starts_with("!"));
}

TEST(JsonRecords, ScalarsLiveAsLongAsTheDocument) {
  JsonPaths paths;
  const std::size_t slot = paths.slot("a");
  JsonRecords records(paths, "");
  std::vector<std::string_view> texts;
  records.read(
      R"([{"a":"plain"},{"a":"esc\u0061ped"},{"a":nul},{"a":"behind"}])",
      [&](const JsonRecord& record) { texts.push_back(record.slots[slot].text); },
      [](const JsonRejection&) {});
  EXPECT_EQ(texts, (std::vector<std::string_view>{"plain", "escaped", "behind"}));
}

TEST(JsonText, Numbers) {
  for (const char* good : {"0", "-1", "10.50", "1e5", "1E+05", "-0.1e-9"})
    EXPECT_TRUE(is_json_number(good)) << good;
  for (const char* bad : {"", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1 ", "NaN"})
    EXPECT_FALSE(is_json_number(bad)) << bad;
}

TEST(JsonText, Escapes) {
  std::string out;
  EXPECT_TRUE(append_unescaped_json(out, R"(a\"\\\/\b\f\n\r\t\u20AC)"));
  EXPECT_EQ(out, "a\"\\/\b\f\n\r\t€");
  for (const char* bad : {"\\", "\\x", "\\u12", "\\uZZZZ"}) {
    out.clear();
    EXPECT_FALSE(append_unescaped_json(out, bad)) << bad;
  }
}

}  // namespace
}  // namespace vedette::base
