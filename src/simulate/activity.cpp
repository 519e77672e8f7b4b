#include "simulate/activity.h"

#include <array>
#include <string_view>

#include "simulate/names.h"

namespace vedette::simulate {
namespace {

constexpr std::array<std::uint8_t, activity_kinds> line_counts = {2, 3, 2, 3, 2, 1, 1,
                                                                  1, 2, 1, 2, 1, 2};

}  // namespace

std::uint32_t Activity::lines_of(ActivityKind kind) {
  return line_counts[static_cast<std::size_t>(kind)];
}

void Activity::start(ActivityKind kind, const base::IpAddress& address, std::uint8_t host,
                     std::size_t account, World& world, SeededRandom& random) {
  kind_ = kind;
  host_ = host;
  line_ = 0;
  address_text_ = base::format_ip(address);
  pid_ = world.hosts()[host].next_pid(random);
  account_ = static_cast<std::uint32_t>(account);
  variant_ = static_cast<std::uint32_t>(random.below(1'000));
  port_ = static_cast<std::uint16_t>(random.between(1024, 65'535));
}

std::int64_t Activity::delay_us(SeededRandom& random) const {
  switch (kind_) {
    case ActivityKind::cron:
      return random.between(20'000, 3'000'000);
    case ActivityKind::sudo:
    case ActivityKind::su:
      return line_ == 2 ? random.between(200'000, 60'000'000) : 2'000;
    case ActivityKind::scan_throttled:
      return random.between(60'000'000, 200'000'000);
    default:
      return 1'500;
  }
}

Step Activity::step(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
                    SeededRandom& random) {
  const Host& host = world.hosts()[host_];
  if (kind_ < ActivityKind::health_check)
    write_local(out, time_us, writer, world, host);
  else
    write_scan(out, time_us, writer, host);
  writer.end(out);
  ++line_;
  const bool done = line_ >= lines_of(kind_);
  return {LineKind::other, 0, done, done ? 0 : delay_us(random)};
}

void Activity::write_local(std::string& out, std::int64_t time_us, LineWriter& writer,
                           const World& world, const Host& host) const {
  const Account& account = world.account(account_);
  switch (kind_) {
    case ActivityKind::cron:
      writer.begin(out, time_us, host.name, "CRON", pid_);
      out += line_ == 0 ? "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"
                        : "pam_unix(cron:session): session closed for user root";
      return;
    case ActivityKind::sudo:
      writer.begin(out, time_us, host.name, "sudo", 0);
      if (line_ == 0) {
        out.append("   ").append(account.name).append(" : TTY=pts/");
        append_number(out, variant_ % 8);
        out.append(" ; PWD=/home/").append(account.name).append(" ; USER=root ; COMMAND=");
        out += shell_commands()[variant_ % shell_commands().size()];
      } else if (line_ == 1) {
        out.append("pam_unix(sudo:session): session opened for user root(uid=0) by ");
        out.append(account.name).append("(uid=");
        append_number(out, account.user_id);
        out += ')';
      } else {
        out += "pam_unix(sudo:session): session closed for user root";
      }
      return;
    case ActivityKind::sudo_failed:
      writer.begin(out, time_us, host.name, "sudo", 0);
      if (line_ == 0) {
        out.append("pam_unix(sudo:auth): authentication failure; logname=").append(account.name);
        out += " uid=";
        append_number(out, account.user_id);
        out.append(" euid=0 tty=/dev/pts/1 ruser=").append(account.name);
        out.append(" rhost=  user=").append(account.name);
      } else {
        out.append("   ")
            .append(account.name)
            .append(" : 3 incorrect password attempts ; TTY=pts/1 ; PWD=/home/");
        out.append(account.name).append(" ; USER=root ; COMMAND=/usr/bin/id");
      }
      return;
    case ActivityKind::password_change:
      writer.begin(out, time_us, host.name, "passwd", pid_);
      out.append("pam_unix(passwd:chauthtok): password changed for ").append(account.name);
      return;
    default:
      write_su(out, time_us, writer, host, account);
  }
}

void Activity::write_su(std::string& out, std::int64_t time_us, LineWriter& writer,
                        const Host& host, const Account& account) const {
  writer.begin(out, time_us, host.name, "su", pid_);
  if (kind_ == ActivityKind::su_failed) {
    if (line_ == 0) {
      out.append("pam_unix(su:auth): authentication failure; logname=").append(account.name);
      out += " uid=";
      append_number(out, account.user_id);
      out.append(" euid=0 tty=/dev/pts/2 ruser=").append(account.name).append(" rhost=  user=root");
    } else {
      out.append("FAILED SU (to root) ").append(account.name).append(" on pts/2");
    }
  } else if (line_ == 0) {
    out.append("(to root) ").append(account.name).append(" on pts/2");
  } else if (line_ == 1) {
    out.append("pam_unix(su:session): session opened for user root(uid=0) by ");
    out.append(account.name).append("(uid=");
    append_number(out, account.user_id);
    out += ')';
  } else {
    out += "pam_unix(su:session): session closed for user root";
  }
}

void Activity::write_scan(std::string& out, std::int64_t time_us, LineWriter& writer,
                          const Host& host) const {
  std::string_view program = "sshd";
  std::uint32_t pid = pid_;
  if (kind_ == ActivityKind::scan_throttled)
    pid = host.listener_pid;
  else if (host.version == SshdVersion::session_9_8)
    program = "sshd-session";
  else if (host.version == SshdVersion::auth_10_0)
    program = kind_ == ActivityKind::health_check ? "sshd-session" : "sshd-auth";
  writer.begin(out, time_us, host.name, program, pid);
  const auto source = [&] {
    out.append(address_text_).append(" port ");
    append_number(out, port_);
  };
  switch (kind_) {
    case ActivityKind::scan_silent:
      out += "Did not receive identification string from ";
      source();
      return;
    case ActivityKind::scan_http:
      if (host.version == SshdVersion::old_7_2) {
        out += "Bad protocol version identification 'GET / HTTP/1.1' from ";
        source();
      } else if (line_ == 0) {
        out +=
            "error: kex_exchange_identification: client sent invalid protocol identifier \"GET / "
            "HTTP/1.1\"";
      } else {
        out += "banner exchange: Connection from ";
        source();
        out += ": invalid format";
      }
      return;
    case ActivityKind::scan_old_ciphers:
      out += "Unable to negotiate with ";
      source();
      out +=
          ": no matching key exchange method found. Their offer: "
          "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,"
          "diffie-hellman-group1-sha1 [preauth]";
      return;
    case ActivityKind::scan_reset:
      if (line_ == 0) {
        out += "error: kex_exchange_identification: read: Connection reset by peer";
      } else {
        out += "Connection reset by ";
        source();
      }
      return;
    case ActivityKind::scan_timeout:
      out += "fatal: Timeout before authentication for ";
      source();
      return;
    case ActivityKind::scan_throttled:
      if (line_ == 0) {
        out += "drop connection #10 from [";
        out.append(address_text_).append("]:");
        append_number(out, port_);
        out += " on [10.0.0.8]:22 past MaxStartups";
      } else {
        out += "exited MaxStartups throttling after 00:01:40, 3 connections dropped";
      }
      return;
    default:
      out += "Connection closed by ";
      source();
      out += " [preauth]";
  }
}

}  // namespace vedette::simulate
