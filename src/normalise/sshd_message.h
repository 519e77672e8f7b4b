// Owns: what one message of sshd (or of PAM speaking under its name) says about a log-in.
// Promises: user names are hostile ("x from 1.2.3.4 port 22 ssh2"): what sshd appends stands at the
// right end of a message, so it is read from the right, and the whole of it must fit. No
// allocation, no regular expression; the views point into the message. Source: OpenSSH 3.9 to 10
// (auth.c, packet.c, monitor.c message texts), Linux-PAM pam_unix 1.x. Must not know: time stamps,
// sessions, counting. Called from any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ip.h"
#include "model/auth_event.h"

namespace vedette::normalise {

enum class MessageKind : std::uint8_t {
  failure,     // a log-in attempt that failed
  success,     // a log-in
  known,       // a message we know and that is no attempt
  unreadable,  // looks like an attempt, but its address or form could not be read
  unknown,     // no message we know
};

struct SshdMessage {
  MessageKind kind = MessageKind::unknown;
  model::Evidence evidence = model::Evidence::attempt;
  model::AuthMethod method = model::AuthMethod::unknown;
  bool user_exists = true;
  std::uint16_t port = 0;
  std::uint32_t count = 1;
  std::string_view user;
  base::IpAddress address;       // all zero when the message has a host name or nothing
  std::string_view source_host;  // the name in place of an address
};

// `message` is the text after "sshd[123]: ".
[[nodiscard]] SshdMessage read_sshd_message(std::string_view message);
// The same without a look at the frequent ones (normalise/frequent_message.h) before.
[[nodiscard]] SshdMessage read_rare_message(std::string_view message);
// What a failure or success says, as an event; who logged it, and when, is the caller's to add.
void fill_event(model::AuthEvent& event, const SshdMessage& message);

}  // namespace vedette::normalise
