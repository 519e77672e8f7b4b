#include "normalise/cloud/activity_reader.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace vedette::normalise::cloud {
namespace {

using base::JsonKind;
using base::JsonRecord;

// Exchange's cmdlets and mailbox actions, as the API names them.
constexpr auto mail_changes = std::to_array<std::string_view>(
    {"New-InboxRule", "Set-InboxRule", "UpdateInboxRules", "Set-Mailbox", "Add-MailboxPermission",
     "New-TransportRule", "Set-TransportRule"});
constexpr std::string_view mail_access = "MailItemsAccessed";

std::string_view scalar(const JsonRecord& record, std::size_t slot) {
  return record.slots[slot].kind == JsonKind::composite ? std::string_view()
                                                        : record.slots[slot].text;
}

}  // namespace

ActivityReader::ActivityReader(base::JsonPaths& paths)
    : operation_(paths.slot("Operation")),
      user_(paths.slot("UserId")),
      result_(paths.slot("ResultStatus")),
      mailbox_(paths.slot("MailboxOwnerUPN")),
      object_(paths.slot("ObjectId")),
      workload_(paths.slot("Workload")),
      application_(paths.slot("ClientAppId")),
      addresses_{paths.slot("ClientIP"), paths.slot("ClientIPAddress"),
                 paths.slot("Client_IPAddress")} {}

std::optional<model::ChangeEvent> ActivityReader::read(const JsonRecord& record,
                                                       const model::RowHead& head) const {
  const std::string_view operation = scalar(record, operation_);
  const std::string_view application = scalar(record, application_);
  const bool is_read = operation == mail_access && !application.empty();
  if (!is_read && std::ranges::find(mail_changes, operation) == mail_changes.end())
    return std::nullopt;
  model::ChangeEvent event;
  event.time = head.generated;
  event.id = head.item_id;
  event.record = record.bytes;
  event.actor = scalar(record, user_);
  event.detail = operation;
  event.service = scalar(record, workload_);
  event.target = scalar(record, mailbox_);
  if (event.target.empty()) event.target = scalar(record, object_);
  event.target_kind = model::ObjectKind::other;
  if (is_read) {
    event.container = application;
    event.container_kind = model::ObjectKind::application;
  }
  for (const std::size_t slot : addresses_)
    if (const auto address = base::parse_ip(scalar(record, slot))) event.actor_address = *address;
  event.operation = is_read ? model::ChangeOperation::other : model::ChangeOperation::changed;
  const std::string_view result = scalar(record, result_);
  const bool is_success = result.empty() || base::equals_ignoring_case(result, "True") ||
                          base::to_lower_ascii(result).starts_with("succe");
  event.result = is_success ? model::AuthResult::success : model::AuthResult::failure;
  return event;
}

}  // namespace vedette::normalise::cloud
