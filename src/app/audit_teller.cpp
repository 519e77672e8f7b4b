#include "app/audit_teller.h"

#include <fmt/format.h>

#include <fstream>
#include <variant>

#include "access/audit_chain.h"
#include "app/private_file.h"
#include "app/senders.h"
#include "base/hash.h"
#include "store/sqlite/sqlite_access.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using base::Timestamp;

constexpr Duration tell_interval = Duration::hours(24);
constexpr Duration pause_after_failure = Duration::minutes(10);

model::Alert alert_of(const std::string& head, Timestamp now) {
  model::Alert alert;
  alert.rule = "audit log";
  alert.title = "The audit log ends at entry " + head.substr(0, head.find(':'));
  alert.severity = model::Severity::informational;
  alert.id = base::hash_bytes(head);
  alert.reasons = {
      fmt::format("On {} its end is {}", base::format_seconds(now), head),
      fmt::format("Keep this where nobody who can change the log can change it. It finds what is "
                  "altered or cut off: vedette audit verify --noted {}",
                  head)};
  alert.created = alert.updated = alert.first_event = alert.last_event = now;
  alert.momentary = true;
  return alert;
}

std::string words_of(const notify::Outcome& outcome) {
  if (const auto* again = std::get_if<notify::TryAgain>(&outcome)) return again->reason;
  if (const auto* refused = std::get_if<notify::MessageRefused>(&outcome)) return refused->reason;
  if (const auto* broken = std::get_if<notify::DestinationBroken>(&outcome)) return broken->reason;
  return "it was not taken";
}

}  // namespace

Result<std::unique_ptr<AuditTeller>> AuditTeller::open(const AuditGround& ground) {
  auto teller = std::make_unique<AuditTeller>(ground);
  teller->audit_ = VEDETTE_TRY(
      store::sqlite::SqliteAccess::open(ground.data.state(), &access::audit_hash, true));
  teller->due_ = ground.clock.monotonic();
  if (ground.configuration.audit_mail_to.empty()) return teller;
  ChannelSetting channel;
  channel.name = "audit";
  channel.to = {ground.configuration.audit_mail_to};
  teller->sender_ = VEDETTE_TRY(make_sender(
      channel, ground.configuration,
      {ground.clock, ground.random, ground.configuration.secrets, ground.data.folder, {}}));
  return teller;
}

void AuditTeller::look(const std::stop_token& stop) {
  if (ground_.clock.monotonic() < due_) return;
  due_ = ground_.clock.monotonic() + pause_after_failure;
  const auto head = access::audit_head(*audit_);
  if (!head) return ground_.log.warning("audit", {{"text", head.error().message}});
  if (head->empty()) return;
  if (const auto mailed = mail(*head, stop); !mailed)
    return ground_.log.warning(
        "audit",
        {{"text", "its end is not mailed yet: " + mailed.error().message + "; trying again"}});
  ground_.log.info("audit", {{"head", *head}});
  due_ = ground_.clock.monotonic() + tell_interval;
}

// Unset: never, or nobody knows.
Timestamp AuditTeller::last_mailed() const {
  std::ifstream file(ground_.data.audit_mailed());
  std::string text;
  std::getline(file, text);
  return base::parse_iso(text).value_or(Timestamp());
}

Result<void> AuditTeller::mail(const std::string& head, const std::stop_token& stop) {
  const Timestamp now = ground_.clock.now(), last = last_mailed();
  if (!sender_ || (last.is_set() && last <= now && now - last < tell_interval)) return {};
  const model::Alert alert = alert_of(head, now);
  const std::string key = fmt::format("audit_head_{}", head);
  const auto outcome =
      sender_->send({.alert = alert, .remote_id = {}, .now = now, .key = key}, ground_.clock, stop);
  if (!std::holds_alternative<notify::Delivered>(outcome))
    return base::failure(base::ErrorCode::unavailable, words_of(outcome));
  return write_private_file(ground_.data.audit_mailed(), base::format_iso(now) + "\n");
}

}  // namespace vedette::app
