#include "app/taxii_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/http_text.h"
#include "net/web_address.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr std::size_t taxiis_max = 32, collections_max = 256;

template <auto Member>
constexpr Setting<TaxiiSetting> text_setting(std::string_view key) {
  return {"taxii", key,
          [](const SettingValue& value, TaxiiSetting& s) { assign(s.*Member, value.text()); },
          [](const TaxiiSetting& s) { return toml_string(s.*Member); }};
}

template <auto Member, int Most>
constexpr Setting<TaxiiSetting> number_setting(std::string_view key) {
  return {
      "taxii", key,
      [](const SettingValue& value, TaxiiSetting& s) { assign(s.*Member, value.integer(0, Most)); },
      [](const TaxiiSetting& s) { return std::to_string(s.*Member); }};
}

template <auto Member>
void read_reference(const SettingValue& value, TaxiiSetting& setting) {
  const auto text = value.text();
  if (!text) return;
  if (!is_reference(*text)) return value.problem(std::string(no_secret_words));
  setting.*Member = *text;
}

template <auto Member>
constexpr Setting<TaxiiSetting> reference_setting(std::string_view key) {
  return {"taxii", key, &read_reference<Member>,
          [](const TaxiiSetting& s) { return toml_string(s.*Member); }};
}

void read_name(const SettingValue& value, TaxiiSetting& setting) {
  const auto text = value.text();
  if (text && !is_source_name(*text)) return value.problem("may hold letters, digits and - . _");
  assign(setting.name, text);
}

void read_url(const SettingValue& value, TaxiiSetting& setting) {
  const auto text = value.text();
  if (!text) return;
  if (base::origin_of(*text).empty() || text->find_first_of("?#") != std::string::npos)
    return value.problem("is no address; write https://HOST/taxii2/");
  if (!net::may_carry_secrets(*text))
    return value.problem("must begin with https://: the password travels there");
  setting.url = *text;
}

void read_collections(const SettingValue& value, TaxiiSetting& setting) {
  const auto texts = value.texts();
  if (texts && texts->size() > collections_max)
    return value.problem(fmt::format("has more than {} elements", collections_max));
  assign(setting.collections, texts);
}

void read_interval(const SettingValue& value, TaxiiSetting& setting) {
  const auto span = value.duration();
  if (span && (*span < Duration::minutes(1) || *span > Duration::hours(24)))
    return value.problem("must be from 1 minute to 24 hours");
  assign(setting.interval, span);
}

constexpr std::array settings{
    Setting<TaxiiSetting>{"taxii", "name", &read_name,
                          [](const TaxiiSetting& s) { return toml_string(s.name); }},
    Setting<TaxiiSetting>{"taxii", "url", &read_url,
                          [](const TaxiiSetting& s) { return toml_string(s.url); }},
    text_setting<&TaxiiSetting::user>("user"),
    reference_setting<&TaxiiSetting::password>("password"),
    reference_setting<&TaxiiSetting::token>("token"),
    text_setting<&TaxiiSetting::ca_file>("ca_file"),
    Setting<TaxiiSetting>{"taxii", "collections", &read_collections,
                          [](const TaxiiSetting& s) { return show_texts(s.collections); }},
    Setting<TaxiiSetting>{"taxii", "interval", &read_interval,
                          [](const TaxiiSetting& s) { return show_duration(s.interval); }},
    number_setting<&TaxiiSetting::back_fill_days, 3650>("back_fill_days"),
    number_setting<&TaxiiSetting::confidence, 100>("confidence"),
};

}  // namespace

void read_taxii(const SettingNode& node, std::vector<TaxiiSetting>& all,
                const notify::EnvironmentLookup& environment, ProblemList& problems) {
  TaxiiSetting setting;
  read_members(*node.as_table(), "taxii", settings, setting, problems);
  const auto wrong = [&](const std::string& text) { problems.add(node.line, "[[taxii]] " + text); };
  if (setting.url.empty())
    wrong("needs url, the server's discovery, as in url = \"https://taxii.example.org/taxii2/\"");
  if (!setting.token.empty() && !setting.user.empty())
    wrong("has user and token: set user and password, or token");
  if (setting.user.empty() != setting.password.empty())
    wrong("user and password belong together: set both, or neither");
  for (const auto& [key, reference] :
       {std::pair{"password", &setting.password}, {"token", &setting.token}})
    if (!reference->empty())
      if (const auto found = notify::resolve_secret(*reference, environment); !found)
        wrong(fmt::format("{}: {}", key, found.error().message));
  if (setting.name.empty()) setting.name = "TAXII";
  if (std::ranges::find(all, setting.name, &TaxiiSetting::name) != all.end())
    wrong(fmt::format("name: \"{}\" is taken by another one", setting.name));
  if (all.size() >= taxiis_max) return wrong(fmt::format("there are more than {}", taxiis_max));
  all.push_back(std::move(setting));
}

std::string show_taxii(const TaxiiSetting& setting) {
  return "\n[[taxii]]\n" + show_members(settings, setting);
}

std::vector<std::string> taxii_setting_names() {
  return names_of(settings);
}

}  // namespace vedette::app
