#include "detect/indicator_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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
using model::EntityType;
using model::IndicatorMatch;
using model::ObservableType;
using model::ObservedOutcome;
using model::ObservedSide;
using model::Severity;
using Counts = IndicatorWatch::Counts;

constexpr std::size_t alerts_open_max = 10'000;
constexpr std::size_t entities_max = 12;  // of one alert
constexpr std::size_t places_max = 8;     // tables that an alert names

std::string shown(std::string_view text) {
  constexpr std::size_t most = base::limits::user_bytes_max;
  return text.size() > most ? std::string(text.substr(0, most)) + "…" : std::string(text);
}

void add_entity(Alert& alert, const model::Entity& entity) {
  if (entity.value.empty() || alert.entities.size() >= entities_max ||
      std::ranges::find(alert.entities, entity) != alert.entities.end())
    return;
  alert.entities.push_back(entity);
}

// Of a URL the host is who it is about; the whole is in the title and the reasons.
model::Entity entity_of(const model::Observable& observed) {
  const std::string& value = observed.value;
  switch (observed.type) {
    case ObservableType::ipv4:
    case ObservableType::ipv6:
    case ObservableType::network:
      return {EntityType::ip, value};
    case ObservableType::domain:
    case ObservableType::hostname:
      return {EntityType::host, value};
    case ObservableType::url: {
      const std::string_view authority = std::string_view(value).substr(value.find("://") + 3);
      const std::string host(authority.substr(0, authority.find_first_of(":/?")));
      return {base::parse_ip(host) ? EntityType::ip : EntityType::host, host};
    }
    case ObservableType::email:
      return {EntityType::account, value};
    case ObservableType::md5:
    case ObservableType::sha1:
    case ObservableType::sha256:
    case ObservableType::sha512:
      break;
  }
  return {EntityType::file, value};
}

std::uint64_t key_of(const IndicatorMatch& match) {
  const auto& indicator = match.indicator;
  const std::uint64_t who =
      base::hash_words(base::hash_bytes(indicator.source), base::hash_bytes(indicator.id));
  return base::hash_words(who, base::hash_bytes(match.observed.value));
}

bool is_log_in(const IndicatorMatch& match) {
  return match.outcome == ObservedOutcome::log_in_failed ||
         match.outcome == ObservedOutcome::log_in_succeeded;
}

std::string service_of(const IndicatorMatch& match) {
  if (match.service == "sshd") return "SSH ";
  return match.service.empty() ? "" : shown(match.service) + " ";
}

std::string_view word_of(ObservedSide side) {
  switch (side) {
    case ObservedSide::source:
      return "from";
    case ObservedSide::destination:
      return "to";
    case ObservedSide::named:
      break;
  }
  return "with";
}

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", base::group_thousands(count));
}

void count(const IndicatorMatch& match, Counts& counts) {
  switch (match.outcome) {
    case ObservedOutcome::log_in_succeeded:
      counts.log_ins += match.event_count;
      return;
    case ObservedOutcome::log_in_failed:
      counts.failures += match.event_count;
      return;
    case ObservedOutcome::blocked:
      (match.side == ObservedSide::source ? counts.kept_out : counts.held_back) +=
          match.event_count;
      return;
    case ObservedOutcome::unknown:
      break;
  }
  counts.others += match.event_count;
}

// What the indicator says, the same as long as the alert lives.
std::vector<std::string> reasons_of(const IndicatorMatch& match) {
  const auto& indicator = match.indicator;
  const std::string& value = match.observed.value;
  std::vector<std::string> reasons;
  reasons.push_back(value == indicator.value ? fmt::format("{} is an indicator", shown(value))
                                             : fmt::format("{} is in {}, an indicator",
                                                           shown(value), shown(indicator.value)));
  reasons.back() +=
      fmt::format(" of {} with confidence {}",
                  indicator.source.empty() ? "a source without a name" : shown(indicator.source),
                  indicator.confidence);
  if (!indicator.description.empty()) reasons.push_back("it says: " + shown(indicator.description));
  reasons.push_back(shown(indicator.id));
  return reasons;
}

// The same of events that are not log-ins: by the place they were seen in.
void set_counts(Alert& alert, const Counts& counts, const IndicatorMatch& match) {
  const auto is_count = [](const std::string& reason) {
    return reason.starts_with("it logged in");
  };
  std::erase_if(alert.reasons, is_count);
  if (!is_log_in(match)) {
    const std::string place = fmt::format("seen in {}.{}", match.table, match.column) +
                              (match.outcome == ObservedOutcome::blocked ? ", and blocked" : "");
    const auto is_place = [](const std::string& reason) { return reason.starts_with("seen in "); };
    if (std::ranges::find(alert.reasons, place) == alert.reasons.end() &&
        std::ranges::count_if(alert.reasons, is_place) < static_cast<int>(places_max))
      alert.reasons.push_back(place);
  }
  if (counts.log_ins + counts.failures > 0) {
    std::string text = "it logged in " + (counts.log_ins == 0 ? "never" : times(counts.log_ins));
    if (counts.failures > 0) text += fmt::format(" and failed {}", times(counts.failures));
    alert.reasons.push_back(text);
  }
  alert.event_count = counts.all();
  // Source: MITRE ATT&CK T1078 (valid accounts), T1110 (brute force), T1071 (application layer
  // protocol: what goes out to somebody else's machine).
  const auto add = [&](const char* technique) {
    if (std::ranges::find(alert.techniques, technique) == alert.techniques.end())
      alert.techniques.emplace_back(technique);
  };
  if (counts.log_ins > 0) add("T1078");
  if (counts.failures > 0) add("T1110");
  if (match.side == ObservedSide::destination && match.outcome == ObservedOutcome::unknown)
    add("T1071");
  std::ranges::sort(alert.techniques);
}

Severity severity_of(bool is_told, const Counts& counts) {
  if (!is_told) return Severity::informational;
  if (counts.log_ins > 0) return Severity::high;
  if (counts.kept_out == counts.all()) return Severity::informational;
  return counts.kept_out + counts.held_back == counts.all() ? Severity::low : Severity::medium;
}

std::string title_of(const IndicatorMatch& match) {
  const std::string value = shown(match.observed.value);
  if (is_log_in(match))
    return fmt::format("{}log-in {} {}, an indicator of compromise", service_of(match),
                       word_of(match.side), value);
  return fmt::format("Event {} {}, an indicator of compromise, in {}", word_of(match.side), value,
                     match.table);
}

}  // namespace

bool IndicatorSettings::is_told(const model::MatchedIndicator& indicator) const {
  const auto own = confidence_of.find(indicator.source);
  return indicator.confidence >= (own == confidence_of.end() ? alert_confidence : own->second);
}

base::Result<void> check(const IndicatorSettings& settings) {
  const auto wrong = [](const char* text) {
    return base::failure(base::ErrorCode::invalid_argument, text);
  };
  const auto is_confidence = [](int confidence) { return confidence >= 0 && confidence <= 100; };
  if (!is_confidence(settings.alert_confidence))
    return wrong("intel.alert_confidence must be 0 to 100");
  for (const auto& [source, confidence] : settings.confidence_of)
    if (!is_confidence(confidence)) return wrong("intel.confidence_of must be 0 to 100");
  if (settings.window < Duration::minutes(1) || settings.window > Duration::hours(24 * 30))
    return wrong("intel.window must be 1 minute to 30 days");
  return {};
}

bool is_allowed(const AllowList& allow_list, const IndicatorMatch& match) {
  if (allow_list.empty()) return false;
  const auto address = base::parse_ip(match.observed.value);
  return (address ? allow_list.allowed_until(*address)
                  : allow_list.allowed_until(match.observed.value)) > match.time;
}

void IndicatorWatch::run(std::span<const IndicatorMatch> matches, Timestamp now,
                         std::vector<ChangedAlert>& out) {
  for (const IndicatorMatch& match : matches)
    if (!is_allowed(allow_list_, match)) take(match, now, out);
}

void IndicatorWatch::take(const IndicatorMatch& match, Timestamp now,
                          std::vector<ChangedAlert>& out) {
  const std::uint64_t key = key_of(match);
  auto known = open_.find(key);
  if (known != open_.end() && match.time - known->second.alert.first_event > settings_.window) {
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
  if (match.event_id != 0) {
    if (std::ranges::find(alert.event_ids, match.event_id) != alert.event_ids.end()) return;
    if (alert.event_ids.size() < base::limits::alert_event_ids_max)
      alert.event_ids.push_back(match.event_id);
  }
  count(match, told.counts);
  alert.first_event = std::min(alert.first_event, match.time);
  alert.last_event = std::max(alert.last_event, match.time);
  const Severity before = alert.severity;
  add_entity(alert, {EntityType::account, shown(match.account)});
  add_entity(alert, {EntityType::host, shown(match.host)});
  set_counts(alert, told.counts, match);
  if (is_log_in(match)) alert.title = title_of(match);  // it says more than other events do
  alert.severity = severity_of(settings_.is_told(match.indicator), told.counts);
  if (is_new) alert.created = now;
  // Worth another message: it became graver, or twice as many.
  if (!is_new && alert.severity <= before && alert.event_count < 2 * told.told_count) return;
  told.told_count = alert.event_count;
  alert.updated = now;
  out.push_back({is_new ? AlertChange::opened : AlertChange::updated, alert});
}

void IndicatorWatch::open(Told& told, std::uint64_t key, const IndicatorMatch& match) const {
  Alert& alert = told.alert;
  alert.rule = indicator_match;
  // Not of the first event: that may be another one when the same is read again in other bites.
  const auto window = static_cast<std::uint64_t>(match.time.ticks / settings_.window.ticks);
  alert.id = base::hash_words(base::hash_words(base::hash_bytes(indicator_match), key), window);
  alert.first_event = alert.last_event = match.time;
  alert.title = title_of(match);
  alert.reasons = reasons_of(match);  // the counts come behind these, made anew each time
  alert.severity = Severity::informational;
  add_entity(alert, entity_of(match.observed));
}

void IndicatorWatch::advance(Timestamp event_time, Timestamp now, std::vector<ChangedAlert>& out) {
  for (auto each = open_.begin(); each != open_.end();) {
    const model::Alert& alert = each->second.alert;
    if (event_time - alert.first_event <= settings_.window &&
        now - alert.created <= settings_.window) {
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
    const Told& told = each.second;
    for (const std::uint64_t number :
         {each.first, told.counts.log_ins, told.counts.failures, told.counts.kept_out,
          told.counts.held_back, told.counts.others, told.told_count})
      out.put(number);
    out.text(model::write_alert(told.alert));
  });
}

void IndicatorWatch::restore(BlobReader& in) {
  in.list(8 * sizeof(std::uint64_t), [&] {
    const auto key = in.take<std::uint64_t>();
    Told& told = open_[key];
    for (std::uint64_t* number :
         {&told.counts.log_ins, &told.counts.failures, &told.counts.kept_out,
          &told.counts.held_back, &told.counts.others, &told.told_count})
      *number = in.take<std::uint64_t>();
    auto alert = model::read_alert(in.text());
    if (!alert) return in.fail();
    told.alert = std::move(*alert);
  });
}

namespace {

void add(Counts& sum, const Counts& more) {
  sum.log_ins += more.log_ins;
  sum.failures += more.failures;
  sum.kept_out += more.kept_out;
  sum.held_back += more.held_back;
  sum.others += more.others;
}

constexpr std::string_view log_in_table = "ASimAuthenticationEventLogs";

// Whose log-ins stand in that table, too.
bool has_log_ins(std::string_view table) {
  return table == "Syslog" || table == "SecurityEvent" ||
         base::to_lower_ascii(table).ends_with("signinlogs");
}

// Of a table the column that has most, since a row may name a value in several. A log-in is one
// event of two tables: of its source's rows only those count that are more.
Counts count_past(std::span<const PastMatch> matches) {
  std::map<std::pair<std::string_view, std::string_view>, Counts> columns;
  for (const auto& [match, last] : matches) count(match, columns[{match.table, match.column}]);
  std::map<std::string_view, Counts> tables;
  for (const auto& [place, counts] : columns)
    if (counts.all() > tables[place.first].all()) tables[place.first] = counts;
  Counts sum, log_ins, sources;
  for (const auto& [table, counts] : tables) {
    if (table == log_in_table)
      add(log_ins, counts);
    else
      add(has_log_ins(table) ? sources : sum, counts);
  }
  add(sum, log_ins.all() == 0 ? sources : log_ins);
  if (log_ins.all() > 0 && sources.all() > log_ins.all())
    sum.others += sources.all() - log_ins.all();
  return sum;
}

}  // namespace

Alert past_alert(const IndicatorSettings& settings, std::span<const PastMatch> matches,
                 Timestamp now) {
  const IndicatorMatch& first = matches.front().match;
  Alert alert;
  alert.rule = indicator_past;
  alert.id = base::hash_words(base::hash_bytes(indicator_past), key_of(first));
  alert.title = fmt::format("Before it was known: {}, an indicator of compromise",
                            shown(first.observed.value));
  alert.reasons = {"found in what is stored, when the indicator came"};
  std::ranges::copy(reasons_of(first), std::back_inserter(alert.reasons));
  add_entity(alert, entity_of(first.observed));
  alert.first_event = first.time;
  const Counts counts = count_past(matches);
  for (const auto& [match, last] : matches) {
    alert.first_event = std::min(alert.first_event, match.time);
    alert.last_event = std::max(alert.last_event, last);
    add_entity(alert, {EntityType::account, shown(match.account)});
    add_entity(alert, {EntityType::host, shown(match.host)});
    set_counts(alert, counts, match);
  }
  alert.severity = severity_of(settings.is_told(first.indicator), counts);
  alert.created = alert.updated = alert.closed = now;
  alert.status = model::AlertStatus::closed;
  alert.momentary = true;
  return alert;
}

}  // namespace vedette::detect
