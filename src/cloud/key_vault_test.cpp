// Secrets of a vault against a scripted one.
#include "cloud/key_vault.h"

#include <gtest/gtest.h>

#include "cloud/referenced_key.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;
using fakes::FakeHttpService;

constexpr const char* planted = "planted-secret";

std::string secret_body(const std::string& value) {
  return R"({"value":")" + value + R"(","id":"https://contoso.vault.azure.net/secrets/misp/1"})";
}

std::string error_body(const std::string& code, const std::string& inner = "") {
  return R"({"error":{"code":")" + code + R"(","message":"no","innererror":{"code":")" + inner +
         "\"}}}";
}

class KeyVaults : public testing::Test {
 protected:
  base::Result<base::Secret> read(std::string_view reference = "vault:contoso/misp") {
    return vault.read(reference);
  }
  std::string text_of(std::string_view reference = "vault:contoso/misp") {
    const auto secret = read(reference);
    return secret ? std::string(secret->reveal()) : "error: " + secret.error().message;
  }

  FakeHttpService service;
  fakes::FakeTokenService token_service;
  fakes::FakeClock clock;
  KeyVault vault{{},
                 std::make_unique<fakes::FakeHttpClient>(service),
                 std::make_unique<fakes::FakeAccessTokens>(token_service),
                 clock};
};

TEST(KeyVault, ReferencesBecomeAddressesOfVaultsAlone) {
  const VaultPlace place;
  EXPECT_EQ(*vault_address("vault:contoso/misp-key", place),
            "https://contoso.vault.azure.net/secrets/misp-key?api-version=7.4");
  EXPECT_EQ(*vault_address("vault:contoso/misp-key/0123456789abcdef0123456789abcdef", place),
            "https://contoso.vault.azure.net/secrets/misp-key/0123456789abcdef0123456789abcdef"
            "?api-version=7.4");
  EXPECT_EQ(*vault_address("vault:contoso/x", {"vault.azure.cn", ""}),
            "https://contoso.vault.azure.cn/secrets/x?api-version=7.4");
  EXPECT_EQ(*vault_address("vault:https://contoso.vault.usgovcloudapi.net/secrets/x/", place),
            "https://contoso.vault.usgovcloudapi.net/secrets/x?api-version=7.4");
  EXPECT_EQ(*vault_address("vault:http://127.0.0.1:8700/secrets/x", place),
            "http://127.0.0.1:8700/secrets/x?api-version=7.4");
  // A token for a vault goes nowhere else.
  for (const char* wrong :
       {"vault:", "vault:contoso", "vault:contoso/", "vault:/x", "vault:a.b/x",
        "vault:contoso/x/y/z", "vault:contoso/../x", "vault:contoso/x?y",
        "vault:https://evil.example/secrets/x",
        "vault:https://vault.azure.net.evil.example/secrets/x",
        "vault:http://contoso.vault.azure.net/secrets/x", "vault:http://127.0.0.1.evil/secrets/x",
        "vault:http://127.0.0.1:8700.evil/secrets/x",
        "vault:https://u@contoso.vault.azure.net/secrets/x",
        "vault:https://contoso.vault.azure.net/keys/x", "vault:https://contoso.vault.azure.net",
        "vault:http://10.0.0.1:80/secrets/x"})
    EXPECT_FALSE(vault_address(wrong, place)) << wrong;
}

TEST_F(KeyVaults, ASecretIsReadOnceAndAgainWhenItIsOld) {
  service.answer(FakeHttpService::reply(200, secret_body(planted)));
  service.answer(FakeHttpService::reply(200, secret_body("changed")));
  EXPECT_EQ(text_of(), planted);
  EXPECT_EQ(text_of(), planted);
  ASSERT_EQ(service.requests().size(), 1U);
  const auto asked = service.requests().front();
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.url.reveal(), "https://contoso.vault.azure.net/secrets/misp?api-version=7.4");
  clock.advance(Duration::minutes(6));
  EXPECT_EQ(text_of(), "changed");
}

TEST_F(KeyVaults, WhileItCannotBeReachedTheSecretReadLastIsUsed) {
  EXPECT_FALSE((service.set_default(FakeHttpService::cut_off()), read()));
  service.answer(FakeHttpService::reply(200, secret_body(planted)));
  EXPECT_EQ(text_of(), planted);
  clock.advance(Duration::hours(2));
  EXPECT_EQ(text_of(), planted);
  service.set_default(FakeHttpService::reply(503, ""));
  EXPECT_EQ(text_of(), planted);
  // What was taken away is not used any more.
  service.set_default(FakeHttpService::reply(404, error_body("SecretNotFound")));
  EXPECT_FALSE(read());
}

TEST_F(KeyVaults, RefusalsSayWhatToDoAndHoldNoSecret) {
  struct Case {
    int status;
    std::string body, words;
    ErrorCode code;
  };
  for (const Case& each :
       {Case{403, error_body("Forbidden", "ForbiddenByRbac"), "Key Vault Secrets User",
             ErrorCode::permission_denied},
        Case{403, error_body("Forbidden", "ForbiddenByFirewall"), "firewall", ErrorCode::refused},
        Case{404, error_body("SecretNotFound"), "no such secret", ErrorCode::not_found},
        Case{429, "", "does not answer now", ErrorCode::unavailable},
        Case{200, R"({"other":")" + std::string(planted) + "\"}", "no secret",
             ErrorCode::malformed}}) {
    service.set_default(FakeHttpService::reply(each.status, each.body));
    const auto refused = read();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, each.code) << each.status;
    EXPECT_NE(refused.error().message.find(each.words), std::string::npos)
        << refused.error().message;
    EXPECT_EQ(refused.error().message.find(planted), std::string::npos);
    EXPECT_TRUE(refused.error().message.starts_with("vault:contoso/misp: "));
  }
}

TEST_F(KeyVaults, ATokenThatIsNotTakenIsRenewedOnce) {
  service.answer(FakeHttpService::reply(401, error_body("Unauthorized")));
  service.answer(FakeHttpService::reply(200, secret_body(planted)));
  EXPECT_EQ(text_of(), planted);
  EXPECT_EQ(token_service.asked(), 2);
  service.set_default(FakeHttpService::reply(401, error_body("Unauthorized")));
  EXPECT_NE(text_of("vault:contoso/other").find("does not take our token"), std::string::npos);
  token_service.expire();
  token_service.fail(ErrorCode::refused, "no identity here");
  EXPECT_NE(text_of("vault:contoso/third").find("no identity here"), std::string::npos);
}

TEST(ReferencedKeys, AreReadAgainWhenRefusedAndEachMinute) {
  fakes::FakeClock clock;
  int reads = 0;
  ReferencedKey key(
      [&]() -> base::Result<base::Secret> { return base::Secret(std::to_string(++reads)); }, clock);
  EXPECT_EQ(key.token("", {})->reveal(), "1");
  EXPECT_EQ(key.token("", {})->reveal(), "1");
  key.forget("");
  EXPECT_EQ(key.token("", {})->reveal(), "2");
  clock.advance(Duration::minutes(2));
  EXPECT_EQ(key.token("", {})->reveal(), "3");
}

}  // namespace
}  // namespace vedette::cloud
