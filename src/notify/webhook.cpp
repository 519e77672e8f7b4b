#include "notify/webhook.h"

#include <fmt/format.h>

#include "base/encode.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "notify/message_fields.h"
#include "notify/signature.h"

namespace vedette::notify {
namespace {

constexpr std::size_t text_bytes_max = 1024;
constexpr std::size_t texts_max = 100;  // entities, techniques, reasons: each

void bound(std::string& text) {
  if (text.size() > text_bytes_max) text = base::clean_utf8(text, text_bytes_max);
}

void bound(std::vector<std::string>& texts) {
  if (texts.size() > texts_max) texts.resize(texts_max);
  for (auto& text : texts) bound(text);
}

// Detectors bound what they put into an alert; a body is bounded whatever they do.
model::Alert bounded(model::Alert alert) {
  for (std::string* text :
       {&alert.rule, &alert.title, &alert.location.country_code, &alert.location.city})
    bound(*text);
  if (alert.entities.size() > texts_max) alert.entities.resize(texts_max);
  for (auto& entity : alert.entities) bound(entity.value);
  if (alert.event_ids.size() > base::limits::alert_event_ids_max)
    alert.event_ids.resize(base::limits::alert_event_ids_max);
  bound(alert.techniques);
  bound(alert.reasons);
  return alert;
}

}  // namespace

base::Result<std::unique_ptr<Channel>> Webhook::create(const ChannelAddress& address,
                                                       const base::Secret& signing_secret,
                                                       Templates templates) {
  base::Secret key;
  if (!signing_secret.empty()) key = VEDETTE_TRY(signing_key(signing_secret));
  return std::make_unique<Webhook>(address, std::move(key), std::move(templates));
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

std::string Webhook::body_of(const Message& message) const {
  if (templates_->find(MessageTemplate::webhook) != nullptr) {
    // A program reads it: texts as they are.
    FieldStyle style;
    style.encode = &base::clean_utf8;
    style.title_max = style.summary_max = style.value_max = style.users_max = text_bytes_max;
    return templates_->fill(MessageTemplate::webhook, MessageFields(message, style));
  }
  base::JsonWriter json;
  model::append_json(json, bounded(message.alert), &message.change);
  return json.take();
}

ports::HttpRequest Webhook::compose(const Message& message) const {
  ports::HttpRequest request;
  request.url = url_;
  request.body = body_of(message);
  const std::string id =
      message.key.empty() ? message_id(message.change, message.alert) : std::string(message.key);
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
