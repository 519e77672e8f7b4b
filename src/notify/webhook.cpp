#include "notify/webhook.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "notify/signature.h"

namespace vedette::notify {

base::Result<std::unique_ptr<Channel>> Webhook::create(const ChannelAddress& address,
                                                       const base::Secret& signing_secret) {
  base::Secret key;
  if (!signing_secret.empty()) key = VEDETTE_TRY(signing_key(signing_secret));
  return std::make_unique<Webhook>(address, std::move(key));
}

std::string Webhook::message_id(model::AlertChange change, const model::Alert& alert) {
  // Event facts only: processing times differ from run to run.
  std::uint64_t state =
      base::hash_words(alert.event_count, static_cast<std::uint64_t>(alert.last_event.ticks));
  state = base::hash_words(state, static_cast<std::uint64_t>(alert.first_event.ticks));
  state = base::hash_words(state, static_cast<std::uint64_t>(alert.severity));
  state = base::hash_words(state, alert.entities.size());
  for (const auto& reason : alert.reasons) state = base::hash_bytes(reason, state);
  return fmt::format("vedette_{}_{}_{}", model::format_id(alert.id), model::name_of(change),
                     model::format_id(state));
}

ports::HttpRequest Webhook::compose(const Message& message) const {
  base::JsonWriter json;
  model::append_json(json, message.alert, &message.change);
  ports::HttpRequest request;
  request.url = url_;
  request.body = json.take();
  const std::string id = message_id(message.change, message.alert);
  const std::int64_t timestamp_s = message.now.unix_seconds();
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", id},
                     {"webhook-timestamp", std::to_string(timestamp_s)}};
  if (!key_.empty())
    request.headers.emplace_back("webhook-signature",
                                 sign_webhook(key_, id, timestamp_s, request.body));
  return request;
}

Outcome Webhook::read(const Message& message, const ports::HttpResponse& response) const {
  return outcome_of_status(message, response);
}

}  // namespace vedette::notify
