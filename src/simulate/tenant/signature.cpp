#include "simulate/tenant/signature.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <memory>

namespace vedette::simulate::tenant {
namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using CurveSignature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

Bio open_text(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(certificate, digest, bytes.data(), &size) != 1) return {};
  return encode_base64url({reinterpret_cast<const char*>(bytes.data()), size});
}

// A JWT carries two 32-byte numbers; OpenSSL wants them in DER.
std::optional<std::string> curve_signature_in_der(std::string_view signature) {
  if (signature.size() != 64) return std::nullopt;
  const CurveSignature made(ECDSA_SIG_new());
  BIGNUM* first = BN_bin2bn(bytes_of(signature), 32, nullptr);
  BIGNUM* second = BN_bin2bn(bytes_of(signature.substr(32)), 32, nullptr);
  if (ECDSA_SIG_set0(made.get(), first, second) != 1) return std::nullopt;  // takes both
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(made.get(), &der);
  if (size <= 0) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t left = 0;
  int bits = 0;
  for (const char character : bytes) {
    left = left << 8 | static_cast<unsigned char>(character);
    for (bits += 8; bits >= 6; bits -= 6) text += letters[(left >> (bits - 6)) & 63];
  }
  if (bits > 0) text += letters[(left << (6 - bits)) & 63];
  return text;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t left = 0;
  int bits = 0;
  for (const char character : text) {
    const auto value = letters.find(character);
    if (value == std::string_view::npos) return std::nullopt;
    left = left << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(left >> bits & 0xFF);
  }
  return bytes;
}

std::string keyed_hash(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
       bytes.data(), &size);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

base::Result<Signer> read_signer(std::string_view pem) {
  Signer signer;
  const Certificate certificate(PEM_read_bio_X509(open_text(pem).get(), nullptr, nullptr, nullptr));
  Key key(certificate ? X509_get_pubkey(certificate.get())
                      : PEM_read_bio_PUBKEY(open_text(pem).get(), nullptr, nullptr, nullptr));
  if (!key)
    return base::failure(base::ErrorCode::malformed,
                         "that is neither a certificate nor a public key in PEM");
  if (certificate) {
    signer.sha1_thumbprint = thumbprint(certificate.get(), EVP_sha1());
    signer.sha256_thumbprint = thumbprint(certificate.get(), EVP_sha256());
  }
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  signer.public_key_pem.assign(data, static_cast<std::size_t>(size));
  return signer;
}

bool is_signed_by(const Signer& signer, std::string_view algorithm, std::string_view text,
                  std::string_view signature) {
  const Key key(
      PEM_read_bio_PUBKEY(open_text(signer.public_key_pem).get(), nullptr, nullptr, nullptr));
  const bool rsa = algorithm == "RS256" || algorithm == "PS256";
  if (!key || EVP_PKEY_base_id(key.get()) != (rsa ? EVP_PKEY_RSA : EVP_PKEY_EC)) return false;
  std::string wanted(signature);
  if (!rsa) {
    const auto der = algorithm == "ES256" ? curve_signature_in_der(signature) : std::nullopt;
    if (!der) return false;
    wanted = *der;
  }
  const Digest digest(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  if (EVP_DigestVerifyInit(digest.get(), &context, EVP_sha256(), nullptr, key.get()) != 1)
    return false;
  if (algorithm == "PS256" &&
      (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  return EVP_DigestVerify(digest.get(), bytes_of(wanted), wanted.size(), bytes_of(text),
                          text.size()) == 1;
}

}  // namespace vedette::simulate::tenant
