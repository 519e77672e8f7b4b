#include "net/tls_identity.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <array>
#include <ctime>
#include <utility>

#include "base/encode.h"

namespace vedette::net {
namespace {

using base::ErrorCode;
using base::Result;

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, ContextDeleter>;
struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// What OpenSSL says went wrong last; its list is empty afterwards.
std::unexpected<base::Error> cannot_use(const char* what, const std::string& file) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  const std::string why = reason != nullptr                          ? reason
                          : code != 0 && ERR_SYSTEM_ERROR(code) != 0 ? "the file cannot be read"
                                                                     : "it does not work";
  ERR_clear_error();
  return base::failure(ErrorCode::invalid_argument,
                       std::string("the ") + what + " " + base::encode_terminal(file) + ": " + why);
}

Result<ContextPointer> make_context(const TlsFiles& files) {
  ContextPointer made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made.get();
  // The ciphers of TLS 1.2 that 1.3 would have, too; Mozilla's "intermediate" without DHE.
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return base::failure(ErrorCode::internal, "TLS cannot be started");
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return cannot_use("certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return cannot_use("key", files.key);
  return made;
}

// Changes when somebody writes or replaces one of the files.
using Trace = std::array<std::int64_t, 8>;
Trace trace_of(const TlsFiles& files) {
  Trace trace{};
  std::size_t at = 0;
  for (const auto& file : {files.certificate, files.key}) {
    struct stat status{};
    if (::stat(file.c_str(), &status) == 0) {
      trace.at(at) = static_cast<std::int64_t>(status.st_ino);
      trace.at(at + 1) = status.st_mtim.tv_sec;
      trace.at(at + 2) = status.st_mtim.tv_nsec;
      trace.at(at + 3) = status.st_size;
    }
    at += 4;
  }
  return trace;
}

}  // namespace

struct TlsIdentity::State {
  TlsFiles files;
  Tell tell;
  ContextPointer context;
  Trace trace;
};

TlsIdentity::TlsIdentity(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsIdentity::~TlsIdentity() = default;

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(TlsFiles files, Tell tell) {
  const Trace trace = trace_of(files);
  auto context = VEDETTE_TRY(make_context(files));
  auto state =
      std::make_unique<State>(State{std::move(files), std::move(tell), std::move(context), trace});
  return std::make_unique<TlsIdentity>(std::move(state));
}

ssl_ctx_st* TlsIdentity::share_context() {
  if (const Trace now = trace_of(state_->files); now != state_->trace) {
    state_->trace = now;  // told of once, until they change again
    if (auto fresh = make_context(state_->files)) {
      state_->context = *std::move(fresh);
      state_->tell("the certificate was read again");
    } else {
      state_->tell("the certificate changed and does not work, the one before stays: " +
                   fresh.error().message);
    }
  }
  SSL_CTX_up_ref(state_->context.get());
  return state_->context.get();
}

Result<CertificateFacts> read_certificate(const std::string& file) {
  ERR_clear_error();
  const std::unique_ptr<BIO, BioDeleter> bio(BIO_new_file(file.c_str(), "r"));
  const std::unique_ptr<X509, CertificateDeleter> certificate(
      bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned int bytes = 0;
  std::tm expires{};
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), hash.data(), &bytes) != 1 ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &expires) != 1)
    return cannot_use("certificate", file);
  CertificateFacts facts;
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (std::size_t i = 0; i < bytes; ++i) {
    if (i > 0) facts.fingerprint += ':';
    facts.fingerprint += digits[hash.at(i) >> 4U];
    facts.fingerprint += digits[hash.at(i) & 15U];
  }
  facts.expires = base::Timestamp::from_unix_seconds(::timegm(&expires));
  return facts;
}

}  // namespace vedette::net
