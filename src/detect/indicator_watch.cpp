#include "detect/indicator_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/alert_record.h"

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::Alert;
using model::AlertChange;
using model::AuthEvent;
using model::EntityType;
using model::Severity;

constexpr std::size_t alerts_open_max = 10'000;
constexpr std::size_t entities_max = 12;  // of one alert

std::string shown(std::string_view text) {
  constexpr std::size_t most = base::limits::user_bytes_max;
  return text.size() > most ? std::string(text.substr(0, most)) + "…" : std::string(text);
}

void add_entity(Alert& alert, EntityType type, std::string value) {
  const model::Entity entity{type, std::move(value)};
  if (entity.value.empty() || alert.entities.size() >= entities_max ||
      std::ranges::find(alert.entities, entity) != alert.entities.end())
    return;
  alert.entities.push_back(entity);
}

std::uint64_t key_of(const IndicatorMatch& match) {
  const auto& indicator = match.indicator;
  const std::uint64_t who =
      base::hash_words(base::hash_bytes(indicator.source), base::hash_bytes(indicator.id));
  const std::uint64_t key =
      base::hash_words(who, base::hash_words(match.address.high, match.address.low));
  return base::hash_words(key, match.is_source ? 1 : 2);
}

std::string service_of(const AuthEvent& event) {
  return event.service == std::string_view("sshd") ? "SSH" : shown(event.service);
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", base::group_thousands(count));
}

}  // namespace

base::Result<void> check(const IndicatorSettings& settings) {
  const auto wrong = [](const char* text) {
    return base::failure(base::ErrorCode::invalid_argument, text);
  };
  if (settings.alert_confidence < 0 || settings.alert_confidence > 100)
    return wrong("intel.alert_confidence must be 0 to 100");
  if (settings.window < Duration::minutes(1) || settings.window > Duration::hours(24 * 30))
    return wrong("intel.window must be 1 minute to 30 days");
  return {};
}

void IndicatorWatch::run(std::span<const IndicatorMatch> matches, Timestamp now,
                         std::vector<ChangedAlert>& out) {
  for (const IndicatorMatch& match : matches) {
    const Timestamp allowed_until = allow_list_.allowed_until(match.address);
    if (allowed_until <= match.event->time) take(match, now, out);
  }
}

void IndicatorWatch::take(const IndicatorMatch& match, Timestamp now,
                          std::vector<ChangedAlert>& out) {
  const AuthEvent& event = *match.event;
  const std::uint64_t key = key_of(match);
  auto known = open_.find(key);
  if (known != open_.end() && event.time - known->second.alert.first_event > settings_.window) {
    close(known->second, now, out);
    open_.erase(known);
    known = open_.end();
  }
  const bool is_new = known == open_.end();
  if (is_new) {
    if (open_.size() >= alerts_open_max) close_quietest(now, out);
    known = open_.emplace(key, Told{}).first;
    open(known->second, key, match);
  }
  Told& told = known->second;
  Alert& alert = told.alert;
  if (std::ranges::find(alert.event_ids, event.id) != alert.event_ids.end()) return;
  if (alert.event_ids.size() < base::limits::alert_event_ids_max)
    alert.event_ids.push_back(event.id);
  (event.result == model::AuthResult::success ? told.successes : told.failures) += event.count;
  alert.event_count = told.successes + told.failures;
  alert.first_event = std::min(alert.first_event, event.time);
  alert.last_event = std::max(alert.last_event, event.time);
  const Severity before = alert.severity;
  describe(told, match);
  if (is_new) alert.created = now;
  // Worth another message: it became graver, or twice as many.
  if (!is_new && alert.severity == before && alert.event_count < 2 * told.told_count) return;
  told.told_count = alert.event_count;
  alert.updated = now;
  out.push_back({is_new ? AlertChange::opened : AlertChange::updated, alert});
}

void IndicatorWatch::open(Told& told, std::uint64_t key, const IndicatorMatch& match) {
  const auto& indicator = match.indicator;
  const std::string address = base::format_ip(match.address);
  std::string what = address == indicator.value ? fmt::format("{} is an indicator", address)
                                                : fmt::format("{} is in {}, an indicator", address,
                                                              shown(indicator.value));
  what +=
      fmt::format(" of {} with confidence {}",
                  indicator.source.empty() ? "a source without a name" : shown(indicator.source),
                  indicator.confidence);
  Alert& alert = told.alert;
  alert.rule = indicator_match;
  alert.id =
      base::hash_words(base::hash_words(base::hash_bytes(indicator_match), key), match.event->id);
  alert.first_event = alert.last_event = match.event->time;
  alert.reasons = {std::move(what)};
  if (!indicator.description.empty())
    alert.reasons.push_back("it says: " + shown(indicator.description));
  alert.reasons.push_back(shown(indicator.id));
  // The counts come behind these, made anew each time.
  alert.severity = Severity::informational;
  add_entity(alert, EntityType::ip, address);
}

void IndicatorWatch::describe(Told& told, const IndicatorMatch& match) const {
  const AuthEvent& event = *match.event;
  Alert& alert = told.alert;
  add_entity(alert, EntityType::account, shown(event.user));
  add_entity(alert, EntityType::host, shown(event.host));
  const bool is_told = match.indicator.confidence >= settings_.alert_confidence;
  if (is_told) alert.severity = told.successes > 0 ? Severity::high : Severity::medium;
  // Source: MITRE ATT&CK T1078 (valid accounts), T1110 (brute force).
  alert.techniques.clear();
  if (told.successes > 0) alert.techniques.emplace_back("T1078");
  if (told.failures > 0) alert.techniques.emplace_back("T1110");
  alert.title = fmt::format("{} log-in {} {}, an indicator of compromise", service_of(event),
                            match.is_source ? "from" : "to", base::format_ip(match.address));
  const auto is_count = [](const std::string& reason) {
    return reason.starts_with("it logged in");
  };
  std::erase_if(alert.reasons, is_count);
  std::string count = "it logged in " + (told.successes == 0 ? "never" : times(told.successes));
  if (told.failures > 0) count += fmt::format(" and failed {}", times(told.failures));
  alert.reasons.push_back(count);
}

void IndicatorWatch::advance(Timestamp event_time, Timestamp now, std::vector<ChangedAlert>& out) {
  for (auto each = open_.begin(); each != open_.end();) {
    if (event_time - each->second.alert.first_event <= settings_.window) {
      ++each;
      continue;
    }
    close(each->second, now, out);
    each = open_.erase(each);
  }
}

void IndicatorWatch::finish(Timestamp now, std::vector<ChangedAlert>& out) {
  for (auto& [key, told] : open_) close(told, now, out);
  open_.clear();
}

void IndicatorWatch::close(Told& told, Timestamp now, std::vector<ChangedAlert>& out) {
  told.alert.status = model::AlertStatus::closed;
  told.alert.updated = told.alert.closed = now;
  out.push_back({AlertChange::closed, std::move(told.alert)});
}

void IndicatorWatch::close_quietest(Timestamp now, std::vector<ChangedAlert>& out) {
  const auto quietest = std::ranges::min_element(
      open_, {}, [](const auto& each) { return each.second.alert.last_event; });
  close(quietest->second, now, out);
  open_.erase(quietest);
}

void IndicatorWatch::save(BlobWriter& out) const {
  out.list(open_, [&out](const auto& each) {
    out.put(each.first);
    out.put(each.second.successes);
    out.put(each.second.failures);
    out.put(each.second.told_count);
    out.text(model::write_alert(each.second.alert));
  });
}

void IndicatorWatch::restore(BlobReader& in) {
  in.list(5 * sizeof(std::uint64_t), [&] {
    const auto key = in.take<std::uint64_t>();
    Told& told = open_[key];
    told.successes = in.take<std::uint64_t>();
    told.failures = in.take<std::uint64_t>();
    told.told_count = in.take<std::uint64_t>();
    auto alert = model::read_alert(in.text());
    if (!alert) return in.fail();
    told.alert = std::move(*alert);
  });
}

}  // namespace vedette::detect
