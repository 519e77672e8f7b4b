// Owns: what a TLS server of ours is known by: certificate and key from PEM files, and which TLS it
// speaks. Promises: TLS 1.2 at least, with forward secrecy and authenticated ciphers only; no
// compression, renegotiation or resumption; files that changed are read again for the next
// connection, and new ones that do not work change nothing and are told of once. Must not know:
// HTTP. `share_context` is called by one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace vedette::net {

struct TlsFiles {
  std::string certificate;  // PEM: ours, and those between it and its authority
  std::string key;          // PEM
};

// What people compare, and until when it is good.
struct CertificateFacts {
  std::string fingerprint;  // SHA-256: "AB:CD:..."
  base::Timestamp expires;
};
[[nodiscard]] base::Result<CertificateFacts> read_certificate(const std::string& file);

class TlsIdentity {
 private:
  struct State;

 public:
  using Tell = std::function<void(const std::string& words)>;

  [[nodiscard]] static base::Result<std::unique_ptr<TlsIdentity>> load(TlsFiles files, Tell tell);
  explicit TlsIdentity(std::unique_ptr<State> state);  // for `load`: only it can make a State
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // A reference of the caller's own to the context of now.
  [[nodiscard]] ssl_ctx_st* share_context();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vedette::net
