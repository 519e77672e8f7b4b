#include "collect/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <utility>

#include "base/encode.h"

namespace vedette::collect {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SessionDeleter {
  void operator()(SSL* session) const { SSL_free(session); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, ContextDeleter>;
using SessionPointer = std::unique_ptr<SSL, SessionDeleter>;

// What OpenSSL says went wrong last; its list is empty afterwards.
std::string take_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  return code != 0 && ERR_SYSTEM_ERROR(code) ? "the file cannot be read" : "it does not work";
}

base::Result<void> cannot_use(const char* what, const std::string& file) {
  return base::failure(
      base::ErrorCode::invalid_argument,
      std::string("the ") + what + " " + base::encode_terminal(file) + ": " + take_reason());
}

class TlsStream : public ByteStream {
 public:
  TlsStream(FileDescriptor connection, SessionPointer session)
      : connection_(std::move(connection)), session_(std::move(session)) {}

  ReadBytes read(std::span<char> target) override;
  [[nodiscard]] bool is_established() const override {
    return session_ != nullptr && SSL_is_init_finished(session_.get()) == 1;
  }
  [[nodiscard]] int socket() const override { return connection_.get(); }

 private:
  [[nodiscard]] ReadBytes explain(int returned) const;

  FileDescriptor connection_;  // closed after the session is gone
  SessionPointer session_;     // null: there was no memory for it
};

ReadBytes TlsStream::read(std::span<char> target) {
  if (session_ == nullptr) return {ReadBytes::State::failed, 0, "no memory for TLS"};
  ERR_clear_error();
  errno = 0;
  if (!is_established()) {
    const int accepted = SSL_accept(session_.get());
    if (accepted != 1) return explain(accepted);
  }
  const int got = SSL_read(session_.get(), target.data(), static_cast<int>(target.size()));
  if (got > 0) return {ReadBytes::State::some, static_cast<std::size_t>(got)};
  return explain(got);
}

ReadBytes TlsStream::explain(int returned) const {
  const int system_error = errno;
  switch (SSL_get_error(session_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {ReadBytes::State::none_yet};
    case SSL_ERROR_WANT_WRITE:
      return {ReadBytes::State::none_yet, 0, {}, true};
    case SSL_ERROR_ZERO_RETURN:
      return {ReadBytes::State::ended};
    case SSL_ERROR_SYSCALL:
      if (system_error != 0)
        return {ReadBytes::State::failed, 0,
                base::system_failure("TLS", system_error).error().message};
      return {ReadBytes::State::ended};
    default:
      break;
  }
  // Many senders just close; what is missing of a message then shows in its frame.
  if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    if (is_established()) return {ReadBytes::State::ended};
    return {ReadBytes::State::failed, 0, "TLS: it left within the handshake"};
  }
  return {ReadBytes::State::failed, 0, "TLS: " + take_reason()};
}

}  // namespace

struct TlsStreams::Context {
  ContextPointer pointer;
};

TlsStreams::TlsStreams(std::unique_ptr<Context> context) : context_(std::move(context)) {}
TlsStreams::~TlsStreams() = default;

base::Result<std::unique_ptr<TlsStreams>> TlsStreams::create(const TlsSettings& settings) {
  ContextPointer made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made.get();
  if (context == nullptr) return base::failure(base::ErrorCode::internal, "TLS cannot be started");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Nothing is resumed: each connection shows its certificate.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, settings.certificate.c_str()) != 1)
    VEDETTE_TRY_VOID(cannot_use("certificate", settings.certificate));
  if (SSL_CTX_use_PrivateKey_file(context, settings.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    VEDETTE_TRY_VOID(cannot_use("key", settings.key));
  if (!settings.client_ca.empty()) {
    if (SSL_CTX_load_verify_locations(context, settings.client_ca.c_str(), nullptr) != 1)
      VEDETTE_TRY_VOID(cannot_use("authority of clients", settings.client_ca));
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(settings.client_ca.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  auto owner = std::make_unique<Context>();
  owner->pointer = std::move(made);
  return std::make_unique<TlsStreams>(std::move(owner));
}

std::unique_ptr<ByteStream> TlsStreams::make(FileDescriptor connection) {
  SessionPointer session(SSL_new(context_->pointer.get()));
  if (session != nullptr && SSL_set_fd(session.get(), connection.get()) != 1) session.reset();
  return std::make_unique<TlsStream>(std::move(connection), std::move(session));
}

}  // namespace vedette::collect
