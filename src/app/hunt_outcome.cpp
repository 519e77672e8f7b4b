#include "app/hunt_outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/channel_trial.h"
#include "app/detection_line.h"
#include "app/senders.h"
#include "base/encode.h"
#include "base/hash.h"
#include "base/limits.h"
#include "hunt/row_difference.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;
using hunt::KeptRows;

constexpr std::size_t rows_told_max = 10;
constexpr std::size_t row_bytes_max = 400;

std::string text_in(const KeptRows& answer, const KeptRows::Row& row, std::string_view column) {
  const auto found = std::ranges::find(answer.columns(), column, &kql::plan::Column::name);
  if (found == answer.columns().end()) return {};
  const auto& kept = row[static_cast<std::size_t>(found - answer.columns().begin())];
  kql::result::Cell cell = kept.cell;
  cell.text = kept.text;
  return kql::result::text_of(cell);
}

// Of the rows' own times the earliest and the latest; now where they have none.
void set_times(const KeptRows& answer, std::span<const std::size_t> places, base::Timestamp now,
               model::Alert& alert) {
  alert.first_event = alert.last_event = now;
  bool is_first = true;
  for (const std::size_t place : places)
    for (const auto& kept : answer.rows()[place]) {
      const base::Timestamp time{kept.cell.integer};
      if (kept.cell.type != kql::Type::datetime || kept.cell.is_null || time > now) continue;
      alert.first_event = is_first ? time : std::min(alert.first_event, time);
      alert.last_event = is_first ? time : std::max(alert.last_event, time);
      is_first = false;
    }
}

}  // namespace

model::Alert alert_of(const hunt::Hunt& hunt, const KeptRows& answer,
                      std::span<const std::size_t> places, base::Timestamp now,
                      const std::string& whence) {
  model::Alert alert;
  alert.rule = "hunt:" + hunt.name;
  alert.title = hunt.title;
  alert.severity = hunt.severity;
  alert.techniques = hunt.techniques;
  alert.created = alert.updated = alert.closed = now;
  alert.status = model::AlertStatus::closed;
  alert.event_count = places.size();
  alert.momentary = true;
  set_times(answer, places, now, alert);
  alert.id = base::hash_bytes(alert.rule);
  for (const std::size_t place : places)
    alert.id = base::hash_words(alert.id, base::hash_bytes(key_of(answer, answer.rows()[place])));
  for (const auto& [type, column] : hunt.entities)
    for (const std::size_t place : places) {
      model::Entity entity{type, text_in(answer, answer.rows()[place], column)};
      if (entity.value.empty() || alert.entities.size() >= base::limits::alert_entities_max ||
          std::ranges::find(alert.entities, entity) != alert.entities.end())
        continue;
      alert.entities.push_back(std::move(entity));
    }
  alert.reasons.push_back(fmt::format("{} rows{}{}", places.size(),
                                      whence.empty() ? "" : " of " + whence,
                                      hunt.description.empty() ? "" : ": " + hunt.description));
  for (const std::size_t place : places.first(std::min(places.size(), rows_told_max)))
    alert.reasons.push_back(base::clean_utf8(answer.shown(answer.rows()[place]), row_bytes_max));
  if (places.size() > rows_told_max)
    alert.reasons.push_back(fmt::format("... and {} more", places.size() - rows_told_max));
  return alert;
}

Result<std::string> tell_channel(const model::Alert& alert, const std::string& channel,
                                 const Configuration& configuration, const SignInWorld& world) {
  const ChannelSetting* setting = find_channel(configuration, channel);
  if (setting == nullptr)
    return base::failure(ErrorCode::not_found, unknown_channel(configuration, channel));
  auto sender = VEDETTE_TRY(make_sender(*setting, configuration, world));
  const base::Timestamp now = world.clock.now();
  const auto outcome = sender->send(
      {model::AlertChange::opened, alert, {}, now, "vedette_hunt_" + model::format_id(alert.id), 0},
      world.clock, {});
  if (const auto* delivered = std::get_if<notify::Delivered>(&outcome))
    return delivered->notice.empty() ? "told " + channel
                                     : "told " + channel + ": " + delivered->notice;
  std::string reason = "the message that was to be changed is gone";
  if (const auto* again = std::get_if<notify::TryAgain>(&outcome)) reason = again->reason;
  if (const auto* refused = std::get_if<notify::MessageRefused>(&outcome)) reason = refused->reason;
  if (const auto* broken = std::get_if<notify::DestinationBroken>(&outcome))
    reason = broken->reason;
  return base::failure(ErrorCode::unavailable,
                       fmt::format("{} was not told: {}; `vedette notify test {}` tries it",
                                   channel, reason, channel));
}

Result<incident::Recorded> record_alert(const model::Alert& alert, const std::string& state_path,
                                        const Configuration& configuration, base::Timestamp now) {
  std::error_code error;
  if (!std::filesystem::exists(state_path, error))
    return base::failure(ErrorCode::not_found,
                         state_path +
                             " is not there; `vedette serve` makes it, --data names "
                             "another folder");
  const auto store = VEDETTE_TRY(store::sqlite::SqliteIncidents::open(state_path));
  incident::IncidentBook book(*store, book_settings(configuration));
  const incident::AlertNews news{model::AlertChange::opened, alert};
  return book.record(std::span(&news, 1), now);
}

}  // namespace vedette::app
