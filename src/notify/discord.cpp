#include "notify/discord.h"

#include <cassert>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "notify/chat_text.h"
#include "notify/facts.h"
#include "notify/message_fields.h"
#include "notify/retry_after.h"

namespace vedette::notify {
namespace {

using model::AlertChange;

// Bounds in UTF-16 units, below Discord's own. Together under 6000 by construction: title 256,
// reasons 1500, footer 150, ten fields with names under 24 and values of at most 300, the users'
// 700: 5546. A digest has one short field.
FieldStyle style_of(const Message& message) {
  FieldStyle style;
  style.encode = &encode_discord;
  style.says_update = false;  // it is edited into the first message
  style.acknowledge = {"[Acknowledge this incident](<", "", ">)", ""};
  if (!is_digest(message.alert)) return style;
  style.reasons_max = 4000;
  style.reason_max = digest_line_units_max;
  return style;
}

constexpr std::int64_t code_unknown_message = 10008;

std::int64_t colour_of(AlertChange change, model::Severity severity) {
  if (change == AlertChange::withdrawn) return 0x80868B;
  switch (severity) {
    case model::Severity::high:
      return 0xD93025;
    case model::Severity::medium:
      return 0xF29900;
    case model::Severity::low:
      return 0xF9D342;
    case model::Severity::informational:
      break;
  }
  return 0x1A73E8;
}

bool is_snowflake(std::string_view id) {
  return !id.empty() && id.size() <= 20 &&
         id.find_first_not_of("0123456789") == std::string_view::npos;
}

class DiscordFields : public MessageFields {
 public:
  using MessageFields::MessageFields;

  [[nodiscard]] std::string text(std::string_view field) const override {
    if (field != "footer") return MessageFields::text(field);
    // Discord shows a footer as it is.
    return visible_text(footer_text(message_.incident, message_.alert), style_.footer_max);
  }

  [[nodiscard]] bool is_json(std::string_view field) const override {
    return field == "colour" || field == "facts";
  }
  void append_json(std::string_view field, base::JsonWriter& json) const override {
    if (field == "colour") {
      json.number(colour_of(message_.change, message_.alert.severity));
      return;
    }
    json.begin_array();
    for (const Fact& fact : facts(message_.change, message_.alert)) {
      const std::string value = value_of(fact);
      json.begin_object();
      json.member("name", fact.label).member("value", value);
      json.key("inline").boolean(fact.values.size() <= 1 && utf16_units(value) <= 40);
      json.end_object();
    }
    json.end_array();
  }
};

// How long to stay silent after an answer that was taken: until the window is over when nothing is
// left.
base::Duration pause_after(const ports::HttpResponse& response) {
  const std::string* remaining = response.header("x-ratelimit-remaining");
  const std::string* reset = response.header("x-ratelimit-reset-after");
  if (remaining == nullptr || reset == nullptr || base::trim(*remaining) != "0") return {};
  return parse_wait_seconds(*reset).value_or(base::Duration{});
}

}  // namespace

Discord::Discord(const ChannelAddress& address, Templates templates)
    : name_(address.shown), templates_(std::move(templates)) {
  const auto url = parse_url(address.url.reveal());
  assert(url);
  std::string path = url->path;
  if (path.ends_with('/')) path.pop_back();
  const std::string base = url->origin() + path;
  std::string
      kept;  // the user's own query (thread_id), without a "wait" that would contradict ours
  for (const auto part : base::split(url->query, '&'))
    if (!part.empty() && part != "wait" && !part.starts_with("wait="))
      kept += (kept.empty() ? "" : "&") + std::string(part);
  create_url_ = base::Secret(base + "?wait=true" + (kept.empty() ? "" : "&" + kept));
  edit_base_ = base::Secret(base + "/messages/");
  edit_query_ = kept.empty() ? "" : "?" + kept;
}

ports::HttpRequest Discord::compose(const Message& message) const {
  ports::HttpRequest request;
  if (is_snowflake(message.remote_id)) {
    request.method = "PATCH";
    request.url = base::Secret(std::string(edit_base_.reveal()) + std::string(message.remote_id) +
                               edit_query_);
  } else {
    request.url = create_url_;
  }
  request.headers = {{"Content-Type", "application/json"}};
  const FieldStyle style = style_of(message);
  request.body = templates_->fill(MessageTemplate::discord, DiscordFields(message, style));
  return request;
}

Outcome Discord::read(const Message& message, const ports::HttpResponse& response) const {
  const auto body = base::parse_json(response.body);
  const base::Json nothing;
  const base::Json& json = body ? *body : nothing;
  Outcome outcome = outcome_of_status(message, response);
  if (auto* delivered = std::get_if<Delivered>(&outcome)) {
    const std::string* id = json["id"].as_string();
    if (is_snowflake(message.remote_id))
      delivered->remote_id = message.remote_id;
    else if (id != nullptr && is_snowflake(*id))
      delivered->remote_id = *id;
    delivered->pause = pause_after(response);
  } else if (response.status == 429) {
    // The body's float is finer than the header's whole seconds; behind a proxy there may be only
    // one.
    auto& again = std::get<TryAgain>(outcome);
    if (const auto wait = wait_from_seconds(json["retry_after"].number_or(-1))) again.wait = wait;
    const bool* global = json["global"].as_bool();
    if (global != nullptr && *global) again.reason += " (all of this address's requests)";
  } else if (response.status == 404 && !message.remote_id.empty() &&
             json["code"].as_integer() != nullptr &&
             *json["code"].as_integer() == code_unknown_message) {
    return FirstMessageGone{};
  }
  return outcome;
}

}  // namespace vedette::notify
