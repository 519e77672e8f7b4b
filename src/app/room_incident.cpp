#include "app/room_incident.h"

#include <span>
#include <utility>

#include "base/hash.h"

namespace vedette::app {
namespace {

using base::Result;
using model::Alert;
using model::AlertChange;

constexpr std::string_view rule = "room_short";

}  // namespace

// The newest alert of ours that nobody closed.
Result<void> RoomIncident::remember() {
  const auto incidents = VEDETTE_TRY(store_.find_open({model::EntityType::file, folder_}));
  for (const auto& incident : incidents)
    for (const Alert& alert : incident.alerts)
      if (alert.rule == rule && alert.status == model::AlertStatus::open) open_ = alert;
  is_remembered_ = true;
  return {};
}

Alert RoomIncident::new_alert(const std::string& shortage, base::Timestamp now) const {
  Alert alert;
  alert.id = base::hash_words(base::hash_bytes(folder_), static_cast<std::uint64_t>(now.ticks));
  alert.rule = rule;
  alert.title = "Room is short: Vedette takes nothing in";
  alert.severity = model::Severity::high;
  alert.entities = {{model::EntityType::file, folder_}};
  alert.first_event = alert.created = now;
  alert.event_count = 1;
  alert.reasons = {shortage, "attacks go unseen until there is room; sources that can wait do"};
  return alert;
}

Result<bool> RoomIncident::look(const std::string& shortage, base::Timestamp now) {
  if (!is_remembered_) VEDETTE_TRY_VOID(remember());
  const bool is_short = !shortage.empty();
  if (is_short == open_.has_value()) return false;
  incident::AlertNews news;
  news.change = is_short ? AlertChange::opened : AlertChange::closed;
  news.alert = is_short ? new_alert(shortage, now) : *open_;
  news.alert.last_event = news.alert.updated = now;
  if (!is_short) {
    news.alert.status = model::AlertStatus::closed;
    news.alert.closed = now;
    news.alert.reasons.emplace_back("there is room again");
  }
  const auto recorded = VEDETTE_TRY(book_.record(std::span(&news, 1), now));
  open_ = is_short ? std::optional(std::move(news.alert)) : std::nullopt;
  return recorded.messages > 0;
}

}  // namespace vedette::app
