// Settings of older tools, read into ours.
#include "app/settings_import.h"

#include <gtest/gtest.h>

#include <map>

#include "app/container_setting.h"

namespace vedette::app {
namespace {

constexpr const char* dot_env = R"(# Azure
export TENANT_ID=contoso.onmicrosoft.com
CLIENT_ID="11111111-2222-3333-4444-555555555555"  # the app
CLIENT_SECRET='S3cret#1'
SMTP_SERVER=smtp.example.org
SMTP_PORT=587
SMTP_USERNAME=alerts@example.org
SMTP_PASSWORD=mail pass
ALERT_RECIPIENTS=it@example.org, soc@example.org
FLASK_SECRET_KEY=abc
)";

constexpr const char* python = R"(import os
TENANT_ID = os.getenv("TENANT_ID", "contoso.com")
CLIENT_ID = 'app-1'
CLIENT_SECRET = os.environ["CLIENT_SECRET"]
SUBSCRIPTION_ID = "sub-1"
RESOURCE_GROUP = "soc"
WORKSPACE_NAME = "sentinel-ws"
SMTP_SERVER = "smtp.example.org"
SMTP_PORT = 465
SENDER_EMAIL = "alerts@example.org"
ADMIN_EMAILS = ["it@example.org", "boss@example.org"]
def main(): x = 1
)";

std::optional<std::string> environment(const std::string& name) {
  if (name == "CLIENT_SECRET" || name == "SMTP_PASSWORD") return "something";
  return std::nullopt;
}

TEST(SettingsImport, ADotEnvFileBecomesSettingsThatRead) {
  const auto imported = import_settings(read_old_settings(dot_env), "");
  EXPECT_EQ(imported.toml.find("S3cret"), std::string::npos) << imported.toml;
  EXPECT_EQ(imported.toml.find("mail pass"), std::string::npos) << imported.toml;
  EXPECT_EQ(imported.left_out, std::vector<std::string>{"FLASK_SECRET_KEY"});
  const auto read = read_configuration(imported.toml, "imported", environment);
  ASSERT_TRUE(read) << read.error().front() << "\n" << imported.toml;
  ASSERT_EQ(read->tenants.size(), 1U);
  EXPECT_EQ(read->tenants[0].id, "contoso.onmicrosoft.com");
  EXPECT_EQ(read->tenants[0].client_secret, "env:CLIENT_SECRET");
  EXPECT_EQ(read->mail_server.host, "smtp.example.org");
  EXPECT_EQ(read->mail_server.from, "alerts@example.org");
  ASSERT_EQ(read->channels.size(), 1U);
  EXPECT_EQ(read->channels[0].to, (std::vector<std::string>{"it@example.org", "soc@example.org"}));
}

TEST(SettingsImport, APythonFileIsReadAndNotRun) {
  const auto imported = import_settings(read_old_settings(python), "");
  const auto read = read_configuration(imported.toml, "imported", environment);
  ASSERT_TRUE(read) << read.error().front() << "\n" << imported.toml;
  const auto& tenant = read->tenants.at(0);
  EXPECT_EQ(tenant.id, "contoso.com");
  EXPECT_EQ(tenant.client_id, "app-1");
  EXPECT_EQ(tenant.workspace, "sentinel-ws");
  EXPECT_TRUE(tenant.has(CloudPart::sentinel));
  EXPECT_EQ(read->mail_server.port, 465);
  EXPECT_EQ(read->mail_server.tls, MailTls::tls);
  EXPECT_EQ(read->channels.at(0).to.size(), 2U);
}

TEST(SettingsImport, SecretsGoToTheirFolder) {
  const auto imported = import_settings(read_old_settings(dot_env), "/etc/vedette/secrets");
  EXPECT_NE(imported.toml.find("client_secret = \"file:/etc/vedette/secrets/client-secret\""),
            std::string::npos);
  ASSERT_EQ(imported.secrets.size(), 2U);
  EXPECT_EQ(imported.secrets.at("client-secret").reveal(), "S3cret#1");
  EXPECT_EQ(imported.secrets.at("mail-password").reveal(), "mail pass");
}

TEST(SettingsImport, AContainerTakesThemFromItsEnvironment) {
  const std::map<std::string, std::string> variables{
      {"TENANT_ID", "contoso.com"},
      {"CLIENT_ID", "app-1"},
      {"CLIENT_SECRET", "S3cret"},
      {"SUBSCRIPTION_ID", ""},
      {"SMTP_SERVER", "smtp.example.org"},
      {"SMTP_PORT", "587"},
      {"SMTP_USERNAME", "alerts@example.org"},
      {"SMTP_PASSWORD", "p w"},
      {"ALERT_RECIPIENTS", "it@example.org,soc@example.org"},
      {"PATH", "/usr/bin"}};
  const notify::EnvironmentLookup lookup = [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const auto read = load_container_configuration({}, lookup);
  ASSERT_TRUE(read) << read.error().front();
  EXPECT_TRUE(read->in_container);
  EXPECT_EQ(base::format_ip(read->http_address), "0.0.0.0");
  EXPECT_EQ(read->http_port, container_port);
  ASSERT_EQ(read->tenants.size(), 1U);
  EXPECT_EQ(read->tenants[0].client_secret, "env:CLIENT_SECRET");
  ASSERT_EQ(read->channels.size(), 1U);
  EXPECT_EQ(read->channels[0].to.size(), 2U);
  // Nothing set is no error: the web app's first page says what to do.
  const auto bare = load_container_configuration({}, [](const auto&) { return std::nullopt; });
  ASSERT_TRUE(bare);
  EXPECT_TRUE(bare->tenants.empty());
}

TEST(SettingsImport, NothingComesOfNothing) {
  for (const char* text : {"", "# only a comment", "=x", "A B = c", "\x00\xff=1"})
    EXPECT_EQ(import_settings(read_old_settings(text), "").toml, "") << text;
}

}  // namespace
}  // namespace vedette::app
