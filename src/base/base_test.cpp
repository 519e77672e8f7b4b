#include <gtest/gtest.h>

#include "base/encode.h"
#include "base/hash.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/queue.h"
#include "base/text.h"
#include "base/time.h"

namespace vedette::base {
namespace {

TEST(Time, FormatsAndParsesIso) {
  const auto t = parse_iso("2026-06-01T08:15:30.1234567Z");
  ASSERT_TRUE(t);
  EXPECT_EQ(format_iso(*t), "2026-06-01T08:15:30.1234567Z");
  EXPECT_EQ(format_iso(*parse_iso("2026-06-01T10:15:30+02:00")), "2026-06-01T08:15:30Z");
  EXPECT_EQ(format_iso(Timestamp{0}), "0001-01-01T00:00:00Z");
  EXPECT_EQ(format_iso(*parse_iso("9999-12-31T23:59:59.9999999Z")), "9999-12-31T23:59:59.9999999Z");
  EXPECT_EQ(parse_iso("1970-01-01T00:00:00Z")->ticks, unix_epoch_ticks);
  for (const char* bad : {"", "2026-06-01", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                          "2026-06-01T24:00:00Z", "2026-06-01T00:00:00", "2026-06-01T00:00:00.Z",
                          "2026-06-01T00:00:00Zx", "2026-06-01T00:00:00+2:00"})
    EXPECT_FALSE(parse_iso(bad)) << bad;
}

TEST(Time, CivilDatesGoBothWays) {
  for (std::int64_t days = -800'000; days < 3'000'000; days += 9973) {
    const CivilDate date = civil_from_days(days);
    EXPECT_EQ(days_from_civil(date.year, date.month, date.day), days);
  }
}

TEST(Time, Durations) {
  EXPECT_EQ(parse_duration("90"), Duration::seconds(90));
  EXPECT_EQ(parse_duration("10m"), Duration::minutes(10));
  EXPECT_EQ(parse_duration("500ms"), Duration::milliseconds(500));
  EXPECT_FALSE(parse_duration("-1s"));
  EXPECT_FALSE(parse_duration("10 m"));
  EXPECT_FALSE(parse_duration("999999999999999d"));
  EXPECT_EQ(format_duration(Duration::seconds(200)), "3 min 20 s");
  EXPECT_EQ(format_duration(Duration::hours(76)), "3 d 4 h");
}

TEST(Ip, ParsesStrictly) {
  EXPECT_EQ(format_ip(*parse_ip("192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(format_ip(*parse_ip("::ffff:192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(format_ip(*parse_ip("2001:DB8::1")), "2001:db8::1");
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ",
                          "fe80::1%eth0", ":::", "1.2.3.4/24", "0x7f.1"})
    EXPECT_FALSE(parse_ip(bad)) << bad;
}

TEST(Ip, Networks) {
  const auto net = parse_network("10.1.2.3/8");
  ASSERT_TRUE(net);
  EXPECT_EQ(format_network(*net), "10.0.0.0/8");
  EXPECT_TRUE(net->contains(*parse_ip("10.255.0.1")));
  EXPECT_FALSE(net->contains(*parse_ip("11.0.0.1")));
  EXPECT_TRUE(parse_network("::/0")->contains(*parse_ip("2001:db8::1")));
  EXPECT_TRUE(parse_network("2001:db8::/33")->contains(*parse_ip("2001:db8:7fff::1")));
  EXPECT_FALSE(parse_network("2001:db8::/33")->contains(*parse_ip("2001:db8:8000::1")));
  EXPECT_FALSE(parse_network("10.0.0.0/33"));
  EXPECT_FALSE(parse_network("10.0.0.0/"));
  EXPECT_TRUE(parse_network("0.0.0.0/0")->contains(*parse_ip("8.8.8.8")));
  EXPECT_FALSE(parse_network("0.0.0.0/0")->contains(*parse_ip("2001:db8::1")));
}

TEST(Ip, SpecialAddresses) {
  for (const char* special :
       {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "fd00::1",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0"})
    EXPECT_TRUE(parse_ip(special)->is_special()) << special;
  for (const char* open : {"8.8.8.8", "100.128.0.1", "172.32.0.1", "2a00:1450::1"})
    EXPECT_FALSE(parse_ip(open)->is_special()) << open;
}

TEST(Encode, TerminalShowsControls) {
  EXPECT_EQ(encode_terminal("a\x1b[31mb\r\n"), "a\\x1b[31mb\\x0d\\x0a");
  EXPECT_EQ(encode_terminal("x\u202Ey"), "x\\u202ey");
  EXPECT_EQ(encode_terminal("\xff\xfe"), "\uFFFD\uFFFD");
  EXPECT_EQ(encode_terminal("Grüße 你好"), "Grüße 你好");
}

TEST(Encode, CutsAtCharacters) {
  EXPECT_EQ(clean_utf8("abcdef", 6), "abcdef");
  EXPECT_EQ(clean_utf8("abcdefg", 6), "abc…");
  EXPECT_EQ(clean_utf8("ääääääää", 8), "ää…");
  EXPECT_LE(clean_utf8("ääääääää", 7).size(), 7U);
}

TEST(JsonText, WritesAndReadsBack) {
  JsonWriter writer;
  writer.begin_object().member("a", "x\"\\\n\x01").key("b").begin_array();
  writer.number(std::int64_t{-1}).real(0.5).boolean(true).null().end_array().end_object();
  EXPECT_EQ(writer.text(), R"({"a":"x\"\\\n\u0001","b":[-1,0.5,true,null]})");
  const auto read = parse_json(writer.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(format_json(*read), writer.text());
  EXPECT_EQ(*(*read)["a"].as_string(), "x\"\\\n\x01");
}

TEST(JsonText, WritesIdsAndBeginsAnew) {
  JsonWriter writer;
  writer.begin_array().hexadecimal(0x0123456789abcdef).hexadecimal(10).number(std::int64_t{-7});
  writer.end_array();
  EXPECT_EQ(writer.text(), R"(["0123456789abcdef","000000000000000a",-7])");
  writer.clear();
  writer.begin_object().member("a", "b").end_object();
  EXPECT_EQ(writer.take(), R"({"a":"b"})");
}

TEST(JsonText, CommasStandBetweenTheElementsOfOne) {
  JsonWriter writer;
  writer.begin_array().begin_object().end_object().begin_array().end_array().null();
  writer.begin_object().key("a").begin_array().end_array().key("b").null().end_object();
  writer.end_array();
  EXPECT_EQ(writer.text(), R"([{},[],null,{"a":[],"b":null}])");
}

// However long the text is, and wherever in it something stands that needs an escape.
TEST(JsonText, EscapesInEveryPlace) {
  for (std::size_t length = 0; length < 70; ++length) {
    const std::string plain(length, 'x');
    EXPECT_EQ(format_json(Json(plain)), '"' + plain + '"');
    for (std::size_t at = 0; at < length; ++at) {
      for (const auto& [character, escaped] : {std::pair{'"', "\\\""},
                                               {'\\', "\\\\"},
                                               {'\n', "\\n"},
                                               {'\x7F', "\\u007f"},
                                               {'\x1F', "\\u001f"},
                                               {'\xFF', "\uFFFD"}}) {
        std::string text = plain, wanted = plain;
        text[at] = character;
        wanted.replace(at, 1, escaped);
        EXPECT_EQ(format_json(Json(text)), '"' + wanted + '"') << length << ' ' << at;
      }
    }
  }
}

TEST(JsonText, RefusesDepthAndGarbage) {
  EXPECT_FALSE(parse_json(std::string(200'000, '[')));
  EXPECT_FALSE(parse_json("{\"a\":}"));
  EXPECT_FALSE(parse_json(""));
  const auto large = parse_json("[18446744073709551616,18446744073709551615]");
  ASSERT_TRUE(large);
  EXPECT_EQ(format_json(*large), R"(["18446744073709551616","18446744073709551615"])");
  EXPECT_EQ((*parse_json(R"({"a":1,"a":2})"))["a"].number_or(0), 2);
}

TEST(Text, NearestWord) {
  EXPECT_EQ(nearest("--treshold", {"--threshold", "--window"}), "--threshold");
  EXPECT_EQ(nearest("wtach", {"watch", "demo"}), "watch");
  EXPECT_EQ(nearest("--zzzz", {"--threshold", "--window"}), "");
  EXPECT_EQ(group_thousands(1234567), "1,234,567");
  EXPECT_EQ(format_bytes(999'999), "1.0 MB");
}

TEST(Queue, ClosesAndDrains) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  queue.close();
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(Hash, IsStableAndSpreads) {
  EXPECT_EQ(hash_bytes("abc"), hash_bytes(std::string("abc")));
  EXPECT_NE(hash_bytes("abc"), hash_bytes("abd"));
  EXPECT_NE(hash_bytes("abc", 1), hash_bytes("abc", 2));
  EXPECT_NE(hash_bytes(std::string(17, 'a')), hash_bytes(std::string(18, 'a')));
}

// Version 1 is on disk: however the bytes are read, the value stays. The reference reads the last
// bytes of a text one by one.
TEST(Hash, IsTheOneOnDisk) {
  const auto reference = [](std::string text) {
    const std::size_t size = text.size();
    std::uint64_t state = hash_key_0, a = 0, b = 0;
    const auto word = [&](std::size_t at) {
      std::uint64_t value = 0;
      for (std::size_t i = 0; i < 8; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
      return value;
    };
    std::size_t at = 0;
    for (; size - at > 16; at += 16) state = mix(word(at) ^ hash_key_1, word(at + 8) ^ state);
    if (size - at >= 8) {
      a = word(at);
      b = word(size - 8);
    } else {
      text.resize(size + 8);
      a = size == at ? 0 : word(at);
    }
    return mix(hash_key_2 ^ size, mix(a ^ hash_key_1, b ^ state));
  };
  std::string text;
  for (int size = 0; size < 80; ++size) {
    EXPECT_EQ(hash_bytes(text), reference(text)) << size;
    const std::string line = "Jun  1 \xFF" + text + " ssh2";
    EXPECT_EQ(hash_part(std::string_view(line).substr(8, text.size())), reference(text)) << size;
    text.push_back(static_cast<char>(size * 37 + 129));
  }
}

}  // namespace
}  // namespace vedette::base
