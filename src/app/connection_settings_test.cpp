#include "app/connection_settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file_text.h"
#include "fakes/temporary_folder.h"

namespace vedette::app {
namespace {

namespace files = std::filesystem;

constexpr const char* file_text = R"(
[smtp]
host = "mail.example.org"
from = "old@example.org"
[[channel]]
name = "team"
kind = "mail"
to = ["old@example.org"]
[detect]
threshold = 7
)";

base::Result<void> noted() {
  return {};
}

class ConnectionSettingsTest : public testing::Test {
 protected:
  [[nodiscard]] files::path folder() const { return files::path(folder_.file("x")).parent_path(); }
  [[nodiscard]] ConnectionSettings settings() const {
    return {folder(), [](const std::string&) { return std::nullopt; }, &read};
  }
  static std::expected<Configuration, ConfigurationProblems> read(
      const std::string& tables, const notify::EnvironmentLookup& environment) {
    return read_configuration(file_text, "the file", environment, tables);
  }
  [[nodiscard]] Configuration read_again() const {
    ConnectionSettings again = settings();
    EXPECT_TRUE(again.load());
    auto whole = read(again.tables(), [](const std::string&) { return std::nullopt; });
    EXPECT_TRUE(whole) << (whole ? "" : whole.error().front());
    return whole.value_or(Configuration());
  }
  static std::string text_of(const files::path& path) {
    return base::read_file(path, 100'000).value_or("");
  }

  const fakes::TemporaryFolder folder_;
};

ConnectionChange mail_server() {
  return {"smtp",
          "",
          false,
          {{"host", "\"smtp.contoso.example\""},
           {"from", "\"new@contoso.example\""},
           {"user", "\"new\""}},
          {{"password", base::Secret("hunter2")}}};
}

TEST_F(ConnectionSettingsTest, WhatIsConnectedWinsOverTheFileAndTheRestStays) {
  ConnectionSettings made = settings();
  ASSERT_TRUE(made.load());
  ASSERT_TRUE(made.change(1, mail_server(), &noted));
  ASSERT_TRUE(made.change(
      2, {"channel", "on call", false, {{"kind", "\"mail\""}, {"to", "[\"a@b.example\"]"}}, {}},
      &noted));
  ASSERT_TRUE(made.change(3, {"detect", "", false, {{"window", "\"90s\""}}, {}}, &noted));
  const Configuration now = read_again();
  EXPECT_EQ(now.mail_server.host, "smtp.contoso.example");
  ASSERT_EQ(now.channels.size(), 2U);
  EXPECT_EQ(now.channels[0].to.front(), "old@example.org");
  EXPECT_FALSE(now.channels[0].is_of_page);
  EXPECT_TRUE(now.channels[1].is_of_page);
  EXPECT_EQ(now.detection.attempts, 7) << "setting by setting";
  EXPECT_EQ(now.detection.window, base::Duration::seconds(90));

  ConnectionSettings again = settings();
  ASSERT_TRUE(again.load());
  EXPECT_FALSE(again.change(1, mail_server(), &noted))
      << "looked at before the service began again";

  ASSERT_TRUE(made.change(4, {"smtp", "", true, {}, {}}, &noted));
  EXPECT_EQ(read_again().mail_server.host, "mail.example.org") << "the file's again";
}

TEST_F(ConnectionSettingsTest, SecretsLieInPrivateFilesOfTheirOwn) {
  ConnectionSettings made = settings();
  ASSERT_TRUE(made.load());
  ASSERT_TRUE(made.change(1, mail_server(), &noted));
  const std::string kept = text_of(connections_path(folder()));
  EXPECT_EQ(kept.find("hunter2"), std::string::npos) << kept;
  ASSERT_EQ(made.all().front().secrets.size(), 1U);
  const auto path = folder() / "secrets" / made.all().front().secrets.at("password");
  EXPECT_EQ(text_of(path), "hunter2");
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 077, 0U);

  // Left out, it stays; a new one is another file, and the old one goes when nothing uses it.
  ConnectionChange change = mail_server();
  change.secrets.clear();
  ASSERT_TRUE(made.change(2, change, &noted));
  EXPECT_TRUE(files::exists(path));
  ASSERT_TRUE(made.change(3, mail_server(), &noted));
  EXPECT_TRUE(files::exists(path)) << "what runs may still read it";
  made.forget_unused_secrets();
  EXPECT_FALSE(files::exists(path));
  EXPECT_EQ(read_again().mail_server.host, "smtp.contoso.example");
}

TEST_F(ConnectionSettingsTest, WhatIsTriedOutIsNotKept) {
  ConnectionSettings made = settings();
  ASSERT_TRUE(made.load());
  const auto trial = made.try_out(mail_server());
  ASSERT_TRUE(trial) << trial.error().front();
  EXPECT_EQ(trial->configuration.mail_server.host, "smtp.contoso.example");
  const auto secret = notify::resolve_secret(trial->configuration.mail_server.password.reveal(),
                                             trial->environment);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "hunter2");
  EXPECT_FALSE(files::exists(connections_path(folder())));
  EXPECT_FALSE(files::exists(folder() / "secrets"));
}

TEST_F(ConnectionSettingsTest, WhatDoesNotFitIsRefusedAndNothingIsKept) {
  ConnectionSettings made = settings();
  ASSERT_TRUE(made.load());
  ConnectionChange change = mail_server();
  change.settings["port"] = "\"twenty-five\"";
  const auto refused = made.change(1, change, &noted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().front().find("connections.toml: smtp.port"), 0U)
      << refused.error().front();
  // Of a page: no private address, no file elsewhere.
  const auto hook = [](const char* url) {
    return ConnectionChange{
        "channel", "chat", false, {{"kind", "\"slack\""}}, {{"url", base::Secret(url)}}};
  };
  for (const char* url : {"http://hooks.slack.com/x", "https://127.0.0.1/x", "https://10.0.0.8/x",
                          "https://[::1]/x", "https://localhost/x", "file:/etc/passwd", "env:HOME"})
    EXPECT_FALSE(made.try_out(hook(url))) << url;
  EXPECT_TRUE(made.try_out(hook("https://hooks.slack.com/services/T/B/x")));
  for (const char* path : {"/etc/passwd", "/var/log/../../etc/passwd", "/var/log/..", "auth.log"})
    EXPECT_FALSE(made.try_out({"file", path, false, {}, {}})) << path;
  EXPECT_TRUE(made.try_out({"file", "/var/log/auth*.log", false, {}, {}}));
  EXPECT_FALSE(made.try_out({"http", "", false, {{"port", "1"}}, {}})) << "no part of a page";

  EXPECT_FALSE(made.change(7, mail_server(), &noted)) << "somebody else changed it";
  EXPECT_FALSE(made.change(1, mail_server(), [] {
    return base::failure(base::ErrorCode::unavailable, "no audit log");
  }));
  EXPECT_FALSE(files::exists(connections_path(folder())));
}

// As after a restore: a backup holds no secrets.
TEST_F(ConnectionSettingsTest, WhatLacksItsSecretIsLeftOutAndTold) {
  ConnectionSettings made = settings();
  ASSERT_TRUE(made.load());
  ASSERT_TRUE(made.change(1, mail_server(), &noted));
  files::remove_all(folder() / "secrets");
  ConnectionSettings again = settings();
  ASSERT_TRUE(again.load());
  std::vector<std::string> left_out;
  EXPECT_EQ(again.tables(&left_out), "");
  ASSERT_EQ(left_out.size(), 1U);
  EXPECT_EQ(left_out.front(), "smtp ");
}

}  // namespace
}  // namespace vedette::app
