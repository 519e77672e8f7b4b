// Owns: the one normalised log-in attempt that every log-in detector works on, whatever its source
// (sshd now; Entra sign-ins and Windows log-ins later): who, from where, to what, result, method.
// Promises: plain data. The views point into the raw batch that the event was read from and live as
// long as it does; what must live longer (detector state, alerts) copies them.
// Must not know: how it was parsed. Passed between threads only together with its raw batch.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/time.h"

namespace vedette::model {

enum class AuthResult : std::uint8_t { failure, success };

enum class AuthMethod : std::uint8_t {
  unknown,
  password,
  public_key,
  keyboard_interactive,
  none,        // sshd's "none": the probe for which methods are allowed
  pam,         // only the PAM module's line was seen
  disconnect,  // the client left, or was sent away, before it was authenticated
  other,
};

// What kind of record speaks of the attempt. One session of sshd writes several records about one
// attempt (PAM's line, then "Failed password"); detectors count the largest of the kinds, not the
// sum.
enum class Evidence : std::uint8_t {
  attempt,       // the record stands for itself: no other speaks of the same attempt
  failed_line,   // sshd's own "Failed ... for ..."
  public_key,    // a refused key: one client offers several, so at most one attempt a session
  pam_unix,      // pam_unix: "authentication failure"
  pam_other,     // another PAM module of the same stack
  unknown_user,  // "Invalid user", "not allowed because"
  disconnect,    // left or sent away before authentication
};

// A view of a text, in 12 bytes where std::string_view takes 16: the five of an event are what
// decides whether it fits into two cache lines, and millions of events pass from one processor to
// another. Texts are parts of lines, so 32 bits are enough for their size.
class Text {
 public:
  constexpr Text() = default;
  // Implicit, as views are made of each other.
  constexpr Text(std::string_view text)
      : pointer_(std::bit_cast<Pointer>(text.data())),
        size_(static_cast<std::uint32_t>(text.size())) {}
  constexpr Text(const char* text) : Text(std::string_view(text)) {}
  constexpr Text(const std::string& text) : Text(std::string_view(text)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr operator std::string_view() const { return view(); }
  [[nodiscard]] constexpr std::string_view view() const { return {data(), size_}; }
  [[nodiscard]] constexpr const char* data() const { return std::bit_cast<const char*>(pointer_); }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  friend bool operator==(const Text& a, std::string_view b) { return a.view() == b; }

 private:
  using Pointer = std::array<std::uint32_t, sizeof(const char*) / sizeof(std::uint32_t)>;

  Pointer pointer_{};
  std::uint32_t size_ = 0;
};

struct alignas(64) AuthEvent {
  base::Timestamp time;         // event time, as the record says it
  std::uint64_t id = 0;         // identity by content (normalise/line_identity.h)
  base::IpAddress address;      // source address; all zero when only a host name is known
  std::uint64_t user_hash = 0;  // base::hash_bytes(user)
  std::uint64_t host_hash = 0;  // base::hash_bytes(host)
  std::uint64_t session = 0;    // hash of the session the record belongs to; 0 when it names none
  Text user;                    // as the log has it; may be empty, may hold anything
  Text host;                    // the machine that was logged in to
  Text source_host;             // the name in place of an address, or empty
  Text service;                 // "sshd"
  Text record;                  // the whole line
  std::uint32_t count = 1;      // attempts this record stands for ("message repeated N times")
  std::uint16_t port = 0;       // source port; 0 when the record has none
  AuthResult result = AuthResult::failure;
  AuthMethod method = AuthMethod::unknown;
  Evidence evidence = Evidence::attempt;
  bool user_exists = true;  // false where the source says "invalid user"

  [[nodiscard]] bool has_address() const { return address.high != 0 || address.low != 0; }
};
static_assert(sizeof(AuthEvent) == 128 || sizeof(void*) != 8);

}  // namespace vedette::model
