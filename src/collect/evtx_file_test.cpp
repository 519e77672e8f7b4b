#include "collect/evtx_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace vedette::collect {
namespace {

// Holds two records.
const std::string whole = VEDETTE_SOURCE_DIR "/test/fuzz/corpus/evtx/two_records";

struct Read {
  EvtxCounts counts;
  std::vector<std::string> records;
};

Read read(EvtxReader& reader, const std::string& path) {
  Read all;
  const auto counts = reader.read(path, [&](std::string_view xml) -> base::Result<void> {
    all.records.emplace_back(xml);
    return {};
  });
  EXPECT_TRUE(counts) << counts.error().message;
  if (counts) all.counts = *counts;
  return all;
}

std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    const std::string name = each.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat(each.path() / "stat");
    std::string number, program, state;
    pid_t parent = 0;
    if (stat >> number >> program >> state >> parent && parent == ::getpid())
      found.push_back(std::stoi(name));
  }
  return found;
}

TEST(EvtxReader, OneProcessReadsManyFiles) {
  EvtxReader reader;
  for (int file = 0; file < 256; ++file) {
    const Read all = read(reader, whole);
    ASSERT_EQ(all.records.size(), 2U);
    EXPECT_NE(all.records[0].find("<EventID>4624</EventID>"), std::string::npos);
    EXPECT_EQ(all.counts.unreadable, 0U);
  }
  EXPECT_EQ(reader.processes(), 1U);
  // Whatever the library kept of so many, it does not keep for ever.
  EXPECT_EQ(read(reader, whole).records.size(), 2U);
  EXPECT_EQ(reader.processes(), 2U);
}

TEST(EvtxReader, AProcessThatDiesIsSaidAndTheNextFileHasANewOne) {
  EvtxReader reader;
  EXPECT_EQ(read(reader, whole).records.size(), 2U);
  ASSERT_EQ(children().size(), 1U);
  ASSERT_EQ(::kill(children().front(), SIGKILL), 0);
  const Read died = read(reader, whole);
  EXPECT_TRUE(died.records.empty());
  EXPECT_TRUE(died.counts.is_damaged);
  EXPECT_EQ(died.counts.reasons,
            (std::map<std::string, std::uint64_t>{{"the reader died of it (Killed)", 1}}));
  EXPECT_EQ(read(reader, whole).records.size(), 2U);
  EXPECT_EQ(reader.processes(), 2U);
  EXPECT_EQ(children().size(), 1U);
}

TEST(EvtxReader, AnErrorOfWhoTakesEndsTheReading) {
  EvtxReader reader;
  const auto failed = reader.read(whole, [](std::string_view) -> base::Result<void> {
    return base::failure(base::ErrorCode::unavailable, "no room");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no room");
  // What it would still have said of that file is none of the next one's.
  EXPECT_EQ(read(reader, whole).records.size(), 2U);
  EXPECT_EQ(reader.processes(), 2U);
}

TEST(EvtxReader, WhatIsNoLogIsRefusedAndTheProcessGoesOn) {
  EvtxReader reader;
  const auto ignore = [](std::string_view) -> base::Result<void> { return {}; };
  const auto refused = reader.read(VEDETTE_SOURCE_DIR "/README.md", ignore);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.starts_with("this is no Windows event log"))
      << refused.error().message;
  EXPECT_FALSE(reader.read("/nowhere.evtx", ignore));
  EXPECT_EQ(read(reader, whole).records.size(), 2U);
  EXPECT_EQ(reader.processes(), 1U);
}

}  // namespace
}  // namespace vedette::collect
