#include "cloud/client_assertion.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <vector>

#include "base/cloud_limits.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "base/json.h"

namespace vedette::cloud {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::int64_t valid_s = 600;
constexpr std::int64_t clock_slack_s = 300;  // ours may be ahead of theirs
constexpr int rsa_bits_least = 2048;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Memory = std::unique_ptr<BIO, Freer<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freer<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freer<&EVP_MD_CTX_free>>;

Result<base::Secret> read_pem(const std::string& path) {
  return base::Secret(VEDETTE_TRY(base::read_file(path, base::limits::certificate_bytes_max)));
}

Memory open_memory(const base::Secret& text) {
  return Memory(BIO_new_mem_buf(text.reveal().data(), static_cast<int>(text.reveal().size())));
}

// A key with a passphrase is refused: nobody is there to type it.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Result<Key> read_key(const std::string& path) {
  const base::Secret pem = VEDETTE_TRY(read_pem(path));
  const Memory memory = open_memory(pem);
  Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_passphrase, nullptr));
  const std::string shown = base::encode_terminal(path);
  if (!key)
    return base::failure(ErrorCode::invalid_argument,
                         shown + " holds no private key in PEM form without a passphrase");
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_bits(key.get()) < rsa_bits_least)
    return base::failure(ErrorCode::invalid_argument,
                         shown + ": Entra ID takes RSA keys of 2048 bits or more");
  return key;
}

Result<Certificate> read_certificate(const std::string& path) {
  const base::Secret pem = VEDETTE_TRY(read_pem(path));
  const Memory memory = open_memory(pem);
  Certificate certificate(PEM_read_bio_X509(memory.get(), nullptr, &no_passphrase, nullptr));
  if (!certificate)
    return base::failure(ErrorCode::invalid_argument,
                         base::encode_terminal(path) + " holds no certificate in PEM form");
  return certificate;
}

std::string thumbprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), bytes.data(), &size) != 1) return {};
  std::string out;
  for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<char>(bytes.at(i)));
  return base64url(out);
}

Result<std::string> sign(EVP_PKEY* key, AssertionAlgorithm algorithm, std::string_view text) {
  const auto failed = [] {
    return base::failure(ErrorCode::internal, "the proof cannot be signed with this key");
  };
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;  // the digest's
  if (!digest || EVP_DigestSignInit(digest.get(), &context, EVP_sha256(), nullptr, key) != 1)
    return failed();
  if (algorithm == AssertionAlgorithm::ps256 &&
      (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) <= 0 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) <= 0))
    return failed();
  const std::vector<unsigned char> input(text.begin(), text.end());
  std::size_t size = 0;
  if (EVP_DigestSign(digest.get(), nullptr, &size, input.data(), input.size()) != 1)
    return failed();
  std::vector<unsigned char> signature(size);
  if (EVP_DigestSign(digest.get(), signature.data(), &size, input.data(), input.size()) != 1)
    return failed();
  return std::string(signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace

std::string base64url(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out.push_back(alphabet[held >> (bits - 6) & 63]);
  }
  if (bits > 0) out.push_back(alphabet[held << (6 - bits) & 63]);
  return out;
}

Result<base::Secret> sign_assertion(const std::string& certificate_file,
                                    const std::string& key_file, AssertionAlgorithm algorithm,
                                    const AssertionClaims& claims) {
  const Key key = VEDETTE_TRY(read_key(key_file));
  const Certificate certificate = VEDETTE_TRY(read_certificate(certificate_file));
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return base::failure(ErrorCode::invalid_argument, base::encode_terminal(key_file) +
                                                          " is not the key of the certificate in " +
                                                          base::encode_terminal(certificate_file));
  base::JsonWriter header;
  header.begin_object()
      .member("alg", algorithm == AssertionAlgorithm::ps256 ? "PS256" : "RS256")
      .member("typ", "JWT")
      .member("x5t#S256", thumbprint(certificate.get()))
      .end_object();
  const std::int64_t now = claims.now.unix_seconds();
  base::JsonWriter payload;
  payload.begin_object()
      .member("aud", claims.audience)
      .member("iss", claims.client_id)
      .member("sub", claims.client_id)
      .member("jti", claims.id);
  payload.key("nbf").number(now - clock_slack_s);
  payload.key("iat").number(now);
  payload.key("exp").number(now + valid_s);
  payload.end_object();
  const std::string text = base64url(header.text()) + "." + base64url(payload.text());
  const std::string signature = VEDETTE_TRY(sign(key.get(), algorithm, text));
  return base::Secret(text + "." + base64url(signature));
}

}  // namespace vedette::cloud
