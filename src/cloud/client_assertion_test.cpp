// The signed proof, checked with the public key as Entra ID would.
#include "cloud/client_assertion.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

#include "base/json.h"
#include "fakes/temporary_folder.h"

namespace vedette::cloud {
namespace {

struct KeyPair {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;

  explicit KeyPair(const char* kind, int bits) {
    key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, kind, static_cast<std::size_t>(bits)),
              &EVP_PKEY_free);
    certificate.reset(X509_new(), &X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
  }
  // Key and certificate in one file, as they are often kept.
  void write(const std::filesystem::path& path) const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_X509(out.get(), certificate.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    std::ofstream(path).write(bytes, size);
  }
};

std::string decode(std::string_view text) {
  std::string out;
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    held = held << 6 | static_cast<unsigned>(alphabet.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.push_back(static_cast<char>(held >> bits & 255));
  }
  return out;
}

bool verifies(EVP_PKEY* key, bool is_pss, std::string_view text, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                       &EVP_MD_CTX_free);
  EVP_PKEY_CTX* context = nullptr;
  EVP_DigestVerifyInit(digest.get(), &context, EVP_sha256(), nullptr, key);
  if (is_pss) {
    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 32);
  }
  const std::vector<unsigned char> bytes(text.begin(), text.end());
  const std::vector<unsigned char> signed_bytes(signature.begin(), signature.end());
  return EVP_DigestVerify(digest.get(), signed_bytes.data(), signed_bytes.size(), bytes.data(),
                          bytes.size()) == 1;
}

const AssertionClaims claims{"client-1", "https://login.example/t/oauth2/v2.0/token", "one",
                             base::Timestamp::from_unix_seconds(1'780'000'000)};

TEST(ClientAssertion, IsSignedAndSaysWho) {
  const fakes::TemporaryFolder folder;
  const KeyPair pair("RSA", 2048);
  const auto path = folder.path() / "app.pem";
  pair.write(path);
  for (const auto algorithm : {AssertionAlgorithm::ps256, AssertionAlgorithm::rs256}) {
    const auto made = sign_assertion(path.string(), path.string(), algorithm, claims);
    ASSERT_TRUE(made) << made.error().message;
    const std::string token(made->reveal());
    const auto first = token.find('.'), last = token.rfind('.');
    const auto header = base::parse_json(decode(token.substr(0, first)));
    const auto body = base::parse_json(decode(token.substr(first + 1, last - first - 1)));
    ASSERT_TRUE(header && body);
    const bool is_pss = algorithm == AssertionAlgorithm::ps256;
    EXPECT_EQ(*(*header)["alg"].as_string(), is_pss ? "PS256" : "RS256");
    EXPECT_EQ((*header)["x5t#S256"].as_string()->size(), 43U);
    EXPECT_EQ(*(*body)["aud"].as_string(), claims.audience);
    EXPECT_EQ(*(*body)["iss"].as_string(), "client-1");
    EXPECT_EQ(*(*body)["exp"].as_integer(), 1'780'000'600);
    EXPECT_TRUE(
        verifies(pair.key.get(), is_pss, token.substr(0, last), decode(token.substr(last + 1))));
    EXPECT_FALSE(verifies(pair.key.get(), is_pss, token.substr(1, last - 1),
                          decode(token.substr(last + 1))));
  }
}

TEST(ClientAssertion, SaysWhatIsWrongWithTheFiles) {
  const fakes::TemporaryFolder folder;
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  KeyPair("RSA", 2048).write(path("one.pem"));
  KeyPair("RSA", 2048).write(path("other.pem"));
  KeyPair("RSA", 1024).write(path("short.pem"));
  std::ofstream(path("text.pem")) << "not a key";
  struct Case {
    const char *certificate, *key, *words;
  };
  for (const Case& each : {Case{"one.pem", "other.pem", "is not the key of the certificate"},
                           Case{"one.pem", "short.pem", "2048 bits"},
                           Case{"one.pem", "text.pem", "holds no private key"},
                           Case{"text.pem", "one.pem", "holds no certificate"},
                           Case{"one.pem", "none.pem", "cannot read"}}) {
    const auto made =
        sign_assertion(path(each.certificate), path(each.key), AssertionAlgorithm::ps256, claims);
    ASSERT_FALSE(made) << each.words;
    EXPECT_NE(made.error().message.find(each.words), std::string::npos) << made.error().message;
  }
}

TEST(ClientAssertion, Base64UrlOfRfc4648) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
}

}  // namespace
}  // namespace vedette::cloud
