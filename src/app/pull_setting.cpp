#include "app/pull_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/configuration.h"
#include "app/setting.h"
#include "base/limits.h"
#include "kql/catalogue/schema_catalogue.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr std::size_t pulls_max = 100, name_bytes_max = 100, keys_max = 16;

bool is_column(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ' ' || c == '-';
  });
}

template <auto Member>
constexpr Setting<PullSetting> text_setting(std::string_view key) {
  return {"pull", key,
          [](const SettingValue& value, PullSetting& s) { assign(s.*Member, value.text()); },
          [](const PullSetting& s) { return toml_string(s.*Member); }};
}

void read_name(const SettingValue& value, PullSetting& setting) {
  const auto text = value.text();
  const bool is_word = text && !text->empty() && text->size() <= name_bytes_max &&
                       std::ranges::all_of(*text, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                       });
  if (text && !is_word) return value.problem("must be small letters, digits and dashes");
  assign(setting.name, text);
}

void read_query(const SettingValue& value, PullSetting& setting) {
  const auto text = value.text();
  if (!text) return;
  const std::string_view query = base::trim(*text);
  if (query.empty() || query.starts_with('.') || query.size() > base::limits::query_bytes_max)
    return value.problem("must be a KQL query that gives rows");
  setting.query = *text;
}

void read_time(const SettingValue& value, PullSetting& setting) {
  const auto text = value.text();
  if (text && !is_column(*text)) return value.problem("must be the name of a column");
  assign(setting.time, text);
}

void read_keys(const SettingValue& value, PullSetting& setting) {
  const auto texts = value.texts();
  if (texts && (texts->size() > keys_max || !std::ranges::all_of(*texts, is_column)))
    return value.problem("must be names of columns, as in [\"UserPrincipalName\"]");
  assign(setting.keys, texts);
}

template <auto Member, int LeastMinutes>
constexpr Setting<PullSetting> span_setting(std::string_view key) {
  return {"pull", key,
          [](const SettingValue& value, PullSetting& s) {
            const auto span = value.duration();
            if (span && (*span < Duration::minutes(LeastMinutes) || *span > Duration::hours(24)))
              return value.problem(
                  fmt::format("must be from {} to 24h", LeastMinutes == 0 ? "0s" : "1m"));
            assign(s.*Member, span);
          },
          [](const PullSetting& s) { return show_duration(s.*Member); }};
}

constexpr std::array settings{
    Setting<PullSetting>{"pull", "name", &read_name,
                         [](const PullSetting& s) { return toml_string(s.name); }},
    text_setting<&PullSetting::on>("on"),
    Setting<PullSetting>{"pull", "query", &read_query,
                         [](const PullSetting& s) { return toml_string(s.query); }},
    text_setting<&PullSetting::into>("into"),
    Setting<PullSetting>{"pull", "time", &read_time,
                         [](const PullSetting& s) { return toml_string(s.time); }},
    Setting<PullSetting>{"pull", "keys", &read_keys,
                         [](const PullSetting& s) { return show_texts(s.keys); }},
    span_setting<&PullSetting::every, 1>("every"),
    span_setting<&PullSetting::overlap, 0>("overlap"),
    Setting<PullSetting>{"pull", "back_fill_days",
                         [](const SettingValue& value, PullSetting& s) {
                           assign(s.back_fill_days, value.integer(0, 365));
                         },
                         [](const PullSetting& s) { return std::to_string(s.back_fill_days); }},
};

}  // namespace

void read_pull(const SettingNode& node, std::vector<PullSetting>& pulls, ProblemList& problems) {
  PullSetting setting;
  read_members(*node.as_table(), "pull", settings, setting, problems);
  if (setting.name.empty() || setting.on.empty() || setting.query.empty() || setting.into.empty())
    return problems.add(node.line,
                        "[[pull]] needs name, on (workspace:NAME or adx:NAME), query, and into, a "
                        "table here");
  if (std::ranges::find(pulls, setting.name, &PullSetting::name) != pulls.end())
    return problems.add(node.line, fmt::format("pull.name: \"{}\" is taken", setting.name));
  if (pulls.size() >= pulls_max)
    return problems.add(node.line, fmt::format("there are more than {} of [[pull]]", pulls_max));
  pulls.push_back(std::move(setting));
}

void check_pulls(const Configuration& configuration, ProblemList& problems) {
  if (configuration.pulls.empty()) return;
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  for (const PullSetting& pull : configuration.pulls) {
    if (const auto remote = find_remote(configuration, pull.on); !remote)
      problems.add(0, fmt::format("pull {}: on: {}", pull.name, remote.error().message));
    const bool is_own = pull.into.starts_with("Vedette");
    const bool is_custom = pull.into.ends_with("_CL") && is_column(pull.into);
    if (!is_own && (is_custom || catalogue.table(pull.into) != nullptr)) continue;
    problems.add(0, fmt::format("pull {}: into: {}", pull.name,
                                is_own ? "Vedette's own tables are not written from elsewhere"
                                       : fmt::format("there is no table \"{}\"; {}",
                                                     base::encode_terminal(pull.into, 100),
                                                     "name one of Log Analytics, or your own with "
                                                     "a name that ends in _CL")));
  }
}

std::string show_pull(const PullSetting& pull) {
  return "\n[[pull]]\n" + show_members(settings, pull);
}

std::vector<std::string> pull_setting_names() {
  return names_of(settings);
}

}  // namespace vedette::app
