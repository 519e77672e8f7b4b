#include "detect/alert_text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace vedette::detect {
namespace {

using model::Alert;
using model::EntityType;
using model::Severity;

std::string user_text(const UserName& user) {
  std::string text(user.view());
  if (user.cut) text += "…";
  return text;
}

std::string source_text(const Episode& episode) {
  if (episode.rule == Rule::brute_force_network)
    return base::format_network({episode.key, episode.key.is_v4() ? 96 + 24 : 64});
  const bool named = episode.addresses_used == 0;
  return named ? std::string(episode.source_host.view()) : base::format_ip(episode.addresses[0]);
}

std::string service_text(const Episode& episode) {
  return episode.service.view() == "sshd" ? "SSH" : std::string(episode.service.view());
}

std::string host_text(const Episode& episode) {
  if (episode.hosts_used == 0) return {};
  std::string text = " on " + std::string(episode.hosts[0].view());
  if (episode.hosts_used > 1) text += fmt::format(" and {} more", episode.hosts_used - 1);
  return text;
}

std::string first_user(const Episode& episode) {
  return episode.users_used == 0 ? "an account" : user_text(episode.users[0]);
}

std::string title_of(const Episode& e) {
  const std::string service = service_text(e), where = host_text(e);
  switch (e.rule) {
    case Rule::brute_force:
      return fmt::format("{} brute force from {}{}", service, source_text(e), where);
    case Rule::password_spray:
      return fmt::format("{} password spray from {}{}", service, source_text(e), where);
    case Rule::brute_force_user:
      return fmt::format("{} guessing of {} from many addresses{}", service, first_user(e), where);
    case Rule::brute_force_network:
      return fmt::format("{} brute force from network {}{}", service, source_text(e), where);
    case Rule::success_after_failures:
      return fmt::format("{} log-in of {} after failures, from {}{}", service, first_user(e),
                         source_text(e), where);
  }
  return {};
}

std::string count_text(std::uint64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", base::group_thousands(count), count == 1 ? one : many);
}

void add_reasons(const Episode& e, Alert& alert) {
  alert.reasons.reserve(4);
  const std::string span = base::format_duration(e.last - e.first);
  const std::uint64_t users = std::max<std::uint64_t>(e.users_used, e.distinct_users.estimate());
  const std::uint64_t sources =
      std::max<std::uint64_t>(e.addresses_used, e.distinct_addresses.estimate());
  if (e.rule == Rule::success_after_failures) {
    alert.reasons.push_back(
        fmt::format("{} came from the same source before it",
                    count_text(e.failures, "failed attempt", "failed attempts")));
    if (e.count > 1)
      alert.reasons.push_back(fmt::format("{} since", count_text(e.count, "log-in", "log-ins")));
    return;
  }
  alert.reasons.push_back(fmt::format("{} in {}",
                                      count_text(e.count, "failed attempt", "failed attempts"),
                                      e.last == e.first ? "one second" : span));
  if (users > 0)
    alert.reasons.push_back(fmt::format("on {}", count_text(users, "user name", "user names")));
  if (e.distributed)
    alert.reasons.push_back(fmt::format("from {}", count_text(sources, "address", "addresses")));
  if (e.fast && e.many_users) alert.reasons.push_back("many user names at a brute-force rate");
}

void add_entities(const Episode& e, Alert& alert) {
  alert.entities.reserve(std::size_t{1} + e.addresses_used + e.users_used + e.hosts_used);
  const auto add = [&](EntityType type, std::string value) {
    alert.entities.push_back({type, std::move(value)});
  };
  if (e.rule == Rule::brute_force_network) add(EntityType::network, source_text(e));
  if (e.rule == Rule::brute_force_user) add(EntityType::account, first_user(e));
  for (std::uint32_t i = 0; i < e.addresses_used; ++i)
    add(EntityType::ip, base::format_ip(e.addresses[i]));
  if (e.addresses_used == 0 && e.source_host.length > 0)
    add(EntityType::host, std::string(e.source_host.view()));
  const std::uint32_t told = e.rule == Rule::brute_force_user ? 1 : 0;
  for (std::uint32_t i = told; i < e.users_used; ++i)
    add(EntityType::account, user_text(e.users[i]));
  for (std::uint32_t i = 0; i < e.hosts_used; ++i)
    add(EntityType::host, std::string(e.hosts[i].view()));
}

}  // namespace

std::string_view name_of(Rule rule) {
  switch (rule) {
    case Rule::brute_force:
      return "brute_force";
    case Rule::password_spray:
      return "password_spray";
    case Rule::brute_force_user:
      return "brute_force_user";
    case Rule::brute_force_network:
      return "brute_force_network";
    case Rule::success_after_failures:
      return "success_after_failures";
  }
  return "";
}

Alert describe(const Episode& e) {
  Alert alert;
  alert.rule = name_of(e.rule);
  alert.title = title_of(e);
  alert.severity = e.rule == Rule::success_after_failures ? Severity::high : Severity::medium;
  alert.first_event = e.first;
  alert.last_event = e.last;
  alert.event_count = e.count;
  alert.event_ids.assign(e.ids.begin(), e.ids.begin() + e.ids_used);
  add_entities(e, alert);
  add_reasons(e, alert);
  if (e.fast || e.distributed) alert.techniques.push_back("T1110.001");
  if (e.many_users) alert.techniques.push_back("T1110.003");
  if (e.rule == Rule::success_after_failures) alert.techniques = {"T1110", "T1078"};
  return alert;
}

}  // namespace vedette::detect
