#include "notify/channel_address.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "notify/url.h"

namespace vedette::notify {
namespace {

const EnvironmentLookup environment = [](const std::string& name) -> std::optional<std::string> {
  if (name == "HOOK") return "https://hooks.slack.com/services/T0/B0/secret";
  if (name == "EMPTY") return "  \n";
  return std::nullopt;
};

TEST(ChannelAddress, TheServiceIsRecognised) {
  const std::pair<const char*, ChannelKind> cases[] = {
      {"https://discord.com/api/webhooks/123/secret-T_1", ChannelKind::discord},
      {"https://discord.com/api/webhooks/123/secret/", ChannelKind::discord},
      {"https://canary.discord.com/api/webhooks/123/secret?thread_id=9", ChannelKind::discord},
      {"https://ptb.discord.com/api/v10/webhooks/123/secret", ChannelKind::discord},
      {"https://discordapp.com/api/webhooks/123/secret", ChannelKind::discord},
      {"http://127.0.0.1:8080/api/webhooks/123/secret", ChannelKind::discord},
      {"https://hooks.slack.com/services/T0AB/B0CD/secret", ChannelKind::slack},
      {"http://localhost:1/services/T0/B0/secret", ChannelKind::slack},
      {"https://soc.example/hooks/secret", ChannelKind::webhook},
      {"https://soc.example/api/webhooks/abc/secret", ChannelKind::webhook},
      {"https://[2001:db8::1]:8443/x", ChannelKind::webhook},
      {"HTTPS://SOC.EXAMPLE", ChannelKind::webhook},
      {"webhook:https://discord.com/api/webhooks/123/secret", ChannelKind::webhook},
      {"slack:https://chat.example/hooks/secret", ChannelKind::slack},
      {"discord:https://proxy.example/d/secret", ChannelKind::discord},
      {"env:HOOK", ChannelKind::slack},
      {"webhook:env:HOOK", ChannelKind::webhook},
  };
  for (const auto& [text, kind] : cases) {
    const auto address = parse_channel_address(text, environment);
    ASSERT_TRUE(address) << text << ": " << address.error().message;
    EXPECT_EQ(address->kind, kind) << text;
    EXPECT_EQ(address->shown.find("secret"), std::string::npos) << address->shown;
    EXPECT_EQ(address->notice.find("secret"), std::string::npos);
  }
  EXPECT_EQ(parse_channel_address("https://soc.example:8443/x", environment)->shown,
            "webhook at https://soc.example:8443");
}

TEST(ChannelAddress, BadOnesAreExplainedAndNotRepeated) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is empty"},
      {"secret", "must begin with https://"},
      {"ftp://x/secret", "must begin with https://"},
      {"https://", "host name"},
      {"https:///secret", "host name"},
      {"https://user:secret@x/", "user name or password"},
      {"https://x/secret#part", "'#'"},
      {"https://x/sec ret", "space"},
      {"https://x/s\xc3\xa9"
       "cret",
       "percent-encoded"},
      {"https://x:0/secret", "port"},
      {"https://x:99999/secret", "port"},
      {"https://x:/secret", "port"},
      {"https://[::1/secret", "brackets"},
      {"https://[secret]/", "brackets"},
      {"https://[127.0.0.1]/", "brackets"},
      {"https://[::1]x/secret", "brackets"},
      {"https://-secret/", "host name"},
      {"https://discord.com/api/webhooks/123/secret/slack", "with nothing behind it"},
      {"https://discord.com/channels/1/secret", "Edit Channel"},
      {"https://hooks.slack.com/workflows/secret", "no incoming webhook"},
      {"env:MISSING", "env:MISSING: there is no such environment variable"},
      {"env:EMPTY", "env:EMPTY is empty"},
      {"file:/nowhere/hook", "cannot read file:/nowhere/hook"},
      {"slack:secret", "must begin with https://"},
  };
  for (const auto& [text, expected] : cases) {
    const auto address = parse_channel_address(text, environment);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find(expected), std::string::npos)
        << text << " -> " << address.error().message;
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos) << address.error().message;
  }
}

TEST(ChannelAddress, PlainHttpIsSaidUnlessItStaysHere) {
  EXPECT_NE(parse_channel_address("http://soc.example/x", environment)->notice, "");
  EXPECT_EQ(parse_channel_address("https://soc.example/x", environment)->notice, "");
  EXPECT_EQ(parse_channel_address("http://127.0.0.1:9/x", environment)->notice, "");
  EXPECT_EQ(parse_channel_address("http://[::1]/x", environment)->notice, "");
}

TEST(ChannelAddress, SecretsComeFromFiles) {
  const std::string path = testing::TempDir() + "vedette_notify_test_secret";
  std::ofstream(path) << "https://soc.example/from-file\n";
  const auto address = parse_channel_address("webhook:file:" + path, environment);
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(address->url.reveal(), "https://soc.example/from-file");
  std::ofstream(path) << std::string(100'000, 'x');
  EXPECT_FALSE(resolve_secret("file:" + path, environment));
  std::remove(path.c_str());
  EXPECT_FALSE(resolve_secret("file:" + testing::TempDir(), environment));
}

TEST(SecretReferences, AVaultIsReadByWhoCanAndNobodyElseTriesTo) {
  const EnvironmentLookup vaults(
      [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
      [](std::string_view reference) -> base::Result<base::Secret> {
        if (reference == "vault:contoso/hook") return base::Secret("https://h.example/planted");
        return base::failure(base::ErrorCode::not_found, "there is no such secret");
      });
  EXPECT_EQ(resolve_secret("vault:contoso/hook", vaults)->reveal(), "https://h.example/planted");
  EXPECT_EQ(parse_channel_address("webhook:vault:contoso/hook", vaults)->shown,
            "webhook at https://h.example");
  EXPECT_FALSE(resolve_secret("vault:contoso/other", vaults));
  const auto nobody = resolve_secret("vault:contoso/hook", environment);
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().message.find("no vault can be read here"), std::string::npos);
}

}  // namespace
}  // namespace vedette::notify
