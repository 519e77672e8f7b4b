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
  if (!shortage.empty() && !open_ && !untold_) untold_ = new_alert(shortage, now);
  std::size_t messages = 0;
  const auto tell = [&](AlertChange change, const Alert& alert) -> Result<void> {
    const incident::AlertNews news{change, alert};
    messages += VEDETTE_TRY(book_.record(std::span(&news, 1), now)).messages;
    return {};
  };
  if (untold_) {
    untold_->last_event = untold_->updated = now;
    VEDETTE_TRY_VOID(tell(AlertChange::opened, *untold_));
    open_ = std::exchange(untold_, std::nullopt);
  }
  if (shortage.empty() && open_) {
    Alert ended = *open_;
    ended.last_event = ended.updated = ended.closed = now;
    ended.status = model::AlertStatus::closed;
    ended.reasons.emplace_back("there is room again");
    VEDETTE_TRY_VOID(tell(AlertChange::closed, ended));
    open_.reset();
  }
  return messages > 0;
}

}  // namespace vedette::app
