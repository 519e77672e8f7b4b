#include "collect/syslog_framing.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace vedette::collect {
namespace {

using namespace std::string_literals;

struct Taken {
  std::string text;
  bool is_cut = false;
  bool operator==(const Taken&) const = default;
};

// The bytes in pieces of that size; 0: in one.
std::vector<Taken> frames(const std::string& bytes, std::size_t piece = 0,
                          std::size_t bytes_max = 1024) {
  std::vector<Taken> taken;
  const auto take = [&](std::string_view text, bool is_cut) {
    taken.push_back({std::string(text), is_cut});
  };
  SyslogFraming framing(bytes_max);
  for (std::size_t at = 0; at < bytes.size(); at += piece == 0 ? bytes.size() : piece)
    framing.feed(std::string_view(bytes).substr(at, piece == 0 ? bytes.size() : piece), take);
  framing.finish(take);
  EXPECT_TRUE(framing.is_between_messages());
  return taken;
}

void expect(const std::string& bytes, const std::vector<Taken>& wanted,
            std::size_t bytes_max = 1024) {
  for (const std::size_t piece : {0, 1, 2, 3, 7})
    EXPECT_EQ(frames(bytes, piece, bytes_max), wanted) << bytes << " in pieces of " << piece;
}

TEST(SyslogFraming, Lines) {
  expect("<13>a\n<14>b\r\n\n<15>c", {{"<13>a"}, {"<14>b"}, {"<15>c"}});
  expect("<13>a\0<14>b\0"s, {{"<13>a"}, {"<14>b"}});
}

TEST(SyslogFraming, Counts) {
  expect("5 <13>a6 <14>bc", {{"<13>a"}, {"<14>bc"}});
  expect("7 <13>a\nb7 <14>c\0d"s, {{"<13>a\nb"}, {"<14>c\0d"s}});
  expect("5 <13>a\n5 <14>b\n", {{"<13>a"}, {"<14>b"}});
}

TEST(SyslogFraming, BothInOneStream) {
  expect("<13>a\n5 <14>b<15>c\n", {{"<13>a"}, {"<14>b"}, {"<15>c"}});
}

TEST(SyslogFraming, DigitsThatAreNoCount) {
  expect("2026-06-01 x\n12 apples\n05 <13>a\n12345678 <13>b\n7\n",
         {{"2026-06-01 x"}, {"12 apples"}, {"05 <13>a"}, {"12345678 <13>b"}, {"7"}});
}

TEST(SyslogFraming, TooLongIsCutAndTheNextIsWhole) {
  const std::string head(16, 'x');
  expect(head + "yyy\n<13>a\n", {{head, true}, {"<13>a"}}, 16);
  expect(head + "\n<13>a\n", {{head}, {"<13>a"}}, 16);
  expect("20 <" + head + "yyy<13>a\n", {{"<" + head.substr(1), true}, {"<13>a"}}, 16);
}

TEST(SyslogFraming, ACountedMessageThatDoesNotEndIsCut) {
  expect("20 <13>abc", {{"<13>abc", true}});
}

// Whatever the bytes and their pieces: the same messages.
TEST(SyslogFraming, PiecesDoNotMatter) {
  std::mt19937 random(7);
  const std::string alphabet("<1 2>\n\r\0ab", 10);
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes;
    for (std::size_t i = random() % 60; i > 0; --i) bytes += alphabet[random() % alphabet.size()];
    const auto whole = frames(bytes, 0, 8);
    EXPECT_EQ(frames(bytes, 1, 8), whole);
    EXPECT_EQ(frames(bytes, 1 + random() % 9, 8), whole);
  }
}

}  // namespace
}  // namespace vedette::collect
