#include "notify/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "notify/chat_text.h"
#include "notify/facts.h"

namespace vedette::notify {
namespace {

using model::AlertChange;
using ports::OutboxMessage;

// "#12 Update: High: Brute force from 203.0.113.7".
std::string line_of(const OutboxMessage& message) {
  std::string line = fmt::format("#{} {}{}", message.incident,
                                 message.change == AlertChange::updated ? "Update: " : "",
                                 headline(message.change, message.alert));
  if (!message.via.empty()) line += fmt::format(" (in place of {})", quote_name(message.via));
  return line;
}

}  // namespace

std::string digest_key(std::span<const OutboxMessage> messages) {
  std::uint64_t hash = messages.size();
  for (const OutboxMessage& message : messages) hash = base::hash_bytes(message.key, hash);
  return fmt::format("vedette_digest_{}_{}", messages.front().id, model::format_id(hash));
}

model::Alert digest_alert(std::span<const OutboxMessage> messages, std::string_view why) {
  model::Alert digest;
  digest.rule = digest_rule;
  digest.severity = model::Severity::informational;
  digest.event_count = messages.size();
  digest.first_event = messages.front().alert.first_event;
  std::set<std::uint64_t> incidents;
  for (const OutboxMessage& message : messages) {
    digest.reasons.push_back(line_of(message));
    incidents.insert(message.incident);
    digest.severity = std::max(digest.severity, message.alert.severity);
    digest.first_event = std::min(digest.first_event, message.alert.first_event);
    digest.last_event = std::max(digest.last_event, message.alert.last_event);
    digest.updated = std::max(digest.updated, message.created);
  }
  digest.created = digest.updated;
  digest.title = fmt::format("{} messages about {} incident{}{}", messages.size(), incidents.size(),
                             incidents.size() == 1 ? "" : "s", why);
  return digest;
}

std::string in_place_of(const OutboxMessage& message) {
  if (message.via.empty()) return {};
  return fmt::format("Told here, since the channel {} could not be told", quote_name(message.via));
}

}  // namespace vedette::notify
