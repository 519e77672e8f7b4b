#include "detect/windows/windows_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::detect::windows {
namespace {

using base::Duration;
using base::Timestamp;
using model::Alert;
using model::AuthEvent;
using model::AuthResult;
using model::EntityType;
using model::LogOnAct;
using model::Severity;
using model::WindowsLogOn;

// What several records say of one session lies within.
constexpr Duration one_session = Duration::minutes(5);
// The log-on and Remote Desktop's word of it come in either order.
constexpr Duration one_connection = Duration::minutes(2);
// Of the same session, or of the same person: Windows writes both within a second.
constexpr Duration one_log_on = Duration::minutes(1);
constexpr std::size_t failures_max = 32'768, lock_outs_kept_max = 256, lock_out_hosts_max = 1'024;

// Programs that serve the web: nobody sits before them.
constexpr auto web_servers = std::to_array<std::string_view>(
    {"w3wp.exe", "httpd.exe", "apache.exe", "nginx.exe", "php-cgi.exe", "php.exe", "tomcat.exe",
     "tomcat9.exe", "tomcat10.exe", "sqlservr.exe", "umworkerprocess.exe"});

std::string shown(std::string_view name) {
  constexpr std::size_t most = base::limits::user_bytes_max;
  return name.size() > most ? std::string(name.substr(0, most)) + "…" : std::string(name);
}

bool is_loopback(const base::IpAddress& each) {
  return each.is_v4() ? each.v4() >> 24 == 127 : each.high == 0 && each.low == 1;
}

// Of a private network, this link or this machine: RFC 1918, 6598, 3927, 4193, 4291.
bool is_inside(const base::IpAddress& each) {
  if (!each.is_v4())
    return is_loopback(each) || each.high >> 57 == 0x7E || each.high >> 54 == 0x3FA;
  const std::uint32_t v4 = each.v4();
  return v4 >> 24 == 10 || v4 >> 24 == 127 || v4 >> 20 == 0xAC1 || v4 >> 16 == 0xC0A8 ||
         v4 >> 16 == 0xA9FE || v4 >> 22 == 0x191;
}

bool is_outside(const AuthEvent& event) {
  return event.has_address() && !is_inside(event.address);
}

std::uint64_t hash_of(const base::IpAddress& address) {
  return base::hash_words(address.high, address.low);
}

std::uint64_t source_key(const AuthEvent& event) {
  return event.has_address() ? hash_of(event.address)
                             : base::hash_bytes(base::to_lower_ascii(event.source_host));
}

std::uint64_t account_key(const AuthEvent& event) {
  return base::hash_words(event.host_hash, event.user_hash);
}

std::uint64_t pair_key(const AuthEvent& event) {
  return base::hash_words(account_key(event), source_key(event));
}

std::string source_of(const AuthEvent& event) {
  if (event.has_address()) return base::format_ip(event.address);
  return event.source_host.empty() ? "an unknown address" : shown(event.source_host);
}

std::string_view program_of(const WindowsLogOn& log_on) {
  const std::string_view path = log_on.process;
  return path.substr(path.rfind('\\') + 1);
}

bool is_web_server(std::string_view program) {
  return std::ranges::any_of(web_servers, [&](std::string_view each) {
    return base::equals_ignoring_case(each, program);
  });
}

void add_entity(Alert& alert, EntityType type, std::string value) {
  if (!value.empty()) alert.entities.push_back({type, std::move(value)});
}

Alert happened(std::string_view rule, const WindowsLogOn& log_on, std::uint64_t key) {
  const AuthEvent& event = log_on.event;
  Alert alert;
  alert.id = base::hash_words(base::hash_words(base::hash_bytes(rule), key), event.id);
  alert.rule = rule;
  alert.first_event = alert.last_event = event.time;
  alert.event_count = 1;
  alert.event_ids = {event.id};
  alert.momentary = true;
  return alert;
}

// By which record the session is known.
std::string how_known(const WindowsLogOn& log_on) {
  if (log_on.act == LogOnAct::session_on)
    return fmt::format("a session was begun or taken up again (event {})", log_on.event_id);
  if (log_on.act == LogOnAct::connection || log_on.log_on_type == model::network_log_on)
    return "a log-on of type 3, and Remote Desktop's word of it (event 1149): network-level "
           "authentication";
  return fmt::format(
      "a log-on of type {}{}", log_on.log_on_type,
      log_on.log_on_type == model::unlock_log_on ? ", which takes up a session" : "");
}

struct Desktop {
  bool is_known = false;
  bool is_admin = false;
  bool is_tunnelled = false;
  std::uint64_t failures = 0;  // enough of them, or 0
};

Severity severity_of(const Desktop& desktop, const AuthEvent& event) {
  if (desktop.is_tunnelled || desktop.failures > 0) return Severity::high;
  if (desktop.is_known) return Severity::low;
  return is_outside(event) && desktop.is_admin ? Severity::high : Severity::medium;
}

Alert describe_desktop(const WindowsLogOn& log_on, const Desktop& desktop, std::uint64_t key,
                       Duration remember) {
  const AuthEvent& event = log_on.event;
  const std::string who = shown(event.user), from = source_of(event);
  Alert alert = happened(rdp_login, log_on, key);
  alert.severity = severity_of(desktop, event);
  alert.title = fmt::format("Remote Desktop session of {} from {}{}{}", who, from,
                            event.host.empty() ? "" : " on ", shown(event.host));
  alert.techniques = {"T1021.001", "T1078"};
  alert.reasons.push_back(how_known(log_on));
  if (!desktop.is_known)
    alert.reasons.push_back(fmt::format("{} was not seen from {} there in the last {}", who, from,
                                        base::format_duration(remember)));
  if (is_outside(event)) {
    alert.reasons.emplace_back(
        "the address is none of a private network: the host can be reached from outside");
    alert.techniques.emplace_back("T1133");
  }
  if (desktop.is_tunnelled) {
    alert.reasons.emplace_back("it came from the machine itself, so it came through a tunnel");
    alert.techniques.emplace_back("T1572");
  }
  if (desktop.failures > 0) {
    alert.reasons.push_back(fmt::format("{} failed log-ins came before it", desktop.failures));
    alert.techniques.emplace_back("T1110");
  }
  if (desktop.is_admin)
    alert.reasons.push_back(fmt::format("{} has an administrator's rights", who));
  if (event.has_address()) add_entity(alert, EntityType::ip, from);
  add_entity(alert, EntityType::account, who);
  add_entity(alert, EntityType::host, shown(event.host));
  if (!event.has_address()) add_entity(alert, EntityType::host, shown(event.source_host));
  return alert;
}

}  // namespace

// What a later record of the batch says of a session is known for all of it: Windows writes of a
// session's rights before or after its log-on.
void WindowsWatch::run(std::span<const WindowsLogOn> log_ons, Timestamp now,
                       std::vector<ChangedAlert>& out) {
  for (const WindowsLogOn& each : log_ons) {
    if (each.act != LogOnAct::privileges) continue;
    privileged_.note(each.session_key, each.event.time);
    privileged_.note(account_key(each.event), each.event.time);
  }
  for (const WindowsLogOn& each : log_ons) judge(each, now, out);
}

void WindowsWatch::judge(const WindowsLogOn& log_on, Timestamp now,
                         std::vector<ChangedAlert>& out) {
  const AuthEvent& event = log_on.event;
  if (!hosts_.time_of(event.host_hash)) hosts_.note(event.host_hash, event.time);
  if (event.result == AuthResult::failure) return note_failure(log_on);
  switch (log_on.act) {
    case LogOnAct::log_on:
    case LogOnAct::session_on:
    case LogOnAct::connection:
      if (log_on.is_person && is_desktop(log_on)) judge_desktop(log_on, now, out);
      return;
    case LogOnAct::explicit_credentials:
      if (settings_.explicit_credentials) judge_explicit(log_on, now, out);
      return;
    case LogOnAct::lock_out:
      return judge_lock_out(log_on, now, out);
    case LogOnAct::log_cleared:
      if (settings_.log_cleared) judge_cleared(log_on, now, out);
      return;
    default:
      return;
  }
}

void WindowsWatch::note_failure(const WindowsLogOn& log_on) {
  if (!log_on.tells_of_guessing) return;
  if (failures_.size() > failures_max) {
    // What is too old to count leaves; when nothing is, all of it does: a flood has begun anew.
    const Timestamp horizon = log_on.event.time - settings_.lookback;
    std::erase_if(failures_, [&](const auto& each) { return each.second.time < horizon; });
    if (failures_.size() > failures_max) failures_.clear();
  }
  for (const std::uint64_t key : {source_key(log_on.event), account_key(log_on.event)}) {
    Failure& failure = failures_[key];
    const bool goes_on = log_on.event.time - failure.time <= settings_.lookback;
    failure.count = goes_on ? failure.count + 1 : 1;
    failure.time = std::max(failure.time, log_on.event.time);
  }
}

std::uint64_t WindowsWatch::failures_before(std::uint64_t key, Timestamp time) const {
  const auto known = failures_.find(key);
  if (known == failures_.end() || time - known->second.time > settings_.lookback) return 0;
  return known->second.count;
}

// Does somebody come before the desktop from elsewhere?
bool WindowsWatch::is_desktop(const WindowsLogOn& log_on) {
  const AuthEvent& event = log_on.event;
  const std::uint64_t pair = pair_key(event);
  if (log_on.act == LogOnAct::session_on) return event.has_address();
  if (log_on.act == LogOnAct::connection) {
    connections_.note(pair, event.time);
    return event.has_address() && network_.happened(pair, event.time, one_connection);
  }
  if (log_on.log_on_type == model::remote_log_on) return true;
  if (log_on.log_on_type == model::unlock_log_on) return event.has_address();
  if (log_on.log_on_type != model::network_log_on || !event.has_address()) return false;
  network_.note(pair, event.time);
  return connections_.happened(pair, event.time, one_connection);
}

bool WindowsWatch::is_learning(const WindowsLogOn& log_on) const {
  const auto first = hosts_.time_of(log_on.event.host_hash);
  return first && log_on.event.time - *first < settings_.learning;
}

void WindowsWatch::judge_desktop(const WindowsLogOn& log_on, Timestamp now,
                                 std::vector<ChangedAlert>& out) {
  const AuthEvent& event = log_on.event;
  if (event.has_address() && allow_list_.allowed_until(event.address) > event.time) return;
  const std::uint64_t pair = pair_key(event);
  Desktop desktop;
  desktop.is_known = pairs_.happened(pair, event.time, settings_.remember);
  desktop.is_tunnelled = event.has_address() && is_loopback(event.address);
  desktop.is_admin = log_on.is_elevated ||
                     (log_on.session_key != 0 && privileged_.time_of(log_on.session_key)) ||
                     privileged_.happened(account_key(event), event.time, one_log_on);
  // On an account that the whole world guesses at, its owner's log-ins are no news.
  std::uint64_t failures = failures_before(source_key(event), event.time);
  if (!desktop.is_known)
    failures = std::max(failures, failures_before(account_key(event), event.time));
  if (failures >= static_cast<std::uint64_t>(settings_.failures)) desktop.failures = failures;
  pairs_.note(pair, event.time);
  if (told_.happened(pair, event.time, one_session)) return;
  const bool is_plain = !desktop.is_tunnelled && desktop.failures == 0;
  if (is_plain && desktop.is_known &&
      (settings_.rdp_again.ticks == 0 || told_.happened(pair, event.time, settings_.rdp_again)))
    return;
  told_.note(pair, event.time);
  tell(describe_desktop(log_on, desktop, pair, settings_.remember), now, out);
}

void WindowsWatch::judge_explicit(const WindowsLogOn& log_on, Timestamp now,
                                  std::vector<ChangedAlert>& out) {
  const AuthEvent& event = log_on.event;
  if (!log_on.is_person || !log_on.actor_is_person) return;
  if (base::equals_ignoring_case(log_on.actor, event.user)) return;
  const std::string_view program = program_of(log_on);
  std::uint64_t key =
      base::hash_words(account_key(event), base::hash_bytes(base::to_lower_ascii(log_on.actor)));
  key = base::hash_words(key, base::hash_bytes(base::to_lower_ascii(program)));
  const bool is_known = uses_.happened(key, event.time, settings_.remember);
  uses_.note(key, event.time);
  const bool by_web_server = is_web_server(program);
  if (is_known || (!by_web_server && is_learning(log_on))) return;
  Alert alert = happened(explicit_credentials, log_on, key);
  const std::string actor = shown(log_on.actor), who = shown(event.user);
  alert.severity = by_web_server ? Severity::high : Severity::low;
  alert.title = fmt::format("{} used the credentials of {}{}{}", actor, who,
                            event.host.empty() ? "" : " on ", shown(event.host));
  alert.techniques = {"T1134.002", "T1078"};
  alert.reasons.push_back(fmt::format("{} logged on with the name and password of {}", actor, who));
  if (!program.empty()) alert.reasons.push_back("by " + shown(program));
  if (by_web_server) {
    alert.reasons.emplace_back("that program serves the web: nobody sits before it");
    alert.techniques.emplace_back("T1505.003");
  }
  add_entity(alert, EntityType::account, actor);
  add_entity(alert, EntityType::account, who);
  add_entity(alert, EntityType::host, shown(event.host));
  if (event.has_address()) add_entity(alert, EntityType::ip, source_of(event));
  tell(std::move(alert), now, out);
}

void WindowsWatch::judge_lock_out(const WindowsLogOn& log_on, Timestamp now,
                                  std::vector<ChangedAlert>& out) {
  const AuthEvent& event = log_on.event;
  if (lock_outs_.size() > lock_out_hosts_max) lock_outs_.clear();
  auto& of_host = lock_outs_[event.host_hash];
  const auto is_old = [&](const LockedOut& each) {
    return event.time - each.time > settings_.lock_out_window || each.user_hash == event.user_hash;
  };
  std::erase_if(of_host, is_old);
  if (of_host.size() >= lock_outs_kept_max) of_host.pop_front();
  of_host.push_back({event.time, event.id, event.user_hash, shown(event.user)});
  if (of_host.size() < static_cast<std::size_t>(settings_.lock_outs)) return;
  const std::uint64_t key = base::hash_words(base::hash_bytes(account_lockouts), event.host_hash);
  // While the storm lasts it is no news.
  const bool is_told = told_.happened(key, event.time, settings_.lock_out_window);
  told_.note(key, event.time);
  if (is_told) return;
  Alert alert = happened(account_lockouts, log_on, key);
  alert.severity = Severity::medium;
  alert.first_event = of_host.front().time;
  alert.event_count = of_host.size();
  alert.event_ids.clear();
  add_entity(alert, EntityType::host, shown(event.host));
  for (const LockedOut& each : of_host) {
    alert.event_ids.push_back(each.id);
    if (alert.entities.size() <= base::limits::alert_users_max)
      add_entity(alert, EntityType::account, each.user);
  }
  alert.title = fmt::format("{} accounts were locked out by {}", of_host.size(), shown(event.host));
  alert.techniques = {"T1110", "T1531"};
  alert.reasons.push_back(fmt::format("{} different accounts were locked out within {}",
                                      of_host.size(),
                                      base::format_duration(settings_.lock_out_window)));
  if (!event.source_host.empty())
    alert.reasons.push_back("the last one by log-ons from " + shown(event.source_host));
  tell(std::move(alert), now, out);
}

void WindowsWatch::judge_cleared(const WindowsLogOn& log_on, Timestamp now,
                                 std::vector<ChangedAlert>& out) {
  const AuthEvent& event = log_on.event;
  const bool is_security = log_on.event_id == 1102;
  Alert alert = happened(audit_log_cleared, log_on, event.host_hash);
  alert.severity = is_security ? Severity::high : Severity::medium;
  const std::string who = event.user.empty() ? "Somebody" : shown(event.user);
  alert.title =
      fmt::format("{} cleared {}{}{}", who, is_security ? "the audit log" : "an event log",
                  event.host.empty() ? "" : " of ", shown(event.host));
  alert.techniques = {"T1070.001"};
  alert.reasons.push_back(fmt::format("event {}: what was in the log is gone", log_on.event_id));
  add_entity(alert, EntityType::account, shown(event.user));
  add_entity(alert, EntityType::host, shown(event.host));
  tell(std::move(alert), now, out);
}

void WindowsWatch::tell(Alert alert, Timestamp now, std::vector<ChangedAlert>& out) {
  alert.status = model::AlertStatus::closed;
  alert.created = alert.updated = alert.closed = now;
  out.push_back({model::AlertChange::opened, std::move(alert)});
}

void WindowsWatch::save(BlobWriter& out) const {
  for (const TimedKeys* keys :
       {&hosts_, &pairs_, &told_, &connections_, &network_, &privileged_, &uses_})
    keys->save(out);
  out.list(failures_, [&out](const auto& each) {
    out.put(each.first);
    out.put(each.second.time);
    out.put(each.second.count);
  });
  out.list(lock_outs_, [&out](const auto& host) {
    out.put(host.first);
    out.list(host.second, [&out](const LockedOut& each) {
      out.put(each.time);
      out.put(each.id);
      out.put(each.user_hash);
      out.text(each.user);
    });
  });
}

void WindowsWatch::restore(BlobReader& in) {
  for (TimedKeys* keys : {&hosts_, &pairs_, &told_, &connections_, &network_, &privileged_, &uses_})
    keys->restore(in);
  in.list(3 * sizeof(std::uint64_t), [&] {
    Failure& failure = failures_[in.take<std::uint64_t>()];
    failure.time = in.take<Timestamp>();
    failure.count = in.take<std::uint64_t>();
  });
  in.list(2 * sizeof(std::uint64_t), [&] {
    auto& of_host = lock_outs_[in.take<std::uint64_t>()];
    in.list(4 * sizeof(std::uint64_t), [&] {
      LockedOut& each = of_host.emplace_back();
      each.time = in.take<Timestamp>();
      each.id = in.take<std::uint64_t>();
      each.user_hash = in.take<std::uint64_t>();
      each.user = in.text();
    });
  });
}

}  // namespace vedette::detect::windows
