#include "app/retro_hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "app/private_file.h"
#include "app/store_question.h"
#include "base/file_text.h"
#include "base/text.h"
#include "intel/observed_columns.h"

namespace vedette::app {
namespace {

using base::Result;
using base::Timestamp;
using detect::PastMatch;
using intel::RowRole;
using kql::result::Cell;
using model::ObservedOutcome;

constexpr std::size_t alerts_max = 1'000;     // of one run
constexpr std::size_t matches_max = 100'000;  // values that were found, of one run
constexpr std::size_t parts_max = 64;
constexpr std::size_t marker_bytes_max = 64;

// By indicator and value.
using Found = std::map<std::tuple<std::string, std::string, std::string>, std::vector<PastMatch>>;

// A column of a table that holds what indicators are about.
struct Place {
  std::string table, column;
  intel::ObservedColumn observed;
  std::string account, host, result;  // columns beside it; empty: there is none
};

class ColumnsSink final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>& columns) override {
    for (const auto& each : columns)
      if (each.type == kql::Type::string) names_.push_back(each.name);
  }
  void row(std::span<const Cell> /*cells*/) override {}
  void end(const kql::result::Ending& /*ending*/) override {}
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

// Rows of `query_of`.
class ValueSink final : public kql::result::Sink {
 public:
  ValueSink(const IntelDesk& desk, const intel::IndicatorSnapshot& snapshot, const Place& place,
            intel::LookUpTime when, Found& found)
      : desk_(desk), snapshot_(snapshot), place_(place), when_(when), found_(found) {}
  void begin(const std::vector<kql::plan::Column>& /*columns*/) override {}
  void row(std::span<const Cell> cells) override {
    constexpr std::size_t columns = 7;
    if (cells.size() != columns) return;
    intel::look_up(snapshot_, place_.observed.kind, cells[0].text, when_,
                   [&](const intel::FoundValue& value) { take(value, cells); });
  }
  void end(const kql::result::Ending& ending) override { is_truncated_ |= ending.truncated; }
  [[nodiscard]] bool is_truncated() const { return is_truncated_; }

 private:
  void take(const intel::FoundValue& value, std::span<const Cell> cells) {
    if (!desk_.warning_lists().list_of(value.observed, value.indicator.value()).empty()) return;
    if (++taken_ > matches_max) return;
    PastMatch past;
    model::IndicatorMatch& match = past.match;
    match.time = Timestamp{cells[2].integer};
    past.last = Timestamp{cells[3].integer};
    match.table = place_.table;
    match.column = place_.column;
    match.observed = value.observed;
    match.side = place_.observed.side;
    match.account = cells[5].text;
    match.host = cells[6].text;
    match.indicator = value.indicator.owned();
    auto& list = found_[{match.indicator.source, match.indicator.id, match.observed.value}];
    const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(cells[1].integer, 0));
    const auto successes = static_cast<std::uint64_t>(std::max<std::int64_t>(cells[4].integer, 0));
    const auto add = [&](std::uint64_t times, ObservedOutcome outcome) {
      if (times == 0) return;
      match.event_count = times;
      match.outcome = outcome;
      list.push_back(past);
    };
    if (place_.result.empty()) return add(count, ObservedOutcome::unknown);
    add(successes, ObservedOutcome::log_in_succeeded);
    add(count - std::min(count, successes), ObservedOutcome::log_in_failed);
  }

  const IntelDesk& desk_;
  const intel::IndicatorSnapshot& snapshot_;
  const Place& place_;
  const intel::LookUpTime when_;
  Found& found_;
  std::size_t taken_ = 0;
  bool is_truncated_ = false;
};

std::string quoted(const std::string& name) {
  return "['" + name + "']";
}

// Value, rows, first, last, log-ins that succeeded, somebody of the accounts, one of the hosts.
std::string query_of(const Place& place, int days, std::size_t part, std::size_t parts) {
  const std::string column = quoted(place.column);
  std::string query = fmt::format(
      "{} | where TimeGenerated > ago({}d) and _TimeReceived <= now() and isnotempty({})",
      quoted(place.table), days, column);
  if (parts > 1) query += fmt::format(" | where hash({}, {}) == {}", column, parts, part);
  const auto any_of = [](const std::string& name) {
    return name.empty() ? std::string("take_any('')") : fmt::format("take_any({})", quoted(name));
  };
  const std::string successes =
      place.result.empty() ? "countif(false)"
                           : fmt::format("countif({} in~ ('0', 'Success'))", quoted(place.result));
  return query + fmt::format(
                     " | summarize C = count(), F = min(TimeGenerated), L = max(TimeGenerated), "
                     "S = {}, A = {}, H = {} by V = {} | project V, C, F, L, S, A, H",
                     successes, any_of(place.account), any_of(place.host), column);
}

// The first of the role's columns that the table has.
std::string column_for(RowRole role, const std::vector<std::string>& names) {
  for (const auto& wanted : intel::observed_columns().role(role))
    for (const auto& name : names)
      if (intel::ObservedColumns::plain_name(name) == wanted) return name;
  return {};
}

Result<std::vector<Place>> places_of(store::duckdb::SegmentStore& store, const std::string& table,
                                     Timestamp now, const std::stop_token& stop) {
  ColumnsSink columns;
  VEDETTE_TRY_VOID(ask_store(store, quoted(table) + " | take 0", now, stop, columns));
  const auto& names = columns.names();
  const bool has_log_ins = intel::has_log_ins(table);
  std::vector<Place> places;
  for (const auto& name : names)
    for (const auto& observed : intel::observed_columns().of(table, name))
      if (observed.kind != intel::ObservedKind::text && observed.members.empty())
        places.push_back({table, name, observed, column_for(RowRole::account, names),
                          column_for(RowRole::host, names),
                          has_log_ins ? column_for(RowRole::result, names) : std::string()});
  return places;
}

// Of more values than an answer may have, part by part.
Result<void> look_through(store::duckdb::SegmentStore& store, const Place& place,
                          const IntelDesk& desk, const intel::IndicatorSnapshot& snapshot, int days,
                          intel::LookUpTime when, const std::stop_token& stop, Found& found) {
  for (std::size_t parts = 1; parts <= parts_max; parts *= 8) {
    Found here;
    bool is_truncated = false;
    for (std::size_t part = 0; part < parts && !is_truncated; ++part) {
      ValueSink sink(desk, snapshot, place, when, here);
      VEDETTE_TRY_VOID(
          ask_store(store, query_of(place, days, part, parts), when.received, stop, sink));
      is_truncated = sink.is_truncated();
    }
    if (is_truncated) continue;
    for (auto& [key, matches] : here) {
      auto& list = found[key];
      std::ranges::move(matches, std::back_inserter(list));
    }
    return {};
  }
  return base::failure(base::ErrorCode::limit_exceeded, "has too many different values");
}

}  // namespace

RetroHunt::RetroHunt(Ground ground) : ground_(std::move(ground)) {
  const auto text = base::read_file(ground_.looked_back_path, marker_bytes_max);
  if (!text) return;
  const auto ticks = base::parse_unsigned(base::trim(*text));
  if (ticks && *ticks < INT64_MAX) looked_until_ = {static_cast<std::int64_t>(*ticks)};
}

bool RetroHunt::is_due() const {
  return ground_.settings.retro_days > 0 && ground_.desk.snapshot()->latest() > looked_until_;
}

Result<RetroHunt::Looked> RetroHunt::run(store::duckdb::SegmentStore& store, Timestamp loaded,
                                         const std::stop_token& stop) {
  const auto snapshot = ground_.desk.snapshot();
  const Timestamp now = std::max(loaded, snapshot->latest());
  const intel::LookUpTime when{now, looked_until_};
  std::set<std::string> tables;
  for (const auto& segment : VEDETTE_TRY(store.segments()))
    for (const auto& [table, rows] : segment.tables)
      if (rows > 0 && !intel::observed_columns().is_never(table)) tables.insert(table);
  Looked looked;
  Found found;
  for (const auto& table : tables) {
    for (const Place& place : VEDETTE_TRY(places_of(store, table, now, stop))) {
      if (stop.stop_requested())
        return base::failure(base::ErrorCode::unavailable, "was stopped; the next start does it");
      const auto done = look_through(store, place, ground_.desk, *snapshot,
                                     ground_.settings.retro_days, when, stop, found);
      ++looked.columns;
      if (!done)
        looked.troubles.push_back(
            fmt::format("{}.{}: {}", place.table, place.column, done.error().message));
    }
  }
  std::vector<model::Alert> alerts;
  for (const auto& [key, matches] : found) {
    std::vector<PastMatch> told;
    std::ranges::copy_if(matches, std::back_inserter(told), [&](const PastMatch& each) {
      return !detect::is_allowed(ground_.allow_list, each.match);
    });
    if (!told.empty()) alerts.push_back(detect::past_alert(ground_.settings, told, now));
  }
  // The gravest first: there may be more than people can be told of.
  std::ranges::stable_sort(alerts, std::ranges::greater(), &model::Alert::severity);
  looked.left_out = alerts.size() - std::min(alerts.size(), alerts_max);
  alerts.resize(alerts.size() - looked.left_out);
  for (const auto& alert : alerts) VEDETTE_TRY_VOID(ground_.record(alert));
  looked.alerts = alerts.size();
  VEDETTE_TRY_VOID(
      write_private_file(ground_.looked_back_path, fmt::format("{}\n", snapshot->latest().ticks)));
  looked_until_ = snapshot->latest();
  return looked;
}

}  // namespace vedette::app
