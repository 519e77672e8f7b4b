#include "normalise/sshd_message.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "normalise/digits.h"
#include "normalise/frequent_message.h"

namespace vedette::normalise {
namespace {

using model::AuthMethod;
using model::Evidence;

constexpr char preauth_suffix[] = " [preauth]";
constexpr std::uint32_t repeat_max = 100'000;

// These two are asked of nearly every line of a log; the length known at compile time makes each a
// few comparisons of words instead of a call.
template <std::size_t Bytes>
[[gnu::always_inline]] inline bool remove_prefix(std::string_view& text,
                                                 const char (&prefix)[Bytes]) {
  constexpr std::size_t length = Bytes - 1;
  if (text.size() < length || std::memcmp(text.data(), prefix, length) != 0) return false;
  text.remove_prefix(length);
  return true;
}

template <std::size_t Bytes>
[[gnu::always_inline]] inline bool remove_suffix(std::string_view& text,
                                                 const char (&suffix)[Bytes]) {
  constexpr std::size_t length = Bytes - 1;
  if (text.size() < length) return false;
  if (std::memcmp(text.data() + text.size() - length, suffix, length) != 0) return false;
  text.remove_suffix(length);
  return true;
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Removes the last blank-separated word of `text`.
std::string_view remove_last_word(std::string_view& text) {
  const std::size_t blank = text.rfind(' ');
  const std::string_view word = text.substr(blank == std::string_view::npos ? 0 : blank + 1);
  text = text.substr(0, blank == std::string_view::npos ? 0 : blank);
  return word;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 255) return false;
  for (const char c : text) {
    const bool allowed = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         c == '.' || c == '-' || c == '_' || c == ':';
    if (!allowed) return false;
  }
  return text != "UNKNOWN";
}

// Puts an address or a host name into the message; false when the word is neither.
bool set_source(SshdMessage& message, std::string_view word) {
  if (const std::size_t zone = word.find('%'); zone != std::string_view::npos)
    word = word.substr(0, zone);  // fe80::1%eth0
  if (const auto address = base::parse_ip(word)) {
    message.address = *address;
    return true;
  }
  if (!is_host_name(word)) return false;
  message.source_host = word;
  return true;
}

// The tail "KEYTYPE SHA256:..." that sshd adds for public keys, and for certificates
// " ID name (serial 1) CA KEYTYPE SHA256:...". The name in it is chosen by the client.
bool is_key_tail(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank == 0) return false;
  std::string_view rest = text.substr(blank + 1);
  const bool fingerprint = rest.starts_with("SHA256:") || rest.starts_with("MD5:") ||
                           (rest.size() > 2 && rest[2] == ':');  // old MD5 form aa:bb:...
  if (!fingerprint) return false;
  const std::size_t end = rest.find(' ');
  if (end == std::string_view::npos) return true;
  rest.remove_prefix(end);
  const std::size_t authority = rest.rfind(") CA ");
  if (!rest.starts_with(" ID ") || authority == std::string_view::npos) return false;
  if (rest.substr(0, authority).rfind(" (serial ") == std::string_view::npos) return false;
  // What signed it is a key type and a fingerprint, and then the message is over.
  const std::string_view signer = rest.substr(authority + 5);
  return std::ranges::count(signer, ' ') == 1;
}

// Reads "ADDR", "ADDR port N" or "ADDR port N ssh2", then nothing or ": key tail". The whole must
// fit.
bool read_source_tail(std::string_view text, SshdMessage& message) {
  const std::size_t colon = text.find(" ssh2: ");
  if (colon != std::string_view::npos) {
    if (!is_key_tail(text.substr(colon + 7))) return false;
    text = text.substr(0, colon + 5);
  }
  if (remove_suffix(text, " ssh2") || remove_suffix(text, " ssh1")) {
    if (text.find(' ') == std::string_view::npos) return set_source(message, text);
  }
  const std::size_t blank = text.find(' ');
  if (blank != std::string_view::npos) {
    std::string_view port = text.substr(blank);
    if (!remove_prefix(port, " port ")) return false;
    const auto number = base::parse_unsigned(port);
    if (!number || *number > 65535) return false;
    message.port = static_cast<std::uint16_t>(*number);
    text = text.substr(0, blank);
  }
  return set_source(message, text);
}

// "ADDR port N" at the right end of `text`, IPv4 only; `text` loses it. False when it does not end
// so, or is so short that looking backwards might leave it.
bool remove_v4_and_port(std::string_view& text, SshdMessage& message) {
  constexpr std::size_t middle = 6;                       // " port "
  constexpr std::size_t looked_at_max = 5 + middle + 16;  // digits, an address, what is before it
  if (text.size() < looked_at_max) return false;
  const char* end = text.data() + text.size();
  const Number port = read_number_backwards(end);
  const char* address_end = end - port.digits - middle;
  if (port.digits == 0 || port.value > 65535 || std::memcmp(address_end, " port ", middle) != 0)
    return false;
  const char* address_begin = read_v4_backwards(address_end, message.address);
  if (address_begin == nullptr) return false;
  message.port = static_cast<std::uint16_t>(port.value);
  text.remove_suffix(static_cast<std::size_t>(end - address_begin));
  return true;
}

// The common tail " from 1.2.3.4 port 50022 ssh2" or " from 1.2.3.4 port 50022".
bool remove_plain_tail(std::string_view& text, SshdMessage& message) {
  std::string_view rest = text;
  remove_suffix(rest, " ssh2");
  if (!remove_v4_and_port(rest, message)) return false;
  if (!remove_suffix(rest, " from ")) {
    message.address = {};
    message.port = 0;
    return false;
  }
  text = rest;
  return true;
}

// "USER from SOURCE...", USER chosen by the client: of the places where " from " stands, the
// rightmost whose rest fits wholly is sshd's own. A certificate's name, after it, is the client's
// choice too; but sshd names keys only for users that exist, whose names the client did not choose,
// so then the leftmost place that fits is sshd's. An address is preferred to a host name.
bool read_user_and_source(std::string_view text, SshdMessage& message) {
  if (remove_plain_tail(text, message)) {
    message.user = text;
    return true;
  }
  const bool certificate = message.user_exists && text.find(" (serial ") != std::string_view::npos;
  bool found = false;
  for (std::size_t at = text.rfind(" from "); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(" from ", at - 1)) {
    SshdMessage candidate = message;
    if (!read_source_tail(text.substr(at + 6), candidate)) continue;
    candidate.user = text.substr(0, at);
    const bool named = !candidate.source_host.empty();
    if (!found || (certificate && !named)) message = candidate;
    found = true;
    if (!named && !certificate) break;
  }
  if (!found && text.starts_with("from ")) {  // an empty user name
    message.user = {};
    return read_source_tail(text.substr(5), message);
  }
  return found;
}

AuthMethod method_of(std::string_view word) {
  if (word == "password") return AuthMethod::password;
  if (word == "publickey") return AuthMethod::public_key;
  if (word.starts_with("keyboard-interactive")) return AuthMethod::keyboard_interactive;
  if (word == "none") return AuthMethod::none;
  return AuthMethod::other;
}

SshdMessage known() {
  SshdMessage message;
  message.kind = MessageKind::known;
  return message;
}

SshdMessage unreadable() {
  SshdMessage message;
  message.kind = MessageKind::unreadable;
  return message;
}

SshdMessage failure_of(Evidence evidence, AuthMethod method) {
  SshdMessage message;
  message.kind = MessageKind::failure;
  message.evidence = evidence;
  message.method = method;
  return message;
}

// "Failed password for invalid user bob from 1.2.3.4 port 22 ssh2" and "Accepted ...".
SshdMessage read_verdict(std::string_view text, MessageKind kind) {
  if (text.starts_with("to ")) return known();  // "Failed to ...": the server's own troubles
  SshdMessage message;
  message.kind = kind;
  remove_suffix(text, preauth_suffix);
  message.evidence = Evidence::failed_line;
  if (remove_prefix(text, "password for ")) {
    message.method = AuthMethod::password;
  } else {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return unreadable();
    message.method = method_of(text.substr(0, blank));
    if (message.method == AuthMethod::public_key) message.evidence = Evidence::public_key;
    text.remove_prefix(blank);
    if (!remove_prefix(text, " for ")) return unreadable();
  }
  if (kind == MessageKind::failure &&
      (remove_prefix(text, "invalid user ") || remove_prefix(text, "illegal user ")))
    message.user_exists = false;
  return read_user_and_source(text, message) ? message : unreadable();
}

SshdMessage read_invalid_user(std::string_view text) {
  SshdMessage message = failure_of(Evidence::unknown_user, AuthMethod::unknown);
  message.user_exists = false;
  return read_user_and_source(text, message) ? message : unreadable();
}

// "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4  user=root". sshd
// sets neither logname nor ruser, so the first rhost= is PAM's own; user= is last and the client's
// choice.
SshdMessage read_pam_failure(std::string_view text, Evidence evidence, std::uint32_t count) {
  SshdMessage message = failure_of(evidence, AuthMethod::pam);
  message.count = count;
  if (!remove_prefix(text, "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=")) {
    const std::size_t at = text.find("rhost=");
    if (at == std::string_view::npos) return unreadable();
    text.remove_prefix(at + 6);
  }
  const std::string_view source = text.substr(0, text.find(' '));
  if (source.empty()) return known();  // a local log-in: nobody to accuse
  // The text before `source` is longer than the 16 bytes that are looked at.
  const char* source_end = source.data() + source.size();
  const bool is_v4 = read_v4_backwards(source_end, message.address) == source.data();
  if (!is_v4) {
    message.address = {};
    if (!set_source(message, source)) return unreadable();
  }
  text.remove_prefix(source.size());
  const std::size_t user = text.find(" user=");
  message.user_exists = user != std::string_view::npos;
  if (message.user_exists) message.user = text.substr(user + 6);
  return message;
}

// "pam_unix(sshd:auth): authentication failure; ..."
SshdMessage read_pam_module(std::string_view text) {
  if (remove_prefix(text, "pam_unix(sshd:auth): check pass; ")) return known();
  if (text.starts_with("pam_unix(sshd:auth): authentication failure;"))
    return read_pam_failure(text.substr(21), Evidence::pam_unix, 1);
  const std::size_t colon = text.find("): ");
  if (colon == std::string_view::npos) return SshdMessage{};
  const std::string_view module = text.substr(0, colon);
  text.remove_prefix(colon + 3);
  if (!text.starts_with("authentication failure;")) return known();
  const bool pam_unix = module.starts_with("pam_unix");
  return read_pam_failure(text, pam_unix ? Evidence::pam_unix : Evidence::pam_other, 1);
}

// "PAM 2 more authentication failures; ... rhost=1.2.3.4  user=root"; also "PAM service(sshd) ...".
SshdMessage read_pam(std::string_view text) {
  const std::size_t blank = text.find(' ');
  const auto count = base::parse_unsigned(text.substr(0, blank));
  if (!count || blank == std::string_view::npos) return known();
  text.remove_prefix(blank);
  if (!text.starts_with(" more authentication failure") || *count > repeat_max) return known();
  return read_pam_failure(text, Evidence::pam_unix, static_cast<std::uint32_t>(*count));
}

// "root 1.2.3.4 port 22" after "authenticating user " or "invalid user ": read from the right.
SshdMessage read_disconnected_user(std::string_view text, bool user_exists) {
  SshdMessage message = failure_of(Evidence::disconnect, AuthMethod::disconnect);
  message.user_exists = user_exists;
  if (remove_v4_and_port(text, message)) {
    if (!remove_suffix(text, " ")) return unreadable();
    message.user = text;
    return message;
  }
  // "Disconnecting authenticating user root 1.2.3.4 port 22: Too many authentication failures": the
  // reason is the server's own and holds no " port ".
  const std::size_t port_at = text.rfind(" port ");
  if (port_at == std::string_view::npos) return unreadable();
  std::string_view port = text.substr(port_at + 6);
  port = port.substr(0, port.find(':'));
  const auto number = base::parse_unsigned(port);
  if (!number || *number > 65535) return unreadable();
  message.port = static_cast<std::uint16_t>(*number);
  text = text.substr(0, port_at);
  const std::string_view source = remove_last_word(text);
  if (!set_source(message, source)) return unreadable();
  message.user = text;
  return message;
}

// "Connection closed by ...", "Connection reset by ...", "Disconnected from ...", "Disconnecting
// ...".
SshdMessage read_disconnect(std::string_view text) {
  remove_suffix(text, preauth_suffix);
  if (remove_prefix(text, "authenticating user ")) return read_disconnected_user(text, true);
  if (remove_prefix(text, "invalid user ")) return read_disconnected_user(text, false);
  return known();
}

// "maximum authentication attempts exceeded for [invalid user ]root from 1.2.3.4 port 22 ssh2
// [preauth]"
SshdMessage read_maximum_attempts(std::string_view text) {
  SshdMessage message = failure_of(Evidence::disconnect, AuthMethod::disconnect);
  remove_suffix(text, preauth_suffix);
  message.user_exists = !remove_prefix(text, "invalid user ");
  return read_user_and_source(text, message) ? message : unreadable();
}

// "error: PAM: Authentication failure for root from 1.2.3.4"
SshdMessage read_pam_error(std::string_view text) {
  const std::size_t at = text.find(" for ");
  if (at == std::string_view::npos) return known();
  SshdMessage message = failure_of(Evidence::pam_other, AuthMethod::pam);
  text.remove_prefix(at + 5);
  if (remove_prefix(text, "illegal user ") || remove_prefix(text, "invalid user "))
    message.user_exists = false;
  return read_user_and_source(text, message) ? message : unreadable();
}

// "User root from 1.2.3.4 not allowed because not listed in AllowUsers"
SshdMessage read_user_not_allowed(std::string_view text) {
  const std::size_t at = text.rfind(" not allowed because ");
  if (at == std::string_view::npos) return known();
  SshdMessage message = failure_of(Evidence::unknown_user, AuthMethod::unknown);
  return read_user_and_source(text.substr(0, at), message) ? message : unreadable();
}

// Beginnings of messages that are no log-in attempts, in the order of their first letters.
constexpr std::string_view known_beginnings[] = {
    "Address ",
    "Allowed ",
    "Accepted key ",
    "Authentication key ",
    "Authentication refused",
    "Authentication tried ",
    "AuthorizedKeysCommand",
    "Authorized to ",
    "Bad packet",
    "Bad protocol version",
    "Bad remote protocol",
    "Bind to port",
    "Bye Bye",
    "CA ",
    "Certificate ",
    "Changing ",
    "Child connection ",
    "Client protocol ",
    "Close session",
    "Connection from ",
    "Connection on ",
    "Connection ",
    "Corrupted ",
    "Could not ",
    "Deprecated option",
    "Did not receive identification",
    "Disabling ",
    "Disconnected",
    "Disconnecting",
    "Exiting on signal",
    "Found matching",
    "Generating ",
    "Illegal ",
    "Invalid ",
    "Key ",
    "Local disconnected",
    "Login restriction",
    "Missing privilege",
    "Nasty PTR",
    "No ",
    "PAM ",
    "Partial ",
    "Postponed ",
    "Protocol major versions",
    "Received SIGHUP",
    "Received disconnect",
    "Received request to",
    "Received signal",
    "Restarting",
    "SELinux",
    "SSH: Server",
    "Scan ",
    "Server listening on",
    "Session ",
    "Set ",
    "Starting session",
    "Sent ",
    "Setting ",
    "Timeout before authentication",
    "Timeout, client not responding",
    "Too many ",
    "Transferred",
    "Unable to negotiate",
    "Unsupported ",
    "User child is on pid",
    "WARNING",
    "Write ",
    "Wtmp",
    "banner exchange",
    "banner line contains",
    "beginning MaxStartups",
    "buffer_get",
    "channel ",
    "check pass;",
    "client_loop",
    "connect_to",
    "debug",
    "dispatch_",
    "do_exec",
    "drop connection",
    "error in",
    "exited MaxStartups",
    "fatal",
    "input_userauth_request",
    "kex",
    "last message",
    "lastlog",
    "mm_",
    "monitor_",
    "packet_",
    "padding error",
    "pam_",
    "penalty",
    "refused connect",
    "reprocess config",
    "reverse mapping checking",
    "rexec ",
    "send_",
    "server_",
    "session opened",
    "session closed",
    "session_",
    "ssh_",
    "ssh_dispatch",
    "srclimit",
    "subsystem request",
    "syslogin",
    "userauth",
    "warning",
};

// Where each letter's beginnings start in the list above.
constexpr std::array<std::uint8_t, 129> known_by_letter = [] {
  static_assert(std::size(known_beginnings) < 255);
  std::array<std::uint8_t, 129> starts{};
  std::uint8_t at = 0;
  for (std::size_t letter = 0; letter < 129; ++letter) {
    while (at < std::size(known_beginnings) &&
           static_cast<unsigned char>(known_beginnings[at][0]) < letter)
      ++at;
    starts[letter] = at;
  }
  return starts;
}();
static_assert(std::ranges::is_sorted(known_beginnings, {},
                                     [](std::string_view s) { return s[0]; }));

bool is_known(std::string_view message) {
  const auto letter = static_cast<unsigned char>(message[0]);
  if (letter >= 128) return false;
  for (std::size_t i = known_by_letter[letter]; i < known_by_letter[letter + 1U]; ++i)
    if (message.starts_with(known_beginnings[i])) return true;
  return false;
}

SshdMessage read_root_refused(std::string_view text) {
  SshdMessage message = failure_of(Evidence::unknown_user, AuthMethod::unknown);
  message.user = "root";
  remove_suffix(text, preauth_suffix);
  return read_source_tail(text, message) ? message : unreadable();
}

SshdMessage read_one(std::string_view text) {
  if (text.empty()) return SshdMessage{};
  switch (text[0]) {
    case 'F':
      if (remove_prefix(text, "Failed ")) return read_verdict(text, MessageKind::failure);
      break;
    case 'A':
      if (text.starts_with("Accepted key ")) break;
      if (remove_prefix(text, "Accepted ")) return read_verdict(text, MessageKind::success);
      break;
    case 'I':
      if (remove_prefix(text, "Invalid user ") || remove_prefix(text, "Illegal user ")) {
        remove_suffix(text, preauth_suffix);
        return read_invalid_user(text);
      }
      break;
    case 'p':
      if (text.starts_with("pam_")) return read_pam_module(text);
      break;
    case 'P':
      if (remove_prefix(text, "PAM ")) return read_pam(text);
      if (remove_prefix(text, "PAM: ")) return read_pam_error(text);
      break;
    case 'C':
      if (remove_prefix(text, "Connection closed by ") ||
          remove_prefix(text, "Connection reset by "))
        return read_disconnect(text);
      break;
    case 'D':
      if (remove_prefix(text, "Disconnected from ") || remove_prefix(text, "Disconnecting "))
        return read_disconnect(text);
      break;
    case 'U':
      if (remove_prefix(text, "User ")) return read_user_not_allowed(text);
      break;
    case 'R':
      if (remove_prefix(text, "Received disconnect")) return known();
      if (remove_prefix(text, "ROOT LOGIN REFUSED FROM ")) return read_root_refused(text);
      break;
    case 'm':
      if (remove_prefix(text, "maximum authentication attempts exceeded for "))
        return read_maximum_attempts(text);
      break;
    case 'a':  // "sshd(pam_unix)[12]: authentication failure; ..."
      if (text.starts_with("authentication failure;"))
        return read_pam_failure(text, Evidence::pam_unix, 1);
      break;
    default:
      break;
  }
  return is_known(text) ? known() : SshdMessage{};
}

}  // namespace

SshdMessage read_rare_message(std::string_view text) {
  if (text.empty() || (text[0] != 'm' && text[0] != 'e' && text[0] != 'f')) return read_one(text);
  std::uint32_t repeats = 1;
  if (remove_prefix(text, "message repeated ")) {
    const std::size_t blank = text.find(' ');
    const auto number = base::parse_unsigned(text.substr(0, blank));
    if (!number || *number == 0 || *number > repeat_max) return unreadable();
    text.remove_prefix(blank);
    if (!remove_prefix(text, " times: [ ") || !remove_suffix(text, "]")) return unreadable();
    repeats = static_cast<std::uint32_t>(*number);
  }
  if (remove_prefix(text, "error: ") || remove_prefix(text, "fatal: ")) {
    SshdMessage message = read_one(text);
    // The many texts behind "error:" and "fatal:" are no attempts unless they were read as one.
    if (message.kind == MessageKind::unknown) message.kind = MessageKind::known;
    message.count *= repeats;
    return message;
  }
  SshdMessage message = read_one(text);
  message.count *= repeats;
  return message;
}

SshdMessage read_sshd_message(std::string_view text) {
  SshdMessage message;
  if (!read_frequent_message(text, message)) message = read_rare_message(text);
  return message;
}

void fill_event(model::AuthEvent& event, const SshdMessage& message) {
  event.address = message.address;
  event.source_host = message.source_host;
  event.user = message.user;
  event.user_hash = message.user.empty() ? 0 : base::hash_bytes(message.user);
  event.count = message.count;
  event.port = message.port;
  event.method = message.method;
  event.evidence = message.evidence;
  event.user_exists = message.user_exists;
  event.service = "sshd";
  event.result = message.kind == MessageKind::success ? model::AuthResult::success
                                                      : model::AuthResult::failure;
}

}  // namespace vedette::normalise
