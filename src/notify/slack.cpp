#include "notify/slack.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "notify/chat_text.h"
#include "notify/facts.h"

namespace vedette::notify {
namespace {

using model::AlertChange;

// Bounds in UTF-16 units, counted after escaping, below Slack's own (header 150, section 3000,
// field 2000). Together under 6000; messages over about 13,000 have been refused.
constexpr std::size_t text_units_max = 1000;
constexpr std::size_t header_units_max = 150;
constexpr std::size_t reasons_units_max = 1500;
constexpr std::size_t value_units_max = 300;
constexpr std::size_t users_units_max = 900;
constexpr std::size_t item_units_max = 80;
constexpr std::size_t context_units_max = 200;

void append_plain_text(base::JsonWriter& json, std::string_view text) {
  json.begin_object();
  json.member("type", "plain_text").member("text", text);
  json.key("emoji").boolean(false);
  json.end_object();
}

std::string title_text(AlertChange change, const model::Alert& alert) {
  return (change == AlertChange::updated ? "Update: " : "") + headline(change, alert);
}

std::string reasons_text(const model::Alert& alert) {
  std::string out;
  std::size_t units = 0;
  for (const auto& reason : alert.reasons) {
    const std::string line = (out.empty() ? "" : "\n") + encode_slack(reason, 400);
    units += utf16_units(line);
    if (units > reasons_units_max) break;
    out += line;
  }
  return out;
}

void append_fields(base::JsonWriter& json, AlertChange change, const model::Alert& alert) {
  json.begin_object().member("type", "section");
  json.key("fields").begin_array();
  for (const Fact& fact : facts(change, alert)) {
    const bool list = fact.values.size() > 1;
    const std::string value = encode_list(fact.values, &encode_slack,
                                          fact.about_users ? users_units_max : value_units_max,
                                          list ? item_units_max : value_units_max);
    append_plain_text(json, encode_slack(fact.label, 80) + "\n" + value);
  }
  json.end_array().end_object();
}

std::string compose_body(AlertChange change, const model::Alert& alert) {
  const std::string title = title_text(change, alert);
  base::JsonWriter json;
  json.begin_object();
  json.member("text", encode_slack_markdown(title, text_units_max));
  json.key("mrkdwn").boolean(false);
  json.key("unfurl_links").boolean(false);
  json.key("unfurl_media").boolean(false);
  json.key("blocks").begin_array();
  json.begin_object().member("type", "header").key("text");
  append_plain_text(json, encode_slack(title, header_units_max));
  json.end_object();
  const std::string reasons = reasons_text(alert);
  if (!reasons.empty()) {
    json.begin_object().member("type", "section").key("text");
    append_plain_text(json, reasons);
    json.end_object();
  }
  append_fields(json, change, alert);
  json.begin_object().member("type", "context").key("elements").begin_array();
  append_plain_text(
      json, encode_slack("Vedette, rule " + alert.rule + ", alert " + model::format_id(alert.id),
                         context_units_max));
  json.end_array().end_object();
  json.end_array().end_object();
  return json.take();
}

// Slack's words for "this message is wrong"; the others say that the destination is.
bool is_about_the_message(std::string_view word) {
  constexpr std::array<std::string_view, 5> words = {"invalid_payload", "no_text", "invalid_blocks",
                                                     "too_many_attachments", "msg_blocks_too_long"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

ports::HttpRequest Slack::compose(const Message& message) const {
  ports::HttpRequest request;
  request.url = url_;
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  request.body = compose_body(message.change, message.alert);
  return request;
}

Outcome Slack::read(const Message& message, const ports::HttpResponse& response) const {
  Outcome outcome = outcome_of_status(message, response);
  const std::string_view word = base::trim(response.body);
  const std::string shown = word.empty() ? "" : " (" + visible_text(word, 100) + ")";
  if (auto* broken = std::get_if<DestinationBroken>(&outcome)) {
    broken->reason += shown;
  } else if (auto* refused = std::get_if<MessageRefused>(&outcome)) {
    if (!is_about_the_message(word))
      return DestinationBroken{"it answered " + std::to_string(response.status) + shown +
                               ": the webhook or its channel has to be repaired in Slack"};
    refused->reason += shown;
  }
  return outcome;
}

}  // namespace vedette::notify
