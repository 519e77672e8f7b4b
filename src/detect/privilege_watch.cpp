#include "detect/privilege_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/door_limits.h"
#include "base/hash.h"
#include "base/limits.h"
#include "model/alert_record.h"

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::Alert;
using model::AuthEvent;
using model::ChangeEvent;
using model::ChangeOperation;
using model::EntityType;
using model::ObjectKind;
using model::Severity;

constexpr std::string_view new_user = "new_user";
constexpr std::string_view new_administrator = "new_administrator";
constexpr std::string_view root_login = "root_login";
// What several records of one act lie within.
constexpr Duration one_act = Duration::minutes(1);

std::string shown(std::string_view name) {
  constexpr std::size_t most = base::limits::user_bytes_max;
  return name.size() > most ? std::string(name.substr(0, most)) + "…" : std::string(name);
}

std::string on_host(std::string_view host) {
  return host.empty() ? std::string() : " on " + shown(host);
}

void add_entity(Alert& alert, EntityType type, std::string value) {
  if (!value.empty()) alert.entities.push_back({type, std::move(value)});
}

Alert happened(std::string_view rule, Timestamp time, std::uint64_t event_id, std::uint64_t key) {
  Alert alert;
  alert.id = base::hash_words(base::hash_words(base::hash_bytes(rule), key), event_id);
  alert.rule = rule;
  alert.first_event = alert.last_event = time;
  alert.event_count = 1;
  alert.event_ids = {event_id};
  alert.momentary = true;
  return alert;
}

std::uint64_t key_of(std::string_view rule, std::uint64_t host, std::string_view who,
                     std::string_view what) {
  std::uint64_t key = base::hash_words(base::hash_bytes(rule), host);
  key = base::hash_words(key, base::hash_bytes(who));
  return base::hash_words(key, base::hash_bytes(what));
}

void add_who_did_it(Alert& alert, const ChangeEvent& event) {
  const bool has_address = event.actor_address != base::IpAddress{};
  if (!event.actor.empty())
    alert.reasons.push_back("done by " + shown(event.actor) +
                            (has_address ? " from " + base::format_ip(event.actor_address) : ""));
  else if (!event.service.empty())
    alert.reasons.push_back(fmt::format("{} does not say who did it", shown(event.service)));
  add_entity(alert, EntityType::account, shown(event.actor));
  add_entity(alert, EntityType::host, shown(event.host));
  if (has_address) add_entity(alert, EntityType::ip, base::format_ip(event.actor_address));
}

// Accounts that programs are given when they are installed cannot be logged in to.
bool has_no_shell(std::string_view detail) {
  return detail.find("/nologin") != std::string_view::npos ||
         detail.find("shell=/bin/false") != std::string_view::npos ||
         detail.find("shell=/usr/bin/false") != std::string_view::npos;
}

Alert describe_new_user(const ChangeEvent& event, std::uint64_t key) {
  Alert alert = happened(new_user, event.time, event.id, key);
  const std::string who = shown(event.target);
  const bool no_shell = has_no_shell(event.detail);
  alert.title = fmt::format("New user {}{}", who, on_host(event.host));
  alert.severity = no_shell ? Severity::informational : Severity::low;
  alert.techniques = {"T1136"};
  add_entity(alert, EntityType::account, who);
  alert.reasons.push_back(fmt::format("the account {} was made", who));
  if (!event.detail.empty()) alert.reasons.push_back("with " + shown(event.detail));
  if (no_shell) alert.reasons.emplace_back("it has no shell: most often a program's own account");
  add_who_did_it(alert, event);
  return alert;
}

std::string_view kind_word(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::role:
      return "role";
    case ObjectKind::group:
      return "group";
    default:
      return "object";
  }
}

Alert describe_new_administrator(const ChangeEvent& event, std::uint64_t key) {
  Alert alert = happened(new_administrator, event.time, event.id, key);
  const std::string who = shown(event.target), into = shown(event.container);
  const auto kind = kind_word(event.container_kind);
  alert.severity = Severity::medium;
  alert.techniques = {"T1098"};
  add_entity(alert, EntityType::account, who);
  if (event.operation == ChangeOperation::members_set) {
    alert.title =
        fmt::format("Administrators{} are now {} ({} {})", on_host(event.host), who, kind, into);
    alert.reasons.push_back(fmt::format("the members of {} {} were set", kind, into));
  } else if (event.container.empty()) {
    alert.title = fmt::format("{} has the rights of root{}", who, on_host(event.host));
    alert.severity = Severity::high;
    alert.reasons.push_back(fmt::format("the account {} has user id 0", who));
    if (event.operation == ChangeOperation::created) alert.techniques = {"T1136", "T1098"};
  } else {
    alert.title =
        fmt::format("{} is now an administrator{} ({} {})", who, on_host(event.host), kind, into);
    alert.reasons.push_back(fmt::format("{} was put into the {} {}", who, kind, into));
  }
  add_who_did_it(alert, event);
  return alert;
}

std::string source_of(const AuthEvent& event) {
  if (event.has_address()) return base::format_ip(event.address);
  return shown(event.source_host);
}

Alert describe_root_login(const AuthEvent& event, std::uint64_t key) {
  Alert alert = happened(root_login, event.time, event.id, key);
  const std::string source = source_of(event);
  const bool ssh = event.service == std::string_view("sshd");
  const std::string by = ssh ? "over SSH" : source.empty() ? "at a terminal" : "over a login";
  alert.title = fmt::format("Root log-in {}{}{}", by, source.empty() ? "" : " from " + source,
                            on_host(event.host));
  alert.severity = Severity::medium;
  alert.techniques = {"T1078.003"};
  if (event.has_address()) add_entity(alert, EntityType::ip, source);
  add_entity(alert, EntityType::account, shown(event.user));
  add_entity(alert, EntityType::host, shown(event.host));
  if (!event.has_address() && event.host != source) add_entity(alert, EntityType::host, source);
  alert.reasons.push_back(fmt::format("root logged in {}", by));
  if (event.method == model::AuthMethod::public_key)
    alert.reasons.emplace_back("with a key");
  else if (event.method == model::AuthMethod::password)
    alert.reasons.emplace_back("with a password");
  return alert;
}

}  // namespace

void PrivilegeWatch::run(std::span<const AuthEvent> logins, std::span<const ChangeEvent> changes,
                         Duration lateness, Timestamp now, std::vector<ChangedAlert>& out) {
  const std::size_t told_before = out.size();
  if (settings_.root_logins)
    for (const AuthEvent& event : logins)
      if (event.result == model::AuthResult::success) [[unlikely]]
        judge_login(event, lateness, now, out);
  for (const ChangeEvent& event : changes) judge_change(event, lateness, now, out);
  if (lateness.ticks > 0) {
    for (const AuthEvent& event : logins) newest_ = std::max(newest_, event.time);
    for (const ChangeEvent& event : changes) newest_ = std::max(newest_, event.time);
  }
  if (!held_.empty()) settle(newest_, now, out);
  // Both lists are each in their order; alerts are told in the order of what they speak of.
  std::ranges::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(told_before), out.end(), {},
                           [](const ChangedAlert& each) { return each.alert.first_event; });
}

void PrivilegeWatch::advance(Timestamp event_time, Timestamp now, std::vector<ChangedAlert>& out) {
  if (held_.empty()) return;
  newest_ = std::max(newest_, event_time);
  settle(newest_, now, out);
}

void PrivilegeWatch::finish(Timestamp now, std::vector<ChangedAlert>& out) {
  settle(Timestamp{INT64_MAX}, now, out);
}

void PrivilegeWatch::judge_login(const AuthEvent& event, Duration lateness, Timestamp now,
                                 std::vector<ChangedAlert>& out) {
  if (event.user != std::string_view("root")) return;
  if (event.service != std::string_view("sshd") && event.service != std::string_view("login"))
    return;
  const Timestamp allowed_until = event.has_address()
                                      ? allow_list_.allowed_until(event.address)
                                      : allow_list_.allowed_until(event.source_host);
  if (allowed_until > event.time) return;
  const std::uint64_t key =
      key_of(root_login, event.host_hash, source_of(event), event.service.view());
  offer({key, settings_.root_again, {}, describe_root_login(event, key)}, lateness, now, out);
}

bool PrivilegeWatch::rules_the_host(const ChangeEvent& event) const {
  switch (event.operation) {
    case ChangeOperation::created:
    case ChangeOperation::changed:
      return event.is_privileged && event.target_kind == ObjectKind::user;
    case ChangeOperation::member_added:
    case ChangeOperation::members_set:
      return event.is_privileged ||
             (event.container_kind == ObjectKind::group &&
              std::ranges::find(settings_.administrator_groups, event.container.view()) !=
                  settings_.administrator_groups.end());
    default:
      return false;
  }
}

void PrivilegeWatch::judge_change(const ChangeEvent& event, Duration lateness, Timestamp now,
                                  std::vector<ChangedAlert>& out) {
  if (event.result != model::AuthResult::success) return;
  if (rules_the_host(event)) {
    const auto key = key_of(new_administrator, event.host_hash, event.target, event.container);
    offer({key, one_act, {}, describe_new_administrator(event, key)}, lateness, now, out);
  } else if (settings_.new_users && event.operation == ChangeOperation::created &&
             event.target_kind == ObjectKind::user) {
    const auto key = key_of(new_user, event.host_hash, event.target, {});
    offer({key, one_act, {}, describe_new_user(event, key)}, lateness, now, out);
  }
}

void PrivilegeWatch::offer(Candidate candidate, Duration lateness, Timestamp now,
                           std::vector<ChangedAlert>& out) {
  if (lateness.ticks == 0) return tell(candidate, now, out);
  candidate.due = candidate.alert.first_event + lateness;
  const auto in_order = [](const Candidate& a, const Candidate& b) {
    return std::pair(a.alert.first_event, a.alert.id) < std::pair(b.alert.first_event, b.alert.id);
  };
  const auto place = std::ranges::lower_bound(held_, candidate, in_order);
  if (place != held_.end() && place->alert.id == candidate.alert.id) return;  // the same record
  held_.insert(place, std::move(candidate));
}

void PrivilegeWatch::settle(Timestamp event_time, Timestamp now, std::vector<ChangedAlert>& out) {
  std::size_t told = 0;
  const auto is_over = [&](const Candidate& each) {
    return each.due < event_time || held_.size() - told > base::limits::privilege_alerts_held_max;
  };
  for (; told < held_.size() && is_over(held_[told]); ++told) tell(held_[told], now, out);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(told));
}

void PrivilegeWatch::tell(Candidate& candidate, Timestamp now, std::vector<ChangedAlert>& out) {
  Alert& alert = candidate.alert;
  const auto [known, is_new] = told_.try_emplace(candidate.key, alert.first_event);
  const bool is_repeat = !is_new && alert.first_event - known->second <= candidate.again_after;
  known->second = std::max(known->second, alert.first_event);
  if (is_new) forget_oldest();
  if (is_repeat) return;
  alert.status = model::AlertStatus::closed;
  alert.created = alert.updated = alert.closed = now;
  out.push_back({model::AlertChange::opened, std::move(alert)});
}

void PrivilegeWatch::forget_oldest() {
  if (told_.size() <= base::limits::privilege_keys_max) return;
  // A quarter at once, so that a flood of them costs little; the same ones in every run.
  std::vector<std::pair<Timestamp, std::uint64_t>> oldest;
  oldest.reserve(told_.size());
  for (const auto& [key, time] : told_) oldest.emplace_back(time, key);
  const auto quarter = oldest.begin() + static_cast<std::ptrdiff_t>(oldest.size() / 4);
  std::ranges::nth_element(oldest, quarter);
  for (auto each = oldest.begin(); each != quarter; ++each) told_.erase(each->second);
}

void PrivilegeWatch::save(BlobWriter& out) const {
  out.put(newest_);
  out.put(std::uint64_t{told_.size()});
  for (const auto& [key, time] : told_) {
    out.put(key);
    out.put(time);
  }
  out.put(std::uint64_t{held_.size()});
  for (const Candidate& each : held_) {
    out.put(each.key);
    out.put(each.again_after);
    out.put(each.due);
    out.text(model::write_alert(each.alert));
  }
}

void PrivilegeWatch::restore(BlobReader& in) {
  newest_ = in.take<Timestamp>();
  const auto keys = in.count(2 * sizeof(std::uint64_t));
  for (std::uint64_t i = 0; i < keys && in.good(); ++i) {
    const auto key = in.take<std::uint64_t>();
    told_[key] = in.take<Timestamp>();
  }
  const auto count = in.count(4 * sizeof(std::uint64_t));
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    Candidate& each = held_.emplace_back();
    each.key = in.take<std::uint64_t>();
    each.again_after = in.take<Duration>();
    each.due = in.take<Timestamp>();
    auto alert = model::read_alert(in.text());
    if (!alert) return in.fail();
    each.alert = std::move(*alert);
  }
}

}  // namespace vedette::detect
