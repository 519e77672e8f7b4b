#include "normalise/change_rows.h"

#include <utility>

#include "base/hash.h"
#include "model/alert.h"

namespace vedette::normalise {
namespace {

using model::ChangeEvent;
using model::ChangeOperation;
using model::ObjectKind;

// The schema's words; where it has none, the nearest.
std::string_view event_type(const ChangeEvent& change) {
  const bool group = change.target_kind == ObjectKind::group;
  switch (change.operation) {
    case ChangeOperation::created:
      return group ? "GroupCreated" : "UserCreated";
    case ChangeOperation::deleted:
      return group ? "GroupDeleted" : "UserDeleted";
    case ChangeOperation::disabled:
      return "UserDisabled";
    case ChangeOperation::enabled:
      return "UserEnabled";
    case ChangeOperation::password_changed:
      return group ? "GroupModified" : "PasswordChanged";
    case ChangeOperation::member_added:
      return "UserAddedToGroup";
    case ChangeOperation::member_removed:
      return "UserRemovedFromGroup";
    case ChangeOperation::members_set:
      return "GroupModified";
    case ChangeOperation::changed:
    case ChangeOperation::other:
      break;
  }
  return group ? "GroupModified" : "UserModified";
}

}  // namespace

void ChangeRows::add(const model::RawBatch& batch, std::span<const ChangeEvent> changes) {
  for (const ChangeEvent& change : changes) add_change(batch, change);
}

void ChangeRows::add_change(const model::RawBatch& batch, const ChangeEvent& change) {
  rows_.add_row({change.time, batch.received, change.id, base::hash_bytes(change.record)});
  const auto text = [this](std::string_view column, std::string_view value) {
    if (!value.empty()) rows_.set_text(rows_.column(column), value);
  };
  const bool success = change.result == model::AuthResult::success;
  text("EventType", event_type(change));
  text("EventOriginalSubType", model::name_of(change.operation));
  text("EventOriginalUid", model::format_id(change.id));
  rows_.set(rows_.column("EventCount"), std::int64_t{1});
  rows_.set(rows_.column("EventStartTime"), change.time);
  rows_.set(rows_.column("EventEndTime"), change.time);
  text("EventResult", success ? "Success" : "Failure");
  text("EventSeverity", success && change.is_privileged ? "Medium" : "Informational");
  text("EventVendor", change.service.view().starts_with("Microsoft-") ? "Microsoft" : "Linux");
  text("EventProduct", change.service);
  text("EventSchema", "UserManagement");
  text("EventSchemaVersion", "0.1.1");
  text("EventMessage", change.detail);
  text("ActorUsername", change.actor);
  if (!change.actor.empty()) text("ActorUsernameType", "Simple");
  if (change.actor_address != base::IpAddress{})
    text("SrcIpAddr", base::format_ip(change.actor_address));
  const bool of_group = change.target_kind == ObjectKind::group;
  const std::string_view group = of_group ? change.target : change.container;
  text("GroupName", group);
  if (!group.empty()) text("GroupNameType", "Simple");
  if (!of_group) text("TargetUsername", change.target);
  if (!of_group && !change.target.empty()) text("TargetUsernameType", "Simple");
  text("ActingAppName", change.service);
  text("DvcHostname", change.host);
}

std::optional<model::TableBatch> ChangeRows::take() {
  if (rows_.row_count() == 0) return std::nullopt;
  return std::exchange(rows_, model::TableBatch(std::string(user_management_table)));
}

}  // namespace vedette::normalise
