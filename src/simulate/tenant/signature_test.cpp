#include "simulate/tenant/signature.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "base/http_text.h"
#include "base/json.h"
#include "fakes/fake_clock.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/tenant.h"

namespace vedette::simulate::tenant {
namespace {

// A key with its certificate, as an administrator makes them.
class KeyPair {
 public:
  KeyPair() : key_(EVP_RSA_gen(2048), EVP_PKEY_free) {
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86'400);
    X509_set_pubkey(made.get(), key_.get());
    X509_sign(made.get(), key_.get(), EVP_sha256());
    certificate = pem([&](BIO* out) { PEM_write_bio_X509(out, made.get()); });
    public_key = pem([&](BIO* out) { PEM_write_bio_PUBKEY(out, key_.get()); });
  }

  [[nodiscard]] std::string sign(const std::string& text, bool pss) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(),
                                                                         EVP_MD_CTX_free);
    EVP_PKEY_CTX* context = nullptr;
    EVP_DigestSignInit(digest.get(), &context, EVP_sha256(), nullptr, key_.get());
    if (pss) {
      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
    }
    std::size_t size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes,
                   text.size());
    return signature;
  }

  std::string certificate, public_key;

 private:
  template <class Write>
  static std::string pem(const Write& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
    write(out.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

class Assertion : public testing::Test {
 protected:
  Assertion() {
    options_.certificate_pem = pair_.certificate;
    options_.federated_key_pem = outside_.public_key;
    options_.start = clock_.now();
    thumbprint_ = read_signer(pair_.certificate)->sha256_thumbprint;
  }
  // A JWT of those claims.
  static std::string token(const KeyPair& by, const std::string& header, const std::string& claims,
                           bool pss) {
    const std::string input = encode_base64url(header) + "." + encode_base64url(claims);
    return input + "." + encode_base64url(by.sign(input, pss));
  }
  [[nodiscard]] std::string claims(const std::string& audience, std::int64_t from_s) const {
    base::JsonWriter out;
    const std::int64_t now = clock_.now().unix_seconds();
    out.begin_object().member("aud", audience).member("iss", options_.client_id);
    out.member("sub", options_.client_id).key("nbf").number(now + from_s);
    out.key("exp").number(now + from_s + 600).end_object();
    return out.take();
  }
  TenantReply ask(const std::string& assertion) {
    Tenant tenant(options_, clock_);
    TenantRequest request{"POST", path(), {}, {}, "http://127.0.0.1:1"};
    request.body =
        "grant_type=client_credentials&client_id=" + options_.client_id +
        "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_assertion=" + assertion +
        "&client_assertion_type=" +
        base::percent_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    return tenant.answer(request);
  }
  [[nodiscard]] std::string path() const { return "/" + options_.tenant_id + "/oauth2/v2.0/token"; }
  [[nodiscard]] std::string audience() const { return "http://127.0.0.1:1" + path(); }
  [[nodiscard]] std::string header(const std::string& algorithm) const {
    return R"({"alg":")" + algorithm + R"(","typ":"JWT","x5t#S256":")" + thumbprint_ + "\"}";
  }

  const KeyPair pair_, outside_;
  fakes::FakeClock clock_;
  TenantOptions options_;
  std::string thumbprint_;
};

TEST_F(Assertion, SignedByTheRegisteredCertificateOpensTheDoor) {
  EXPECT_EQ(ask(token(pair_, header("RS256"), claims(audience(), 0), false)).status, 200);
  EXPECT_EQ(ask(token(pair_, header("PS256"), claims(audience(), 0), true)).status, 200);
}

TEST_F(Assertion, WithAnythingWrongIsRefusedWithItsNumber) {
  const auto refused = [&](const std::string& assertion, std::string_view number) {
    const TenantReply reply = ask(assertion);
    EXPECT_NE(reply.status, 200);
    EXPECT_NE(reply.body.find(number), std::string::npos) << reply.body;
  };
  const std::string right = claims(audience(), 0);
  refused(token(outside_, header("RS256"), right, false), "AADSTS700027");
  refused(token(pair_, header("RS256"), right, true), "AADSTS700027");
  refused(token(pair_, header("none"), right, false), "AADSTS700027");
  refused(token(pair_, R"({"alg":"RS256"})", right, false), "AADSTS700027");
  refused(token(pair_, header("RS256"), claims(audience(), -2'000), false), "AADSTS700024");
  refused(token(pair_, header("RS256"), claims(audience(), 2'000), false), "AADSTS700024");
  refused(token(pair_, header("RS256"), claims("https://other.example/token", 0), false),
          "AADSTS700023");
  refused("not.a.token", "AADSTS50027");
}

TEST_F(Assertion, OfTheOutsideIssuerStandsForTheApp) {
  const auto ask_as = [&](const std::string& subject) {
    base::JsonWriter out;
    const std::int64_t now = clock_.now().unix_seconds();
    out.begin_object().member("aud", "api://AzureADTokenExchange");
    out.member("iss", options_.federated_issuer).member("sub", subject);
    out.key("nbf").number(now).key("exp").number(now + 600).end_object();
    return ask(token(outside_, R"({"alg":"RS256"})", out.text(), false));
  };
  EXPECT_EQ(ask_as(options_.federated_subject).status, 200);
  EXPECT_NE(ask_as("system:serviceaccount:other").body.find("AADSTS700213"), std::string::npos);
}

TEST(WebTokenText, IsBase64UrlWithoutPadding) {
  for (const std::string_view text : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"})
    EXPECT_EQ(decode_base64url(encode_base64url(text)), text);
  EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
  EXPECT_FALSE(decode_base64url("a+b"));
}

}  // namespace
}  // namespace vedette::simulate::tenant
