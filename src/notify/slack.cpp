#include "notify/slack.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "notify/chat_text.h"
#include "notify/facts.h"
#include "notify/message_fields.h"

namespace vedette::notify {
namespace {

// Bounds in UTF-16 units, counted after escaping, below Slack's own (header 150, section 3000,
// field 2000). Together under 6000; messages over about 13,000 have been refused.
FieldStyle style_of(const Message& message) {
  FieldStyle style;
  style.encode = &encode_slack;
  style.encode_summary = &encode_slack_markdown;  // `text` may be read as mrkdwn
  style.title_max = 150;
  style.summary_max = 1000;
  style.users_max = 900;
  style.item_max = 80;
  style.footer_max = 200;
  style.acknowledge = {"<", "", "|Acknowledge this incident>", ""};
  if (!is_digest(message.alert)) return style;
  style.reasons_max = 2950;
  style.reason_max = digest_line_units_max;
  return style;
}

class SlackFields : public MessageFields {
 public:
  using MessageFields::MessageFields;

  [[nodiscard]] bool is_json(std::string_view field) const override {
    return field == "facts" || field == "acknowledge";
  }
  void append_json(std::string_view field, base::JsonWriter& json) const override {
    if (field == "acknowledge") return append_link(json);
    json.begin_array();
    for (const Fact& fact : facts(message_.change, message_.alert)) {
      json.begin_object().member("type", "plain_text");
      json.member("text", encode_slack(fact.label, 80) + "\n" + value_of(fact));
      json.key("emoji").boolean(false);
      json.end_object();
    }
    json.end_array();
  }

 private:
  void append_link(base::JsonWriter& json) const {
    json.begin_object().member("type", "section").key("text").begin_object();
    json.member("type", "mrkdwn").member("text", text("acknowledge")).end_object().end_object();
  }
};

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
  const FieldStyle style = style_of(message);
  request.body = templates_->fill(MessageTemplate::slack, SlackFields(message, style));
  return request;
}

Outcome Slack::read(const Message& message, const ports::HttpResponse& response) const {
  Outcome outcome = outcome_of_status(message, response);
  if (std::holds_alternative<MessageRefused>(outcome) &&
      !is_about_the_message(base::trim(response.body)))
    outcome = DestinationBroken{"it answered " + std::to_string(response.status) +
                                ": the webhook or its channel has to be repaired in Slack"};
  return with_words(std::move(outcome), response.body);
}

}  // namespace vedette::notify
