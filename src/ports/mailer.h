// Owns: handing one mail to a mail server. Real body: net/curl_mailer.h. Fake:
// test/fakes/fake_mailer.h.
// Promises: without the encryption that was asked for, nothing is said, neither password nor mail;
// the certificate is checked; the whole exchange ends by the deadline. Errors and answers never
// hold a password. Blocks the calling thread; one mailer a thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"

namespace vedette::ports {

struct Mail {
  std::string sender;                   // addresses without names
  std::vector<std::string> recipients;  // at least one
  std::string content;                  // RFC 5322, lines ended by CR LF
  int timeout_ms = 3 * base::limits::request_timeout_ms;
  std::stop_token stop = {};  // a stop ends the exchange at once, with `cancelled`
};

// Which of the server's answers ended the exchange.
enum class MailStep : std::uint8_t { greeting, login, sender, recipients, content };

struct MailReply {
  int code = 0;  // 250, 451, 550 ...; 0: there was none
  std::string text;
};

struct MailAnswer {
  MailStep step = MailStep::greeting;
  MailReply reply;  // to that step
  std::vector<MailReply>
      recipients;  // to each, in their order; shorter when it did not come so far
  std::optional<base::Duration> wait = {};  // how long the other side wants nothing more
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  // not_found: no connection, cut off or out of time before the mail's content was under way
  // (worth another try, nobody has it); unavailable: the same, but somebody may have it; refused:
  // what was asked for cannot be had (no encryption, a wrong certificate), or the settings' secret
  // cannot be read. What a server says is an answer, not an error.
  [[nodiscard]] virtual base::Result<MailAnswer> send(const Mail& mail) = 0;
};

}  // namespace vedette::ports
