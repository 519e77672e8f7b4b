// Owns: one ssh connection from its first line to its last, as OpenSSH 7.2 to 10 and PAM log it:
// invalid user, password attempts, repeats, the ways to leave before and after authentication.
// Promises: one line a step, and when the next is due; line shapes of the host's own sshd version.
// Must not know: why somebody connects. One thread.
// Source: OpenSSH's auth.c (auth_log), packet.c, monitor.c; Linux-PAM's pam_unix support.c.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "simulate/line_writer.h"
#include "simulate/world.h"

namespace vedette::simulate {

enum class TryMethod : std::uint8_t { password, keyboard_interactive, public_key };
enum class Ending : std::uint8_t { closed, reset, bye, too_many, accepted };

inline constexpr std::uint32_t no_attack = 0xFFFF'FFFF;
inline constexpr int nobody = -1;

struct ConnectionPlan {
  base::IpAddress address;
  std::string user;
  int account = nobody;  // index in World::accounts, or nobody for a user that does not exist
  std::uint8_t host = 0;
  std::uint8_t tries = 1;  // failed ones; a public key at most once
  TryMethod method = TryMethod::password;
  Ending ending = Ending::closed;
  bool compress_repeats = false;
  bool address_is_new = false;
  std::int64_t try_gap_us = 2 * second_us;
  std::int64_t session_us = 0;  // how long an accepted session lasts
  std::uint32_t attack = no_attack;
};

// What a line says about attempts, for the truth and the mix.
enum class LineKind : std::uint8_t {
  other,
  failed_password,
  failed_other,     // Failed publickey, keyboard-interactive; message repeated
  failure_context,  // Invalid user, PAM's lines
  accepted,
};

struct Step {
  LineKind kind = LineKind::other;
  std::uint32_t tries = 0;  // failed attempts that this line reports
  bool done = false;
  std::int64_t delay_us = 0;  // until the next line
};

class Connection {
 public:
  void start(ConnectionPlan plan, Host& host, SeededRandom& random);
  // Appends one line.
  Step step(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
            SeededRandom& random);

  [[nodiscard]] const ConnectionPlan& plan() const { return plan_; }
  // How many lines such a connection writes.
  [[nodiscard]] static std::uint32_t lines_of(const ConnectionPlan& plan, const Host& host,
                                              bool compresses_repeats);

 private:
  enum class Phase : std::uint8_t {
    invalid_user,
    request,
    check_pass,
    pam_failure,
    keyboard_error,
    failed,
    repeated,
    closed,
    reset,
    bye,
    bye_left,
    too_many,
    too_many_left,
    pam_more,
    pam_retries,
    accepted,
    opened,
    new_login,
    leaving,
    left,
    session_closed,
    login_ended,
    login_removed,
    end,
  };

  [[nodiscard]] bool exists() const { return plan_.account != nobody; }
  [[nodiscard]] Phase after_name(const Host& host) const;
  [[nodiscard]] Phase first_try(const Host& host) const;
  [[nodiscard]] Phase next_try(const Host& host) const;
  [[nodiscard]] Phase first_of_ending() const;
  [[nodiscard]] Phase after_leaving(const Host& host) const;
  void begin(std::string& out, std::int64_t time_us, LineWriter& writer, const Host& host) const;
  void begin_preauth(std::string& out, std::int64_t time_us, LineWriter& writer,
                     const Host& host) const;
  void append_source(std::string& out) const;  // "A.B.C.D port N"
  void append_who(std::string& out) const;     // "invalid user U " or "authenticating user U "
  void append_failed(std::string& out, const World& world) const;
  void append_pam_rhost(std::string& out) const;
  Step step_try(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
                SeededRandom& random);
  Step step_leave(std::string& out, std::int64_t time_us, LineWriter& writer, const Host& host);
  Step step_session(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
                    SeededRandom& random);
  [[nodiscard]] Step go(Phase next, std::int64_t delay_us, LineKind kind = LineKind::other,
                        std::uint32_t tries = 0);

  ConnectionPlan plan_;
  std::string address_text_;
  std::uint32_t pid_ = 0;
  std::uint32_t child_pid_ = 0;     // after authentication, or of sshd-auth before it
  std::uint32_t login_number_ = 0;  // systemd-logind's
  std::uint16_t port_ = 0;
  std::uint8_t done_ = 0;  // failed tries so far
  Phase phase_ = Phase::end;
};

}  // namespace vedette::simulate
