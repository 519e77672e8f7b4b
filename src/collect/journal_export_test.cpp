#include "collect/journal_export.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace vedette::collect {
namespace {

std::string binary(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '\n';
  for (int shift = 0; shift < 64; shift += 8)
    text += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> shift);
  return text.append(value) + '\n';
}

std::string entry(int number, const std::string& message) {
  return "__CURSOR=s=1;i=" + std::to_string(number) +
         "\n__REALTIME_TIMESTAMP=1780301730123456\n_BOOT_ID=x\n" + message +
         "PRIORITY=6\nSYSLOG_FACILITY=4\nSYSLOG_IDENTIFIER=sshd\n_PID=7\nSYSLOG_PID=42\n"
         "_HOSTNAME=web1\n\n";
}

// What comes out when the bytes come in pieces of that size.
std::vector<JournalEntry> read(std::string_view bytes, std::size_t piece) {
  JournalExport exported;
  std::vector<JournalEntry> entries;
  JournalEntry one;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    exported.feed(bytes.substr(at, piece));
    while (exported.next(one)) entries.push_back(one);
  }
  exported.finish();
  while (exported.next(one)) entries.push_back(one);
  return entries;
}

TEST(JournalExport, EntriesAreLinesWhateverThePieces) {
  const std::string bytes =
      entry(1, "MESSAGE=Failed password for root from 192.0.2.1 port 1 ssh2\n") +
      entry(2, binary("MESSAGE", "two\nlines = \r\n\n\x01\xff")) +
      entry(3, binary("COREDUMP", std::string(100'000, '\n')) + "MESSAGE=3\n");
  for (const std::size_t piece : {1U, 2U, 7U, 64U, 1'000'000U}) {
    const auto entries = read(bytes, piece);
    ASSERT_EQ(entries.size(), 3U) << piece;
    EXPECT_EQ(line_of(entries[0]),
              "<38>2026-06-01T08:15:30.123456Z web1 sshd[42]: Failed password for root from "
              "192.0.2.1 port 1 ssh2\n");
    EXPECT_EQ(line_of(entries[1]),
              "<38>2026-06-01T08:15:30.123456Z web1 sshd[42]: two#012lines = "
              "#015#012#012\x01\xff\n");
    EXPECT_EQ(entries[1].cursor, "s=1;i=2");
    EXPECT_EQ(entries[2].message, "3");
  }
}

TEST(JournalExport, WhatAnEntrySaysOfItselfMovesNothing) {
  JournalEntry hostile;
  hostile.time = base::Timestamp::from_unix_seconds(1'780'301'730);
  hostile.host = "a b\nc";
  hostile.identifier = "x sshd[1]: Accepted";
  hostile.process_id = "1 2";
  hostile.message = "m\nJun  1 00:00:00 web1 sshd[1]: Accepted password for root";
  EXPECT_EQ(line_of(hostile),
            "2026-06-01T08:15:30.000000Z a_b_c x_sshd_1___Accepted: m#012Jun  1 00:00:00 web1 "
            "sshd[1]: Accepted password for root\n");
  EXPECT_EQ(line_of({}), "");
}

TEST(JournalExport, AnEntryWithoutItsTimeOrEndIsNoLine) {
  EXPECT_EQ(line_of(read("MESSAGE=x\n\n", 100).at(0)), "");
  EXPECT_EQ(read("__CURSOR=a\nMESSAGE=x\n", 3).size(), 1U);  // only the blank line is missing
  EXPECT_TRUE(read("__CURSOR=a\nMESS", 3).empty());
  EXPECT_TRUE(read("", 1).empty());
}

TEST(JournalExport, MemoryIsBoundedAndTheRestIsRead) {
  const std::string endless(base::limits::line_bytes_max * 3, 'x');
  JournalExport exported;
  const std::string bytes = entry(1, "MESSAGE=" + endless + "\n") +
                            entry(2, binary("MESSAGE", endless)) + entry(3, "MESSAGE=3\n");
  std::vector<JournalEntry> entries;
  JournalEntry one;
  for (std::size_t at = 0; at < bytes.size(); at += 65'536) {
    exported.feed(std::string_view(bytes).substr(at, 65'536));
    while (exported.next(one)) {
      EXPECT_LE(one.message.size(), base::limits::line_bytes_max);
      EXPECT_LE(line_of(one).size(), base::limits::line_bytes_max + 1);
      entries.push_back(one);
    }
  }
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[2].message, "3");
  EXPECT_EQ(exported.cut(), 2U);
}

TEST(JournalExport, GarbageIsSkippedToTheNextEntry) {
  JournalExport exported;
  exported.feed(std::string("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff\n\n", 18) +
                entry(2, "MESSAGE=two\n"));
  JournalEntry one;
  ASSERT_TRUE(exported.next(one));
  EXPECT_EQ(one.message, "two");
  EXPECT_EQ(exported.broken(), 1U);
}

}  // namespace
}  // namespace vedette::collect
