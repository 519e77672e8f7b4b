#include "normalise/frequent_message.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "normalise/digits.h"

namespace vedette::normalise {
namespace {

using model::AuthMethod;
using model::Evidence;

// The shortest of these messages is longer; whoever looks this far back stays within them.
constexpr std::size_t shortest = 48;
// "invalid user " and 16 bytes to look back on: what a longer message must have between its ends.
constexpr std::ptrdiff_t shortest_middle = 29;

template <std::size_t Bytes>
[[gnu::always_inline]] inline bool is_at(const char* p, const char (&text)[Bytes]) {
  return std::memcmp(p, text, Bytes - 1) == 0;
}

// What stands between the beginning of a message and its end.
struct Middle {
  const char* user = nullptr;
  const char* end = nullptr;  // behind the port
};

// "USER SEPARATOR ADDRESS port 22" where SEPARATOR, with its blanks, is what sshd puts there.
template <std::size_t Bytes>
[[gnu::always_inline]] inline bool read_middle(const Middle& middle, const char (&separator)[Bytes],
                                               SshdMessage& message) {
  constexpr std::size_t before_port = 6;  // " port "
  constexpr std::size_t before_address = Bytes - 1;
  const Number port = read_number_backwards(middle.end);
  const char* address_end = middle.end - port.digits - before_port;
  if (port.digits == 0 || port.value > 65535 || !is_at(address_end, " port ")) return false;
  base::IpAddress address;
  const char* address_begin = read_v4_backwards(address_end, address);
  const bool is_v4 = address_begin != nullptr;
  if (!is_v4) address_begin = read_v6_backwards(middle.user, address_end, address);
  if (address_begin == nullptr) return false;
  const char* user_end = address_begin - before_address;
  if (user_end < middle.user || !is_at(user_end, separator)) return false;
  // Of a user's words that look like more, the full reading judges otherwise than after IPv4.
  if (!is_v4 && std::find(middle.user, user_end, ' ') != user_end) return false;
  message.kind = MessageKind::failure;
  message.port = static_cast<std::uint16_t>(port.value);
  message.address = address;
  message.user = {middle.user, static_cast<std::size_t>(user_end - middle.user)};
  return true;
}

// "Failed password for [invalid user ]USER from 1.2.3.4 port 22 ssh2"
bool read_failed_password(std::string_view text, SshdMessage& message) {
  if (!is_at(text.data(), "Failed password for ")) return false;
  const char* user = text.data() + 20;
  const bool exists = !is_at(user, "invalid user ");
  if (!exists) user += 13;
  const char* end = text.data() + text.size() - 5;
  if (is_at(user, "illegal user ") || !is_at(end, " ssh2")) return false;
  if (!read_middle({user, end}, " from ", message)) return false;
  message.method = AuthMethod::password;
  message.evidence = Evidence::failed_line;
  message.user_exists = exists;
  return true;
}

// "Invalid user USER from 1.2.3.4 port 22"
bool read_invalid_user(std::string_view text, SshdMessage& message) {
  if (!is_at(text.data(), "Invalid user ")) return false;
  if (!read_middle({text.data() + 13, text.data() + text.size()}, " from ", message)) return false;
  message.method = AuthMethod::unknown;
  message.evidence = Evidence::unknown_user;
  message.user_exists = false;
  return true;
}

// "... invalid user USER 1.2.3.4 port 22 [preauth]", "... authenticating user ..." after the verb;
// `ending` is what stands behind the port.
template <std::size_t Bytes>
bool read_departure(std::string_view text, std::size_t verb_bytes, const char (&ending)[Bytes],
                    SshdMessage& message) {
  const char* user = text.data() + verb_bytes;
  const bool exists = is_at(user, "authenticating user ");
  if (!exists && !is_at(user, "invalid user ")) return false;
  user += exists ? 20 : 13;
  const char* end = text.data() + text.size() - (Bytes - 1);
  if (end < user + shortest_middle || !is_at(end, ending)) return false;
  if (!read_middle({user, end}, " ", message)) return false;
  message.method = AuthMethod::disconnect;
  message.evidence = Evidence::disconnect;
  message.user_exists = exists;
  return true;
}

// "error: maximum authentication attempts exceeded for [invalid user ]USER from 1.2.3.4 port 22
// ssh2 [preauth]"
bool read_maximum_attempts(std::string_view text, SshdMessage& message) {
  constexpr char verb[] = "error: maximum authentication attempts exceeded for ";
  const char* user = text.data() + sizeof(verb) - 1;
  const char* end = text.data() + text.size() - 15;
  if (end < user + shortest_middle || !is_at(text.data(), verb)) return false;
  const bool exists = !is_at(user, "invalid user ");
  if (!exists) user += 13;
  if (!is_at(end, " ssh2 [preauth]") || !read_middle({user, end}, " from ", message)) return false;
  message.method = AuthMethod::disconnect;
  message.evidence = Evidence::disconnect;
  message.user_exists = exists;
  return true;
}

}  // namespace

bool read_frequent_message(std::string_view text, SshdMessage& message) {
  if (text.size() < shortest) return false;
  constexpr char preauth[] = " [preauth]";
  switch (text[0]) {
    case 'F':
      return read_failed_password(text, message);
    case 'I':
      return read_invalid_user(text, message);
    case 'C':
      if (is_at(text.data(), "Connection closed by "))
        return read_departure(text, 21, preauth, message);
      return is_at(text.data(), "Connection reset by ") &&
             read_departure(text, 20, preauth, message);
    case 'D':
      if (is_at(text.data(), "Disconnected from "))
        return read_departure(text, 18, preauth, message);
      return is_at(text.data(), "Disconnecting ") &&
             read_departure(text, 14, ": Too many authentication failures [preauth]", message);
    case 'e':
      return read_maximum_attempts(text, message);
    default:
      return false;
  }
}

}  // namespace vedette::normalise
