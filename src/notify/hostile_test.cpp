// test/hostile-strings.txt in every field an attacker can write, read back at every sink: the
// structure is that of a harmless alert, nothing means anything to the sink, and the limits hold.
#include <gtest/gtest.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"
#include "notify/channel.h"
#include "notify/chat_text.h"
#include "notify/terminal.h"

namespace vedette::notify {
namespace {

using base::Json;
using model::AlertChange;

constexpr AlertChange changes[] = {AlertChange::opened, AlertChange::updated,
                                   AlertChange::withdrawn, AlertChange::closed};
const base::Timestamp now = *base::parse_iso("2026-06-01T08:18:51Z");

const std::vector<std::string>& corpus() {
  static const auto all = fakes::hostile_strings(VEDETTE_SOURCE_DIR);
  return all;
}

std::unique_ptr<Channel> channel(const char* url) {
  return *make_channel(*parse_channel_address(url, [](const auto&) { return std::nullopt; }), {});
}

std::string short_form(const std::string& text) {
  return base::encode_terminal(text, 60);
}

// Keys, types and array lengths of a JSON value: what text must not be able to change.
std::string structure(const Json& json) {
  std::string out;
  if (const auto* array = json.as_array()) {
    out += "[";
    for (const auto& item : *array) out += structure(item) + ",";
    return out + "]";
  }
  if (const auto* object = json.as_object()) {
    out += "{";
    for (const auto& [key, value] : *object) out += key + ":" + structure(value) + ",";
    return out + "}";
  }
  return json.as_string() != nullptr ? "s" : "v";
}

// No control, line-breaking, direction-changing or invisible character.
void expect_visible(std::string_view text, const std::string& which) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t c = base::next_character(text, at);
    EXPECT_FALSE(c == 0xFFFD && at - start == 1) << "malformed UTF-8: " << which;
    EXPECT_FALSE(c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
                 base::is_bidirectional_control(c) || (c >= 0x200B && c <= 0x200D) || c == 0xFEFF)
        << std::hex << static_cast<unsigned>(c) << ": " << which;
  }
}

// Reads text as Markdown: a backslash before punctuation makes it plain. What is left unescaped
// must hold nothing `special`. Returns the plain text.
std::string expect_plain(std::string_view text, std::string_view special,
                         const std::string& which) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      EXPECT_LT(i + 1, text.size())
          << "a backslash at the end escapes what follows the field: " << which;
      if (++i < text.size()) {
        EXPECT_TRUE(std::ispunct(static_cast<unsigned char>(text[i]))) << which;
        plain.push_back(text[i]);
      }
      continue;
    }
    EXPECT_EQ(special.find(text[i]), std::string_view::npos) << text[i] << " in " << which;
    plain.push_back(text[i]);
  }
  const auto digits = text.find_first_not_of("0123456789");
  EXPECT_FALSE(digits != 0 && digits != std::string_view::npos && text[digits] == '.')
      << "a list: " << which;
  return plain;
}

std::string expect_plain_discord(std::string_view text, const std::string& which) {
  return expect_plain(text, "*_~`|<>#@:[]()-+", which);
}

// Teams knows less of it, lists and headings at the start of a line.
std::string expect_plain_teams(std::string_view text, const std::string& which) {
  const auto first = text.find_first_not_of(' ');
  if (first != std::string_view::npos) {
    EXPECT_EQ(std::string_view("-+#").find(text[first]), std::string_view::npos) << which;
  }
  return expect_plain(text, "*_~`<>[]", which);
}

TEST(Hostile, EncodersKeepTheText) {
  for (const auto& text : corpus()) {
    const std::string visible = visible_text(text, 100'000);
    expect_visible(visible, short_form(text));
    const std::string discord = encode_discord(text, 20'000);
    const std::string plain = expect_plain_discord(discord, short_form(text));
    if (!plain.ends_with("…")) {
      EXPECT_EQ(plain, visible);
    }
    const std::string slack = encode_slack(text, 20'000);
    EXPECT_EQ(slack.find_first_of("<>"), std::string::npos);
    for (std::size_t at = slack.find('&'); at != std::string::npos; at = slack.find('&', at + 1))
      EXPECT_TRUE(slack.substr(at).starts_with("&amp;") || slack.substr(at).starts_with("&lt;") ||
                  slack.substr(at).starts_with("&gt;"))
          << short_form(text);
    const std::string fallback = encode_slack_markdown(text, 20'000);
    EXPECT_EQ(fallback.find_first_of("<>*_~`@#"), std::string::npos) << short_form(text);
    EXPECT_EQ(fallback.find("//"), std::string::npos) << short_form(text);
  }
}

TEST(Hostile, EncodersKeepTheirLimits) {
  for (const auto& text : corpus())
    for (const std::size_t units : {1U, 2U, 7U, 100U, 1024U})
      for (const Encoder encode :
           {&encode_discord, &encode_teams, &encode_slack, &encode_slack_markdown}) {
        const std::string out = encode(text, units);
        EXPECT_LE(utf16_units(out), units) << short_form(text);
        EXPECT_EQ(out.empty(), text.empty()) << short_form(text);
      }
}

void check_discord(const Json& body, const std::string& which) {
  const Json& embed = (*body["embeds"].as_array())[0];
  const std::string& title = *embed["title"].as_string();
  const std::string& description = *embed["description"].as_string();
  const std::string& footer = *embed["footer"]["text"].as_string();
  EXPECT_LE(utf16_units(title), 256U);
  EXPECT_LE(utf16_units(description), 4096U);
  EXPECT_LE(utf16_units(footer), 2048U);
  std::size_t all = utf16_units(title) + utf16_units(description) + utf16_units(footer);
  expect_plain_discord(title, which);
  expect_visible(title, which);
  for (const auto line : base::split(description, '\n')) {
    expect_plain_discord(line, which);
    expect_visible(line, which);
  }
  const auto& fields = *embed["fields"].as_array();
  EXPECT_LE(fields.size(), 25U);
  for (const auto& field : fields) {
    const std::string& name = *field["name"].as_string();
    const std::string& value = *field["value"].as_string();
    EXPECT_TRUE(!name.empty() && utf16_units(name) <= 256);
    EXPECT_TRUE(!value.empty() && utf16_units(value) <= 1024) << which;
    all += utf16_units(name) + utf16_units(value);
    if (name == "First and last (UTC)") continue;  // ours alone
    expect_plain_discord(value, which);
    expect_visible(value, which);
  }
  EXPECT_LE(all, 6000U) << which;
}

void check_slack_texts(const Json& json, std::size_t& all, const std::string& which) {
  if (const auto* array = json.as_array())
    for (const auto& item : *array) check_slack_texts(item, all, which);
  if (json.as_object() == nullptr) return;
  const Json& type = json["type"];
  if (const std::string* text = json["text"].as_string();
      text != nullptr && type.as_string() != nullptr) {
    EXPECT_EQ(*type.as_string(), "plain_text");
    EXPECT_FALSE(*json["emoji"].as_bool());
    EXPECT_EQ(text->find_first_of("<>"), std::string::npos) << which;
    EXPECT_LE(utf16_units(*text), 2000U);
    for (const auto line : base::split(*text, '\n')) expect_visible(line, which);
    all += text->size();
    return;
  }
  for (const auto& [key, value] : *json.as_object()) check_slack_texts(value, all, which);
}

TEST(Hostile, ChatBodiesKeepStructureAndLimits) {
  const auto discord = channel("https://discord.com/api/webhooks/1/t");
  const auto slack = channel("https://hooks.slack.com/services/T/B/t");
  for (const AlertChange change : changes) {
    const auto harmless = fakes::hostile_alert("x");
    const Message plain{change, harmless, "", now};
    const std::string discord_structure =
        structure(*base::parse_json(discord->compose(plain).body));
    const std::string slack_structure = structure(*base::parse_json(slack->compose(plain).body));
    for (const auto& text : corpus()) {
      const auto alert = fakes::hostile_alert(text);
      const auto discord_body = base::parse_json(discord->compose({change, alert, "", now}).body);
      ASSERT_TRUE(discord_body) << short_form(text);
      if (!text.empty()) {
        EXPECT_EQ(structure(*discord_body), discord_structure) << short_form(text);
      }
      check_discord(*discord_body, short_form(text));

      const auto slack_body = base::parse_json(slack->compose({change, alert, "", now}).body);
      ASSERT_TRUE(slack_body) << short_form(text);
      if (!text.empty()) {
        EXPECT_EQ(structure(*slack_body), slack_structure) << short_form(text);
      }
      std::size_t all = 0;
      check_slack_texts((*slack_body)["blocks"], all, short_form(text));
      EXPECT_LE(all, 30'000U) << "bytes";
      EXPECT_LE(utf16_units(*(*(*slack_body)["blocks"].as_array())[0]["text"]["text"].as_string()),
                150U);
      EXPECT_EQ((*slack_body)["text"].as_string()->find_first_of("<>*_~`@#"), std::string::npos);
    }
  }
}

TEST(Hostile, TeamsCardsKeepStructureAndLimits) {
  const auto teams = channel("https://example.logic.azure.com/workflows/1?sig=s");
  const auto harmless = fakes::hostile_alert("x");
  const std::string expected =
      structure(*base::parse_json(teams->compose({AlertChange::opened, harmless, "", now}).body));
  for (const auto& text : corpus()) {
    const auto alert = fakes::hostile_alert(text);
    const auto request = teams->compose({AlertChange::opened, alert, "", now});
    EXPECT_LE(request.body.size(), 21'000U) << short_form(text);
    const auto body = base::parse_json(request.body);
    ASSERT_TRUE(body) << short_form(text);
    if (!text.empty()) {
      EXPECT_EQ(structure(*body), expected) << short_form(text);
    }
    const Json& card = (*(*body)["attachments"].as_array())[0]["content"];
    EXPECT_EQ(card["msteams"].as_object()->size(), 1U) << "no mention";
    for (const auto& block : *card["body"].as_array()) {
      if (block["text"].as_string() == nullptr) continue;
      for (const auto line : base::split(*block["text"].as_string(), '\n')) {
        if (line.empty()) continue;
        const std::string plain = expect_plain_teams(line, short_form(text));
        for (std::size_t at = 0; (at = plain.find("://", at)) != std::string::npos; ++at)
          EXPECT_TRUE(at > 0 && plain[at - 1] == '[') << "a link: " << short_form(text);
        expect_visible(plain, short_form(text));
      }
    }
  }
}

TEST(Hostile, WebhookBodiesAreWholeAndBounded) {
  const auto webhook = channel("https://soc.example/hook");
  const auto harmless = fakes::hostile_alert("x");
  const std::string expected =
      structure(*base::parse_json(webhook->compose({AlertChange::opened, harmless, "", now}).body));
  for (const auto& text : corpus()) {
    const auto alert = fakes::hostile_alert(text);
    const auto request = webhook->compose({AlertChange::opened, alert, "", now});
    EXPECT_LT(request.body.size(), base::limits::json_bytes_max);
    const auto body = base::parse_json(request.body);
    ASSERT_TRUE(body) << short_form(text);
    EXPECT_EQ(structure(*body), expected) << short_form(text);
    EXPECT_EQ(*(*body)["change"].as_string(), "opened");
    EXPECT_EQ(*(*body)["severity"].as_string(), "High");
    // Exact, so that it can be searched for; malformed UTF-8 apart.
    if (text.size() <= 1024) {
      EXPECT_EQ(*(*body)["title"].as_string(), base::clean_utf8(text, 10'000));
    }
    for (const auto& [name, value] : request.headers)
      EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos);
  }
}

TEST(Hostile, TheTerminalStaysWhatItIs) {
  for (const AlertChange change : changes) {
    const std::string harmless = format_for_terminal({}, change, fakes::hostile_alert("x"));
    const auto lines = std::count(harmless.begin(), harmless.end(), '\n');
    for (const auto& text : corpus()) {
      const std::string shown = format_for_terminal({}, change, fakes::hostile_alert(text));
      EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), lines) << short_form(text);
      EXPECT_LT(shown.size(), 20'000U) << short_form(text);
      for (const auto line : base::split(shown, '\n')) expect_visible(line, short_form(text));
      std::string coloured =
          format_for_terminal({.colour = true}, change, fakes::hostile_alert(text));
      for (const char* ours : {"\x1b[2m", "\x1b[1;31m", "\x1b[0m"})
        if (const auto at = coloured.find(ours); at != std::string::npos)
          coloured.erase(at, std::string_view(ours).size());
      EXPECT_EQ(coloured, shown) << short_form(text);
    }
  }
}

}  // namespace
}  // namespace vedette::notify
