#include "app/service_log.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "fakes/fake_clock.h"

namespace vedette::app {
namespace {

class ServiceLogTest : public testing::Test {
 protected:
  ServiceLog log(LogLevel level, LogFormat format) {
    return ServiceLog(clock_, level, format,
                      [this](const std::string& line) { lines_.push_back(line); });
  }
  fakes::FakeClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(ServiceLogTest, TextIsOneLineOfFields) {
  log(LogLevel::info, LogFormat::text)
      .info("following", {{"file", "/var/log/auth.log"}, {"lines", 12}, {"ok", true}});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_[0].find(" info    following file=/var/log/auth.log lines=12 ok=true"),
            std::string::npos)
      << lines_[0];
}

TEST_F(ServiceLogTest, NothingFromOutsideBeginsALineOrAField) {
  for (const auto format : {LogFormat::text, LogFormat::json}) {
    lines_.clear();
    log(LogLevel::info, format)
        .warning("notice", {{"text", "a\nb\r\x1b[31m \" level=error \u202e\xff"}});
    ASSERT_EQ(lines_.size(), 1U);
    for (const char bad : {'\n', '\r', '\x1b'})
      EXPECT_EQ(lines_[0].find(bad), std::string::npos) << lines_[0];
  }
  const auto json = base::parse_json(lines_[0]);
  ASSERT_TRUE(json) << lines_[0];
  EXPECT_EQ(json->as_object()->size(), 4U);
  EXPECT_EQ(*(*json)["level"].as_string(), "warning");
}

TEST_F(ServiceLogTest, ASecretIsMaskedByItsType) {
  const base::Secret secret("planted");
  for (const auto format : {LogFormat::text, LogFormat::json})
    log(LogLevel::debug, format).debug("channel", {{"key", secret}});
  for (const auto& line : lines_) {
    EXPECT_EQ(line.find("planted"), std::string::npos);
    EXPECT_NE(line.find("***"), std::string::npos);
  }
}

TEST_F(ServiceLogTest, WhatIsBelowTheLevelIsNotWritten) {
  auto quiet = log(LogLevel::warning, LogFormat::text);
  quiet.debug("a");
  quiet.info("b");
  quiet.warning("c");
  quiet.error("d");
  EXPECT_EQ(lines_.size(), 2U);
}

}  // namespace
}  // namespace vedette::app
