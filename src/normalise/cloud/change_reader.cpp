#include "normalise/cloud/change_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "kql/native/json_text.h"

namespace vedette::normalise::cloud {
namespace {

using base::JsonKind;
using base::JsonRecord;
using model::ChangeEvent;
using model::ChangeOperation;
using model::ObjectKind;
namespace native = kql::native;

constexpr ChangeOperation operations[] = {
    ChangeOperation::created,      ChangeOperation::changed,
    ChangeOperation::deleted,      ChangeOperation::disabled,
    ChangeOperation::enabled,      ChangeOperation::password_changed,
    ChangeOperation::member_added, ChangeOperation::member_removed};

std::string_view scalar(const JsonRecord& record, std::size_t slot) {
  return record.slots[slot].kind == JsonKind::composite ? std::string_view()
                                                        : record.slots[slot].text;
}

// A member's text, whatever its name's case.
std::string text_of(std::string_view object, std::string_view name) {
  for (const auto& [key, value] : native::members_of(object))
    if (value.starts_with('"') && base::equals_ignoring_case(native::unescaped(key), name))
      return native::unescaped(value);
  return {};
}

ObjectKind kind_of(std::string_view type) {
  static constexpr std::pair<std::string_view, ObjectKind> kinds[] = {
      {"User", ObjectKind::user},
      {"Group", ObjectKind::group},
      {"Role", ObjectKind::role},
      {"Application", ObjectKind::application},
      {"ServicePrincipal", ObjectKind::service_principal},
      {"Policy", ObjectKind::policy},
      {"Device", ObjectKind::device}};
  for (const auto& [name, kind] : kinds)
    if (base::equals_ignoring_case(type, name)) return kind;
  return type.empty() ? ObjectKind::none : ObjectKind::other;
}

std::string name_of(std::string_view target) {
  for (const char* member : {"userPrincipalName", "displayName", "id"})
    if (auto text = text_of(target, member); !text.empty()) return text;
  return {};
}

// New and old values are JSON within text.
std::string value_of(std::string_view property) {
  for (const char* member : {"newValue", "oldValue"}) {
    std::string text = text_of(property, member);
    if (text.starts_with('"')) text = native::unescaped(text);
    if (!text.empty() && text != "null") return text;
  }
  return {};
}

}  // namespace

base::Result<DirectoryChanges> DirectoryChanges::read(std::string_view text) {
  DirectoryChanges changes;
  for (const auto line : base::split(text, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::string_view first = line.substr(0, blank);
    std::string name = base::to_lower_ascii(line.substr(std::min(blank + 1, line.size())));
    const auto* operation = std::ranges::find(
        operations, first, [](ChangeOperation one) { return model::name_of(one); });
    const bool is_role = first == "privileged";
    if (name.empty() || (!is_role && operation == std::end(operations)))
      return base::failure(base::ErrorCode::malformed, fmt::format("directory changes: {}", line));
    if (is_role)
      changes.privileged_roles[std::move(name)] = true;
    else
      changes.activities[std::move(name)] = *operation;
  }
  return changes;
}

ChangeReader::ChangeReader(base::JsonPaths& paths, const DirectoryChanges& known)
    : known_(known),
      activity_(paths.slot("activityDisplayName")),
      result_(paths.slot("result")),
      reason_(paths.slot("resultReason")),
      service_(paths.slot("loggedByService")),
      user_(paths.slot("initiatedBy.user.userPrincipalName")),
      user_name_(paths.slot("initiatedBy.user.displayName")),
      user_address_(paths.slot("initiatedBy.user.ipAddress")),
      app_(paths.slot("initiatedBy.app.displayName")),
      targets_(paths.slot("targetResources")) {}

ChangeEvent ChangeReader::read(const JsonRecord& record, const model::RowHead& head) {
  ChangeEvent event;
  event.time = head.generated;
  event.id = head.item_id;
  event.record = record.bytes;
  event.service = scalar(record, service_);
  for (const std::size_t slot : {user_, user_name_, app_})
    if (event.actor.empty()) event.actor = scalar(record, slot);
  if (const auto address = base::parse_ip(scalar(record, user_address_)))
    event.actor_address = *address;
  // Some activities end in a blank.
  const std::string_view activity = base::trim(scalar(record, activity_));
  event.detail = activity;
  if (const auto known = known_.activities.find(base::to_lower_ascii(activity));
      known != known_.activities.end())
    event.operation = known->second;
  event.result = base::equals_ignoring_case(scalar(record, result_), "success")
                     ? model::AuthResult::success
                     : model::AuthResult::failure;
  if (record.slots[targets_].kind == JsonKind::composite)
    read_targets(record.slots[targets_].text, event);
  return event;
}

// What a membership puts its target into is another target, or a property of the first one.
void ChangeReader::read_targets(std::string_view targets, ChangeEvent& event) {
  const bool is_membership = event.operation == ChangeOperation::member_added ||
                             event.operation == ChangeOperation::member_removed;
  for (const auto target : native::elements_of(targets)) {
    const ObjectKind kind = kind_of(text_of(target, "type"));
    const bool holds_others = kind == ObjectKind::group || kind == ObjectKind::role;
    if (is_membership && holds_others && event.container.empty()) {
      event.container = keep(name_of(target));
      event.container_kind = kind;
    } else if (event.target.empty()) {
      event.target = keep(name_of(target));
      event.target_kind = kind;
    }
    if (!is_membership) continue;
    for (const auto property :
         native::elements_of(native::find_member(target, "modifiedProperties").value_or("[]"))) {
      const std::string name = text_of(property, "displayName");
      const bool is_role = name == "Role.DisplayName";
      if (!event.container.empty() || (!is_role && name != "Group.DisplayName")) continue;
      event.container = keep(value_of(property));
      event.container_kind = is_role ? ObjectKind::role : ObjectKind::group;
    }
  }
  event.is_privileged = event.container_kind == ObjectKind::role &&
                        event.operation == ChangeOperation::member_added &&
                        known_.privileged_roles.contains(base::to_lower_ascii(event.container));
}

}  // namespace vedette::normalise::cloud
