#include "net/made_certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/encode.h"
#include "base/ip.h"

namespace vedette::net {
namespace {

using base::ErrorCode;
using base::Result;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using CertificatePointer = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Deleter<BIO_free>>;
using ExtensionPointer = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

std::unexpected<base::Error> failed() {
  return base::failure(ErrorCode::internal, "no certificate could be made");
}

// "DNS:localhost,IP:127.0.0.1"
Result<std::string> alternative_names(std::span<const std::string> names) {
  std::string text;
  for (const auto& name : names) {
    const bool is_plain = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '-';
    });
    const auto address = base::parse_ip(name);
    if (!address && !is_plain)
      return base::failure(ErrorCode::invalid_argument,
                           "no certificate can name " + base::encode_terminal(name, 100));
    text +=
        (text.empty() ? "" : ",") + (address ? "IP:" + base::format_ip(*address) : "DNS:" + name);
  }
  return text;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const ExtensionPointer extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  std::uint64_t serial = 0;
  for (const auto byte : bytes) serial = serial << 8 | byte;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

bool set_name(X509* certificate) {
  X509_NAME* const name = X509_get_subject_name(certificate);
  constexpr std::string_view text = "Vedette";
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(std::max(0L, bytes))};
}

}  // namespace

Result<MadeCertificate> make_certificate(std::span<const std::string> names, base::Timestamp from,
                                         base::Timestamp until) {
  const std::string alternatives = VEDETTE_TRY(alternative_names(names));
  const KeyPointer key(EVP_EC_gen("P-256"));
  const CertificatePointer made(X509_new());
  X509* const certificate = made.get();
  if (!key || !made || X509_set_version(certificate, X509_VERSION_3) != 1 ||
      !set_serial(certificate) || !set_name(certificate) ||
      ASN1_TIME_set(X509_getm_notBefore(certificate), from.unix_seconds()) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), until.unix_seconds()) == nullptr ||
      X509_set_pubkey(certificate, key.get()) != 1 ||
      !add_extension(certificate, NID_subject_alt_name, alternatives) ||
      !add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, NID_ext_key_usage, "serverAuth") ||
      X509_sign(certificate, key.get(), EVP_sha256()) <= 0)
    return failed();
  const BioPointer certificate_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_secmem()));
  if (!certificate_text || !key_text ||
      PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1)
    return failed();
  return MadeCertificate{text_of(certificate_text.get()), base::Secret(text_of(key_text.get()))};
}

}  // namespace vedette::net
