// Owns: mail over libcurl's SMTP, as the body of ports::Mailer.
// Promises: those of the port. STARTTLS is required, not tried: a server (or somebody between) that
// does not offer it is told nothing more. TLS 1.2 at least. The secret is asked for at each
// exchange, so that a token in a file may change. Must not know: what a mail says. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/secret.h"
#include "ports/mailer.h"

namespace vedette::net {

enum class MailEncryption : std::uint8_t { starttls, tls, none };

struct CurlMailerSettings {
  std::string host;
  std::uint16_t port = 587;
  MailEncryption encryption = MailEncryption::starttls;
  std::string user;  // empty: no log-in
  std::function<base::Result<base::Secret>()> secret = {};
  bool secret_is_token = false;  // XOAUTH2
  // The server did not take it: the next exchange should have another one. May be empty.
  std::function<void()> secret_was_refused = {};
  std::string ca_file;  // PEM file of trusted certificates; empty: the system's
};

class CurlMailer : public ports::Mailer {
 private:
  struct State;

 public:
  [[nodiscard]] static base::Result<std::unique_ptr<CurlMailer>> create(
      CurlMailerSettings settings);
  explicit CurlMailer(std::unique_ptr<State> state);  // for `create`
  ~CurlMailer() override;

  [[nodiscard]] base::Result<ports::MailAnswer> send(const ports::Mail& mail) override;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vedette::net
