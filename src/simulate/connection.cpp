#include "simulate/connection.h"

#include <cassert>
#include <utility>

namespace vedette::simulate {
namespace {

constexpr std::int64_t millisecond_us = 1000;

std::string_view program_of(const Host& host) {
  const bool split =
      host.version == SshdVersion::session_9_8 || host.version == SshdVersion::auth_10_0;
  return split ? "sshd-session" : "sshd";
}

bool is_old(const Host& host) {
  return host.version == SshdVersion::old_7_2;
}

}  // namespace

void Connection::start(ConnectionPlan plan, Host& host, SeededRandom& random) {
  plan_ = std::move(plan);
  address_text_ = base::format_ip(plan_.address);
  pid_ = host.next_pid(random);
  child_pid_ = plan_.ending == Ending::accepted || host.version == SshdVersion::auth_10_0
                   ? host.next_pid(random)
                   : pid_;
  port_ = static_cast<std::uint16_t>(random.between(1024, 65'535));
  done_ = 0;
  if (!exists())
    phase_ = Phase::invalid_user;
  else
    phase_ = after_name(host);
}

std::uint32_t Connection::lines_of(const ConnectionPlan& plan, const Host& host,
                                   bool compresses_repeats) {
  const bool unknown = plan.account == nobody;
  const bool pam = host.uses_pam && plan.method != TryMethod::public_key;
  std::uint32_t lines = unknown ? (is_old(host) ? 2 : 1) : 0;
  const bool repeats = plan.compress_repeats && compresses_repeats && plan.tries > 2 &&
                       plan.method == TryMethod::password && !(pam && unknown);
  std::uint32_t lines_of_try = 1;
  if (pam && unknown) ++lines_of_try;
  if (pam && plan.method == TryMethod::keyboard_interactive) ++lines_of_try;
  lines += repeats ? 2 : plan.tries * lines_of_try;
  if (pam && plan.tries > 0) ++lines;
  if (plan.ending == Ending::accepted) return lines + (host.uses_pam ? 8 : 3);
  const bool one_line = plan.ending == Ending::closed || plan.ending == Ending::reset ||
                        (plan.ending == Ending::bye && is_old(host));
  lines += one_line ? 1 : 2;
  if (pam && plan.tries > 1) ++lines;
  if (pam && plan.tries > 3) ++lines;
  return lines;
}

Connection::Phase Connection::after_name(const Host& host) const {
  return plan_.tries > 0 ? first_try(host) : first_of_ending();
}

Connection::Phase Connection::first_try(const Host& host) const {
  if (!host.uses_pam || plan_.method == TryMethod::public_key) return Phase::failed;
  return exists() ? Phase::pam_failure : Phase::check_pass;
}

Connection::Phase Connection::next_try(const Host& host) const {
  if (!host.uses_pam || plan_.method == TryMethod::public_key) return Phase::failed;
  if (!exists()) return Phase::check_pass;
  return plan_.method == TryMethod::keyboard_interactive ? Phase::keyboard_error : Phase::failed;
}

Connection::Phase Connection::first_of_ending() const {
  switch (plan_.ending) {
    case Ending::closed:
      return Phase::closed;
    case Ending::reset:
      return Phase::reset;
    case Ending::bye:
      return Phase::bye;
    case Ending::too_many:
      return Phase::too_many;
    case Ending::accepted:
      return Phase::accepted;
  }
  std::unreachable();
}

// PAM is closed last: it then says how many more attempts there were.
Connection::Phase Connection::after_leaving(const Host& host) const {
  const bool pam = host.uses_pam && plan_.method != TryMethod::public_key;
  return pam && done_ > 1 ? Phase::pam_more : Phase::end;
}

Step Connection::go(Phase next, std::int64_t delay_us, LineKind kind, std::uint32_t tries) {
  phase_ = next;
  return {kind, tries, next == Phase::end, delay_us};
}

void Connection::begin(std::string& out, std::int64_t time_us, LineWriter& writer,
                       const Host& host) const {
  writer.begin(out, time_us, host.name, program_of(host), pid_);
}

// OpenSSH 10 has a process of its own before authentication; what it says of attempts is written by
// the session's process, in whose name most lines stay.
void Connection::begin_preauth(std::string& out, std::int64_t time_us, LineWriter& writer,
                               const Host& host) const {
  if (host.version == SshdVersion::auth_10_0)
    writer.begin(out, time_us, host.name, "sshd-auth", child_pid_);
  else
    begin(out, time_us, writer, host);
}

void Connection::append_source(std::string& out) const {
  out += address_text_;
  out += " port ";
  append_number(out, port_);
}

void Connection::append_who(std::string& out) const {
  out += exists() ? "authenticating user " : "invalid user ";
  out += plan_.user;
  out += ' ';
}

void Connection::append_failed(std::string& out, const World& world) const {
  out += "Failed ";
  if (plan_.method == TryMethod::public_key)
    out += "publickey";
  else if (plan_.method == TryMethod::keyboard_interactive)
    out += "keyboard-interactive/pam";
  else
    out += "password";
  out += exists() ? " for " : " for invalid user ";
  out += plan_.user;
  out += " from ";
  append_source(out);
  out += " ssh2";
  if (plan_.method == TryMethod::public_key) {
    out += ": RSA ";
    out += world.account(port_ % 100).key_fingerprint;
  }
}

void Connection::append_pam_rhost(std::string& out) const {
  out += "; logname= uid=0 euid=0 tty=ssh ruser= rhost=";
  out += address_text_;
  out += ' ';
  if (exists()) {
    out += " user=";
    out += plan_.user;
  }
}

Step Connection::step(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
                      SeededRandom& random) {
  assert(phase_ != Phase::end);
  Step result;
  if (phase_ <= Phase::repeated)
    result = step_try(out, time_us, writer, world, random);
  else if (phase_ <= Phase::pam_retries)
    result = step_leave(out, time_us, writer, world.hosts()[plan_.host]);
  else
    result = step_session(out, time_us, writer, world, random);
  writer.end(out);
  return result;
}

Step Connection::step_try(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
                          SeededRandom& random) {
  const Host& host = world.hosts()[plan_.host];
  begin(out, time_us, writer, host);
  const bool keyboard = plan_.method == TryMethod::keyboard_interactive && host.uses_pam;
  switch (phase_) {
    case Phase::invalid_user:
      out.append("Invalid user ").append(plan_.user).append(" from ");
      if (is_old(host))
        out += address_text_;
      else
        append_source(out);
      return go(is_old(host) ? Phase::request : after_name(host),
                random.between(20, 90) * millisecond_us, LineKind::failure_context);
    case Phase::request:
      out.append("input_userauth_request: invalid user ").append(plan_.user).append(" [preauth]");
      return go(after_name(host), 30 * millisecond_us);
    case Phase::check_pass:
      out += "pam_unix(sshd:auth): check pass; user unknown";
      if (done_ == 0) return go(Phase::pam_failure, millisecond_us);
      return go(keyboard ? Phase::keyboard_error : Phase::failed, 2 * second_us);
    case Phase::pam_failure:
      out += "pam_unix(sshd:auth): authentication failure";
      append_pam_rhost(out);
      return go(keyboard ? Phase::keyboard_error : Phase::failed,
                random.between(1'700, 2'400) * millisecond_us, LineKind::failure_context);
    case Phase::keyboard_error:
      out += exists() ? "error: PAM: Authentication failure for "
                      : "error: PAM: User not known to the underlying authentication module for "
                        "illegal user ";
      out.append(plan_.user).append(" from ").append(address_text_);
      return go(Phase::failed, millisecond_us, LineKind::failure_context);
    case Phase::repeated: {
      const auto more = static_cast<std::uint32_t>(plan_.tries - done_);
      out += "message repeated ";
      append_number(out, more);
      out += " times: [ ";
      append_failed(out, world);
      out += ']';
      done_ = plan_.tries;
      return go(first_of_ending(), 300 * millisecond_us, LineKind::failed_other, more);
    }
    default:
      break;
  }
  append_failed(out, world);
  ++done_;
  const LineKind kind =
      plan_.method == TryMethod::password ? LineKind::failed_password : LineKind::failed_other;
  if (done_ >= plan_.tries) {
    // A person types the password once more; a machine just leaves.
    const std::int64_t pause_ms =
        plan_.ending == Ending::accepted ? random.between(1'500, 4'000) : random.between(80, 900);
    return go(first_of_ending(), pause_ms * millisecond_us, kind, 1);
  }
  const bool repeats = plan_.compress_repeats && writer.compresses_repeats() && done_ == 1 &&
                       plan_.tries > 2 && kind == LineKind::failed_password &&
                       next_try(host) == Phase::failed;
  if (repeats) return go(Phase::repeated, plan_.try_gap_us * (plan_.tries - 1), kind, 1);
  return go(next_try(host), plan_.try_gap_us, kind, 1);
}

Step Connection::step_leave(std::string& out, std::int64_t time_us, LineWriter& writer,
                            const Host& host) {
  const Phase phase = phase_;
  if (phase == Phase::bye)
    begin_preauth(out, time_us, writer, host);
  else
    begin(out, time_us, writer, host);
  switch (phase) {
    case Phase::closed:
    case Phase::reset:
      out += phase == Phase::closed ? "Connection closed by " : "Connection reset by ";
      if (is_old(host)) {
        out += address_text_;
      } else {
        append_who(out);
        append_source(out);
      }
      out += " [preauth]";
      return go(after_leaving(host), millisecond_us);
    case Phase::bye:
      out.append("Received disconnect from ").append(address_text_);
      if (is_old(host)) {
        out += ": 11: Bye Bye [preauth]";
        return go(after_leaving(host), millisecond_us);
      }
      out += " port ";
      append_number(out, port_);
      out += ":11: Bye Bye [preauth]";
      return go(Phase::bye_left, millisecond_us);
    case Phase::bye_left:
      out += "Disconnected from ";
      append_who(out);
      append_source(out);
      out += " [preauth]";
      return go(after_leaving(host), millisecond_us);
    case Phase::too_many:
      out += exists() ? "error: maximum authentication attempts exceeded for "
                      : "error: maximum authentication attempts exceeded for invalid user ";
      out.append(plan_.user).append(" from ");
      append_source(out);
      out += " ssh2 [preauth]";
      return go(Phase::too_many_left, millisecond_us);
    case Phase::too_many_left:
      if (is_old(host)) {
        out += "Disconnecting: Too many authentication failures [preauth]";
      } else {
        out += "Disconnecting ";
        append_who(out);
        append_source(out);
        out += ": Too many authentication failures [preauth]";
      }
      return go(after_leaving(host), millisecond_us);
    case Phase::pam_more:
      out += "PAM ";
      append_number(out, done_ - 1U);
      out += done_ == 2 ? " more authentication failure" : " more authentication failures";
      append_pam_rhost(out);
      return go(done_ > 3 ? Phase::pam_retries : Phase::end, millisecond_us,
                LineKind::failure_context);
    default:
      break;
  }
  assert(phase == Phase::pam_retries);
  out += "PAM service(sshd) ignoring max retries; ";
  append_number(out, done_);
  out += " > 3";
  return go(Phase::end, 0);
}

Step Connection::step_session(std::string& out, std::int64_t time_us, LineWriter& writer,
                              World& world, SeededRandom& random) {
  Host& host = world.hosts()[plan_.host];
  const Account& account = world.account(static_cast<std::size_t>(plan_.account));
  const std::int64_t stay_us = plan_.session_us;
  const Phase phase = phase_;
  if (phase == Phase::new_login || phase == Phase::login_ended || phase == Phase::login_removed)
    writer.begin(out, time_us, host.name, "systemd-logind", host.logind_pid);
  else if (phase == Phase::leaving || phase == Phase::left)
    writer.begin(out, time_us, host.name, program_of(host), child_pid_);
  else
    begin(out, time_us, writer, host);
  switch (phase) {
    case Phase::accepted: {
      const bool by_key = plan_.method == TryMethod::public_key;
      out.append(by_key ? "Accepted publickey for " : "Accepted password for ").append(plan_.user);
      out += " from ";
      append_source(out);
      out += " ssh2";
      if (by_key) out.append(": ED25519 ").append(account.key_fingerprint);
      return go(host.uses_pam ? Phase::opened : Phase::leaving,
                host.uses_pam ? 3 * millisecond_us : stay_us, LineKind::accepted);
    }
    case Phase::opened:
      out.append("pam_unix(sshd:session): session opened for user ").append(plan_.user);
      if (!is_old(host)) {
        out += "(uid=";
        append_number(out, account.user_id);
        out += ')';
      }
      out += " by (uid=0)";
      return go(Phase::new_login, 5 * millisecond_us);
    case Phase::new_login:
      login_number_ = host.login_number++;
      out += "New session ";
      append_number(out, login_number_);
      out.append(" of user ").append(plan_.user).append(".");
      return go(Phase::leaving, stay_us);
    case Phase::leaving:
      out.append("Received disconnect from ").append(address_text_);
      if (is_old(host)) {
        out += ": 11: disconnected by user";
      } else {
        out += " port ";
        append_number(out, port_);
        out += ":11: disconnected by user";
      }
      return go(Phase::left, millisecond_us);
    case Phase::left:
      out += is_old(host) ? "Disconnected from " : "Disconnected from user ";
      if (!is_old(host)) out.append(plan_.user).append(" ");
      append_source(out);
      return go(host.uses_pam ? Phase::session_closed : Phase::end, 4 * millisecond_us);
    case Phase::session_closed:
      out.append("pam_unix(sshd:session): session closed for user ").append(plan_.user);
      return go(Phase::login_ended, random.between(5, 40) * millisecond_us);
    case Phase::login_ended:
      out += "Session ";
      append_number(out, login_number_);
      out += " logged out. Waiting for processes to exit.";
      return go(Phase::login_removed, millisecond_us);
    default:
      break;
  }
  assert(phase == Phase::login_removed);
  out += "Removed session ";
  append_number(out, login_number_);
  out += '.';
  return go(Phase::end, 0);
}

}  // namespace vedette::simulate
