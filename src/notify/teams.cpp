#include "notify/teams.h"

#include "base/json.h"
#include "base/text.h"
#include "notify/message_fields.h"

namespace vedette::notify {
namespace {

// Units after escaping. A unit is three bytes of JSON at most ("\\*" are two units), so that all
// of them together stay under 20 KB.
FieldStyle style_of(const Message& message) {
  FieldStyle style;
  style.encode = &encode_teams;
  style.colours = {"Default", "Accent", "Warning", "Attention"};
  if (!is_digest(message.alert)) return style;
  style.reasons_max = 3000;
  style.reason_max = digest_line_units_max;
  return style;
}

class TeamsFields : public MessageFields {
 public:
  using MessageFields::MessageFields;

  [[nodiscard]] std::string text(std::string_view field) const override {
    // One line end is none to a text block; two make a paragraph.
    if (field != "reasons") return MessageFields::text(field);
    std::string paragraphs;
    for (const char c : MessageFields::text(field))
      paragraphs += c == '\n' ? std::string("\n\n") : std::string(1, c);
    return paragraphs;
  }

  [[nodiscard]] bool is_json(std::string_view field) const override {
    return field == "facts" || field == "acknowledge";
  }
  void append_json(std::string_view field, base::JsonWriter& json) const override {
    if (field == "acknowledge") return append_link(json);
    json.begin_array();
    for (const Fact& fact : facts(message_.change, message_.alert))
      json.begin_object().member("title", fact.label).member("value", value_of(fact)).end_object();
    json.end_array();
  }

 private:
  void append_link(base::JsonWriter& json) const {
    json.begin_object().member("type", "ActionSet").key("actions").begin_array().begin_object();
    json.member("type", "Action.OpenUrl").member("title", "Acknowledge this incident");
    json.member("url", text("acknowledge")).end_object().end_array().end_object();
  }
};

// "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429
// with ContextId ...": what the older kind says with a 200. 0: nothing of it.
int told_status(std::string_view text) {
  constexpr std::string_view words = "returned HTTP error ";
  const std::size_t at = text.find(words);
  if (at == std::string_view::npos) return 0;
  const auto status = base::parse_unsigned(text.substr(at + words.size(), 3));
  return status && *status >= 400 && *status < 600 ? static_cast<int>(*status) : 0;
}

}  // namespace

ports::HttpRequest Teams::compose(const Message& message) const {
  ports::HttpRequest request;
  request.url = url_;
  request.headers = {{"Content-Type", "application/json"}};
  const FieldStyle style = style_of(message);
  request.body = templates_->fill(MessageTemplate::teams, TeamsFields(message, style));
  return request;
}

Outcome Teams::read(const Message& message, const ports::HttpResponse& response) const {
  ports::HttpResponse meant = response;
  if (response.status == 200)
    if (const int status = told_status(response.body); status != 0) meant.status = status;
  return with_words(outcome_of_status(message, meant), response.body);
}

}  // namespace vedette::notify
