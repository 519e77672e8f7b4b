#include "notify/discord.h"

#include <cassert>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "notify/chat_text.h"
#include "notify/facts.h"
#include "notify/retry_after.h"

namespace vedette::notify {
namespace {

using model::AlertChange;

// Bounds in UTF-16 units, below Discord's own. Together under 6000 by construction: title 256,
// reasons 1500, footer 150, ten fields with names under 24 and values of at most 300, the users'
// 700: 5546.
constexpr std::size_t title_units_max = 256;
constexpr std::size_t description_units_max = 1500;
constexpr std::size_t value_units_max = 300;
constexpr std::size_t users_units_max = 700;
constexpr std::size_t item_units_max = 64;  // one of several values
constexpr std::size_t footer_units_max = 150;

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

std::string reasons_text(const model::Alert& alert) {
  std::string out;
  std::size_t units = 0;
  for (const auto& reason : alert.reasons) {
    const std::string line = (out.empty() ? "" : "\n") + encode_discord(reason, 400);
    units += utf16_units(line);
    if (units > description_units_max) break;
    out += line;
  }
  return out;
}

void append_fields(base::JsonWriter& json, AlertChange change, const model::Alert& alert) {
  json.key("fields").begin_array();
  for (const Fact& fact : facts(change, alert)) {
    const bool list = fact.values.size() > 1;
    const std::string value = encode_list(fact.values, &encode_discord,
                                          fact.about_users ? users_units_max : value_units_max,
                                          list ? item_units_max : value_units_max);
    json.begin_object();
    json.member("name", fact.label).member("value", value);
    json.key("inline").boolean(!list && utf16_units(value) <= 40);
    json.end_object();
  }
  json.end_array();
}

std::string compose_body(AlertChange change, const model::Alert& alert) {
  base::JsonWriter json;
  json.begin_object();
  json.key("allowed_mentions").begin_object().key("parse").begin_array().end_array().end_object();
  json.key("embeds").begin_array().begin_object();
  json.member("title", encode_discord(headline(change, alert), title_units_max));
  const std::string reasons = reasons_text(alert);
  if (!reasons.empty()) json.member("description", reasons);
  json.key("color").number(colour_of(change, alert.severity));
  if (alert.last_event.is_set())
    json.member(
        "timestamp",
        base::format_iso(base::Timestamp::from_unix_seconds(alert.last_event.unix_seconds())));
  append_fields(json, change, alert);
  json.key("footer").begin_object();
  json.member("text",
              visible_text("Vedette, rule " + alert.rule + ", alert " + model::format_id(alert.id),
                           footer_units_max));
  json.end_object();
  json.end_object().end_array().end_object();
  return json.take();
}

// How long to stay silent after an answer that was taken: until the window is over when nothing is
// left.
base::Duration pause_after(const ports::HttpResponse& response) {
  const std::string* remaining = response.header("x-ratelimit-remaining");
  const std::string* reset = response.header("x-ratelimit-reset-after");
  if (remaining == nullptr || reset == nullptr || base::trim(*remaining) != "0") return {};
  return parse_wait_seconds(*reset).value_or(base::Duration{});
}

}  // namespace

Discord::Discord(const ChannelAddress& address) : name_(address.shown) {
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
  request.body = compose_body(message.change, message.alert);
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
