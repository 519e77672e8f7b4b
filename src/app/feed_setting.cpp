#include "app/feed_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/http_text.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr std::array<std::string_view, 3> form_words{"list", "csv", "misp"};
constexpr std::size_t feeds_max = 200, name_bytes_max = 200;

template <auto Member, int Least, int Most>
constexpr Setting<FeedSetting> number_setting(std::string_view key) {
  return {"feed", key,
          [](const SettingValue& value, FeedSetting& s) {
            assign(s.*Member, value.integer(Least, Most));
          },
          [](const FeedSetting& s) { return std::to_string(s.*Member); }};
}

void read_name(const SettingValue& value, FeedSetting& setting) {
  const auto text = value.text();
  if (text && text->size() > name_bytes_max) return value.problem("is longer than 200 bytes");
  assign(setting.name, text);
}

void read_url(const SettingValue& value, FeedSetting& setting) {
  const auto text = value.text();
  if (!text) return;
  if (base::origin_of(*text).empty() || text->find('#') != std::string::npos)
    return value.problem("is no address; write https://HOST/PATH");
  setting.url = *text;
}

void read_columns(const SettingValue& value, FeedSetting& setting) {
  const auto text = value.text();
  if (!text) return;
  for (const auto part : base::split(*text, ','))
    if (const auto number = base::parse_unsigned(base::trim(part));
        !number || *number < 1 || *number > 100)
      return value.problem("must be numbers of columns, as in \"3\" or \"3,4\"");
  setting.columns = *text;
}

void read_delimiter(const SettingValue& value, FeedSetting& setting) {
  const auto text = value.text();
  if (text && text->size() != 1) return value.problem("must be one character");
  assign(setting.delimiter, text);
}

void read_interval(const SettingValue& value, FeedSetting& setting) {
  const auto span = value.duration();
  if (span && (*span < Duration::minutes(10) || *span > Duration::hours(24)))
    return value.problem("must be from 10 minutes to 24 hours");
  assign(setting.interval, span);
}

constexpr std::array settings{
    Setting<FeedSetting>{"feed", "name", &read_name,
                         [](const FeedSetting& s) { return toml_string(s.name); }},
    Setting<FeedSetting>{"feed", "url", &read_url,
                         [](const FeedSetting& s) { return toml_string(s.url); }},
    Setting<FeedSetting>{
        "feed", "format",
        [](const SettingValue& v, FeedSetting& s) { assign(s.form, v.choice(form_words)); },
        [](const FeedSetting& s) {
          return toml_string(form_words.at(static_cast<std::size_t>(s.form)));
        }},
    Setting<FeedSetting>{"feed", "columns", &read_columns,
                         [](const FeedSetting& s) { return toml_string(s.columns); }},
    Setting<FeedSetting>{"feed", "delimiter", &read_delimiter,
                         [](const FeedSetting& s) { return toml_string(s.delimiter); }},
    text_setting<&FeedSetting::ca_file>("feed", "ca_file"),
    Setting<FeedSetting>{"feed", "interval", &read_interval,
                         [](const FeedSetting& s) { return show_duration(s.interval); }},
    number_setting<&FeedSetting::confidence, 0, 100>("confidence"),
    number_setting<&FeedSetting::keep_days, 1, 365>("keep_days"),
    number_setting<&FeedSetting::back_fill_days, 0, 3650>("back_fill_days"),
    Setting<FeedSetting>{
        "feed", "public_only",
        [](const SettingValue& v, FeedSetting& s) { assign(s.public_only, v.boolean()); },
        [](const FeedSetting& s) { return std::string(s.public_only ? "true" : "false"); }},
};

}  // namespace

void read_feed(const SettingNode& node, std::vector<FeedSetting>& all, ProblemList& problems) {
  FeedSetting setting;
  read_members(*node.as_table(), "feed", settings, setting, problems);
  const auto wrong = [&](const std::string& text) { problems.add(node.line, "[[feed]] " + text); };
  if (setting.name.empty()) wrong("needs name, whose the indicators are");
  if (setting.url.empty()) wrong("needs url, where it is");
  if (setting.form == FeedForm::misp)
    while (setting.url.ends_with('/')) setting.url.pop_back();
  if (std::ranges::find(all, setting.name, &FeedSetting::name) != all.end())
    wrong(fmt::format("name: \"{}\" is taken by another one",
                      base::encode_terminal(setting.name, 100)));
  if (all.size() >= feeds_max) return wrong(fmt::format("there are more than {}", feeds_max));
  all.push_back(std::move(setting));
}

std::string show_feed(const FeedSetting& setting) {
  return "\n[[feed]]\n" + show_members(settings, setting);
}

std::vector<std::string> feed_setting_names() {
  return names_of(settings);
}

}  // namespace vedette::app
