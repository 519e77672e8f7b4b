#include "app/retro_hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "app/private_file.h"
#include "app/retro_places.h"
#include "app/store_question.h"
#include "base/file_text.h"
#include "base/text.h"
#include "intel/observed_columns.h"
#include "intel/row_matcher.h"

namespace vedette::app {
namespace {

using base::Result;
using base::Timestamp;
using detect::PastMatch;
using kql::result::Cell;
using model::ObservedOutcome;

constexpr std::size_t alerts_max = 1'000;     // of one run
constexpr std::size_t matches_max = 100'000;  // indicators and values that were found, of one run
constexpr std::size_t parts_max = 64;
constexpr std::size_t marker_bytes_max = 64;
// Free text of one column and run, the newest first: some tens of seconds of one processor.
constexpr std::size_t text_bytes_max = 1024UL * 1024 * 1024;
// Values of one column that are asked for by their ports.
constexpr std::size_t traffic_values_max = 200;
// Half of the times between the first and the last, again and again: less than a second's.
constexpr int halvings_max = 24;

// By indicator and value; of each the columns that it was found in, by how it ended.
using Found = std::map<std::tuple<std::string, std::string, std::string>, std::vector<PastMatch>>;

// What a run looks with.
struct Look {
  store::duckdb::SegmentStore& store;
  const IntelDesk& desk;
  const intel::IndicatorSnapshot& snapshot;
  int days = 0;
  intel::LookUp when;
  const std::stop_token& stop;
};

void add_match(std::vector<PastMatch>& list, const PastMatch& past) {
  const auto known = std::ranges::find_if(list, [&](const PastMatch& each) {
    return each.match.table == past.match.table && each.match.column == past.match.column &&
           each.match.outcome == past.match.outcome;
  });
  if (known == list.end()) {
    list.push_back(past);
    return;
  }
  known->match.event_count += past.match.event_count;
  known->match.time = std::min(known->match.time, past.match.time);
  known->last = std::max(known->last, past.last);
}

// Whether an indicator of a value asks for ports; none of them is found.
class AskedTraffic final : public intel::EventTraffic {
 public:
  [[nodiscard]] intel::SeenTraffic seen() const override {
    was_asked_ = true;
    return {};
  }
  [[nodiscard]] bool was_asked() const { return was_asked_; }

 private:
  mutable bool was_asked_ = false;
};

class CellTraffic final : public intel::EventTraffic {
 public:
  CellTraffic(const RetroPlace& place, std::span<const Cell> cells)
      : place_(place), cells_(cells) {}
  [[nodiscard]] intel::SeenTraffic seen() const override {
    const auto port = [&](RetroColumn column) {
      const auto number = base::parse_unsigned(cells_[column].text).value_or(0);
      return number <= UINT16_MAX ? static_cast<std::uint16_t>(number) : std::uint16_t{0};
    };
    intel::SeenTraffic made{intel::end_of(place_.observed.side), port(source_port_column),
                            port(destination_port_column)};
    intel::add_protocols(cells_[protocols_column].text, made.protocols);
    return made;
  }

 private:
  const RetroPlace& place_;
  const std::span<const Cell> cells_;
};

// Rows of the questions of app/retro_places.h.
class ValueSink final : public kql::result::Sink {
 public:
  ValueSink(const Look& look, const RetroPlace& place, Found& found)
      : look_(look), place_(place), found_(found) {}
  void begin(const std::vector<kql::plan::Column>& /*columns*/) override {}
  void row(std::span<const Cell> cells) override {
    if (cells.size() == traffic_columns) return seek(cells, CellTraffic(place_, cells));
    if (cells.size() != retro_columns) return;
    bytes_ += cells[value_column].text.size();
    const AskedTraffic traffic;
    std::vector<intel::FoundValue> values;
    intel::LookUp when = look_.when;
    when.traffic = &traffic;
    intel::look_up(look_.snapshot, place_.observed.kind, cells[value_column].text, when,
                   [&](const intel::FoundValue& value) { values.push_back(value); });
    // Which of its indicators holds is said by each row's ports; of texts nothing says them.
    if (traffic.was_asked() && place_.observed.kind != intel::ObservedKind::text)
      by_traffic_.emplace_back(cells[value_column].text);
    else
      for (const auto& value : values) take(value, cells);
  }
  void end(const kql::result::Ending& ending) override { is_truncated_ |= ending.truncated; }
  [[nodiscard]] bool is_truncated() const { return is_truncated_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // To be asked for by their ports.
  [[nodiscard]] const std::vector<std::string>& by_traffic() const { return by_traffic_; }

 private:
  void seek(std::span<const Cell> cells, const intel::EventTraffic& traffic) {
    intel::LookUp when = look_.when;
    when.traffic = &traffic;
    intel::look_up(look_.snapshot, place_.observed.kind, cells[value_column].text, when,
                   [&](const intel::FoundValue& value) { take(value, cells); });
  }
  void take(const intel::FoundValue& value, std::span<const Cell> cells) {
    if (!look_.desk.warning_lists().list_of(value.observed, value.indicator.value()).empty())
      return;
    PastMatch past;
    model::IndicatorMatch& match = past.match;
    match.time = Timestamp{cells[first_column].integer};
    past.last = Timestamp{cells[last_column].integer};
    match.table = place_.table;
    match.column = place_.column;
    match.observed = value.observed;
    match.side = place_.observed.side;
    match.account = cells[account_column].text;
    match.host = cells[host_column].text;
    match.indicator = value.indicator.owned();
    std::tuple key{match.indicator.source, match.indicator.id, match.observed.value};
    if (found_.size() >= matches_max && !found_.contains(key)) return;
    auto& list = found_[std::move(key)];
    const auto number = [&](RetroColumn column) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(cells[column].integer, 0));
    };
    std::uint64_t left = number(count_column);
    const auto add = [&](std::uint64_t times, ObservedOutcome outcome) {
      match.event_count = std::min(times, left);
      match.outcome = outcome;
      left -= match.event_count;
      if (match.event_count > 0) add_match(list, past);
    };
    add(number(succeeded_column), ObservedOutcome::log_in_succeeded);
    add(number(failed_column), ObservedOutcome::log_in_failed);
    add(number(blocked_column), ObservedOutcome::blocked);
    add(left, ObservedOutcome::unknown);
  }

  const Look& look_;
  const RetroPlace& place_;
  Found& found_;
  std::vector<std::string> by_traffic_;
  std::size_t bytes_ = 0;
  bool is_truncated_ = false;
};

void add_all(const Found& here, Found& found) {
  for (const auto& [key, matches] : here)
    for (const auto& match : matches) add_match(found[key], match);
}

Result<void> look_by_traffic(const Look& look, const RetroPlace& place,
                             const std::vector<std::string>& values, Found& found) {
  if (values.size() > traffic_values_max)
    return base::failure(base::ErrorCode::limit_exceeded,
                         "has too many values whose indicators ask for ports");
  for (const auto& value : values) {
    ValueSink sink(look, place, found);
    VEDETTE_TRY_VOID(ask_store(look.store, traffic_question(place, look.days), look.when.received,
                               look.stop, sink, {{"wanted", value}}));
    if (sink.is_truncated())
      return base::failure(base::ErrorCode::limit_exceeded, "has too many different ports");
  }
  return {};
}

// Of more values than an answer may have, part by part.
Result<void> look_through(const Look& look, const RetroPlace& place, Found& found) {
  for (std::size_t parts = 1; parts <= parts_max; parts *= 8) {
    Found here;
    std::vector<std::string> by_traffic;
    bool is_truncated = false;
    for (std::size_t part = 0; part < parts && !is_truncated; ++part) {
      ValueSink sink(look, place, here);
      VEDETTE_TRY_VOID(ask_store(look.store, values_question(place, look.days, part, parts),
                                 look.when.received, look.stop, sink));
      is_truncated = sink.is_truncated();
      std::ranges::copy(sink.by_traffic(), std::back_inserter(by_traffic));
    }
    if (is_truncated) continue;
    add_all(here, found);
    return look_by_traffic(look, place, by_traffic, found);
  }
  return base::failure(base::ErrorCode::limit_exceeded, "has too many different values");
}

// Texts are read row by row, the newest first, half of the time again where an answer is too large.
// `bytes_left`: that may still be read; it runs out at the time that comes back.
Result<std::optional<Timestamp>> look_through_text(const Look& look, const RetroPlace& place,
                                                   Timestamp from, Timestamp until, int halvings,
                                                   std::size_t& bytes_left, Found& found) {
  if (bytes_left == 0) return until;
  Found here;
  ValueSink sink(look, place, here);
  VEDETTE_TRY_VOID(ask_store(look.store, rows_question(place, from, until), look.when.received,
                             look.stop, sink));
  const Timestamp middle{from.ticks + (until.ticks - from.ticks) / 2};
  if (!sink.is_truncated() || halvings == halvings_max) {
    bytes_left -= std::min(bytes_left, sink.bytes());
    add_all(here, found);
    return sink.is_truncated() ? std::optional(until) : std::nullopt;
  }
  const auto newer =
      VEDETTE_TRY(look_through_text(look, place, middle, until, halvings + 1, bytes_left, found));
  if (newer) return newer;
  return look_through_text(look, place, from, middle, halvings + 1, bytes_left, found);
}

Result<void> look_at(const Look& look, const RetroPlace& place, Found& found) {
  if (place.observed.kind != intel::ObservedKind::text) return look_through(look, place, found);
  const Timestamp now = look.when.received;
  std::size_t bytes_left = text_bytes_max;
  // Clocks of others may be ahead: there may be rows behind now, and hardly many.
  auto ended = VEDETTE_TRY(look_through_text(
      look, place, now, now + base::Duration::hours(24 * 3'650), 0, bytes_left, found));
  if (!ended)
    ended = VEDETTE_TRY(look_through_text(look, place, now - base::Duration::hours(24 * look.days),
                                          now, 0, bytes_left, found));
  if (!ended) return {};
  return base::failure(base::ErrorCode::limit_exceeded,
                       fmt::format("is too much text: what is older than {} was not looked through",
                                   base::format_iso(*ended)));
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
  const Look look{store, ground_.desk, *snapshot, ground_.settings.retro_days, {now, looked_until_},
                  stop};
  std::set<std::string> tables;
  for (const auto& segment : VEDETTE_TRY(store.segments()))
    for (const auto& [table, rows] : segment.tables)
      if (rows > 0 && !intel::observed_columns().is_never(table)) tables.insert(table);
  Looked looked;
  Found found;
  for (const auto& table : tables) {
    for (const RetroPlace& place : VEDETTE_TRY(retro_places(store, table, now, stop))) {
      if (stop.stop_requested())
        return base::failure(base::ErrorCode::unavailable, "was stopped; the next start does it");
      const auto done = look_at(look, place, found);
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
