#include "collect/find_logs.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace vedette::collect {
namespace {

namespace fs = std::filesystem;

class FindLogsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "vedette-find-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ + "/var/log");
  }
  void TearDown() override { fs::remove_all(root_); }
  void create(const std::string& name) const { std::ofstream(root_ + "/var/log/" + name) << "x\n"; }

  std::string root_;
};

TEST_F(FindLogsTest, FindsTheUsualPlaces) {
  create("auth.log");
  create("secure");
  create("messages");
  const FoundLogs found = find_logs(root_);
  EXPECT_EQ(found.readable,
            (std::vector<std::string>{root_ + "/var/log/auth.log", root_ + "/var/log/secure"}));
  EXPECT_EQ(found.message, "");
}

TEST_F(FindLogsTest, MessagesIsTheLastResort) {
  create("messages");
  const FoundLogs found = find_logs(root_);
  EXPECT_EQ(found.readable, std::vector<std::string>{root_ + "/var/log/messages"});
  EXPECT_NE(found.message.find("last resort"), std::string::npos);
}

TEST_F(FindLogsTest, WithoutAnyItSaysWhatToDo) {
  fs::create_directories(root_ + "/var/log/auth.log");  // a folder is no log
  const FoundLogs found = find_logs(root_);
  EXPECT_TRUE(found.readable.empty());
  EXPECT_NE(found.message.find("name a file: vedette watch FILE"), std::string::npos);
}

TEST_F(FindLogsTest, WhatMayNotBeReadIsNamedWithTheRemedy) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything: run as a user to test this";
  create("auth.log");
  ASSERT_EQ(::chmod((root_ + "/var/log/auth.log").c_str(), 0), 0);
  const FoundLogs found = find_logs(root_);
  EXPECT_TRUE(found.readable.empty());
  ASSERT_EQ(found.unreadable.size(), 1U);
  EXPECT_NE(found.message.find("run as root"), std::string::npos);
}

}  // namespace
}  // namespace vedette::collect
