#include "app/misp_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/http_text.h"
#include "net/web_address.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr std::size_t misps_max = 32, texts_max = 256;

template <auto Member>
constexpr Setting<MispSetting> flag_setting(std::string_view key) {
  return {"misp", key,
          [](const SettingValue& value, MispSetting& s) { assign(s.*Member, value.boolean()); },
          [](const MispSetting& s) { return std::string(s.*Member ? "true" : "false"); }};
}

template <auto Member, int Most>
constexpr Setting<MispSetting> number_setting(std::string_view key) {
  return {
      "misp", key,
      [](const SettingValue& value, MispSetting& s) { assign(s.*Member, value.integer(0, Most)); },
      [](const MispSetting& s) { return std::to_string(s.*Member); }};
}

template <auto Member>
void read_texts(const SettingValue& value, MispSetting& setting) {
  const auto texts = value.texts();
  if (texts && texts->size() > texts_max)
    return value.problem(fmt::format("has more than {} elements", texts_max));
  assign(setting.*Member, texts);
}

template <auto Member>
constexpr Setting<MispSetting> texts_setting(std::string_view key) {
  return {"misp", key, &read_texts<Member>,
          [](const MispSetting& s) { return show_texts(s.*Member); }};
}

// From a minute, or as long as the overlap of windows may be, to a day.
template <auto Member>
void read_span(const SettingValue& value, MispSetting& setting) {
  const auto span = value.duration();
  if (span && (*span < Duration::minutes(1) || *span > Duration::hours(24)))
    return value.problem("must be from 1 minute to 24 hours");
  assign(setting.*Member, span);
}

template <auto Member>
constexpr Setting<MispSetting> span_setting(std::string_view key) {
  return {"misp", key, &read_span<Member>,
          [](const MispSetting& s) { return show_duration(s.*Member); }};
}

void read_name(const SettingValue& value, MispSetting& setting) {
  const auto text = value.text();
  if (text && !is_source_name(*text)) return value.problem("may hold letters, digits and - . _");
  assign(setting.name, text);
}

void read_url(const SettingValue& value, MispSetting& setting) {
  auto text = value.text();
  if (!text) return;
  while (text->ends_with('/')) text->pop_back();
  if (base::origin_of(*text).empty() || text->find_first_of("?#") != std::string::npos)
    return value.problem("is no address; write https://HOST");
  if (!net::may_carry_secrets(*text))
    return value.problem("must begin with https://: the key travels there");
  setting.url = *std::move(text);
}

void read_key(const SettingValue& value, MispSetting& setting) {
  const auto text = value.text();
  if (!text) return;
  if (!is_reference(*text)) return value.problem(std::string(no_secret_words));
  setting.key = *text;
}

constexpr std::array settings{
    Setting<MispSetting>{"misp", "name", &read_name,
                         [](const MispSetting& s) { return toml_string(s.name); }},
    Setting<MispSetting>{"misp", "url", &read_url,
                         [](const MispSetting& s) { return toml_string(s.url); }},
    Setting<MispSetting>{"misp", "key", &read_key,
                         [](const MispSetting& s) { return toml_string(s.key); }},
    text_setting<&MispSetting::ca_file>("misp", "ca_file"),
    span_setting<&MispSetting::interval>("interval"),
    span_setting<&MispSetting::overlap>("overlap"),
    number_setting<&MispSetting::back_fill_days, 3650>("back_fill_days"),
    number_setting<&MispSetting::confidence, 100>("confidence"),
    texts_setting<&MispSetting::tags>("tags"),
    texts_setting<&MispSetting::types>("types"),
    flag_setting<&MispSetting::for_detection_only>("to_ids_only"),
    flag_setting<&MispSetting::warning_lists>("warning_lists"),
    flag_setting<&MispSetting::sightings>("sightings"),
};

}  // namespace

void read_misp(const SettingNode& node, std::vector<MispSetting>& all,
               const notify::EnvironmentLookup& environment, ProblemList& problems) {
  MispSetting setting;
  read_members(*node.as_table(), "misp", settings, setting, problems);
  const auto wrong = [&](const std::string& text) { problems.add(node.line, "[[misp]] " + text); };
  if (setting.url.empty())
    wrong("needs url, where MISP is, as in url = \"https://misp.example.org\"");
  if (setting.key.empty())
    wrong("needs key, an auth key of MISP, as in key = \"env:VEDETTE_MISP_KEY\"");
  else if (const auto found = notify::resolve_secret(setting.key, environment); !found)
    wrong("key: " + found.error().message);
  if (setting.name.empty()) setting.name = "MISP";
  if (std::ranges::find(all, setting.name, &MispSetting::name) != all.end())
    wrong(fmt::format("name: \"{}\" is taken by another one", setting.name));
  if (all.size() >= misps_max) return wrong(fmt::format("there are more than {}", misps_max));
  all.push_back(std::move(setting));
}

std::string show_misp(const MispSetting& setting) {
  return "\n[[misp]]\n" + show_members(settings, setting);
}

std::vector<std::string> misp_setting_names() {
  return names_of(settings);
}

}  // namespace vedette::app
