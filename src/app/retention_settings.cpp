#include "app/retention_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/settings_file.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view head =
    "# What was changed on the page Settings of the web app. It wins over the settings file;\n"
    "# delete this file (and restart serve) to have the file's again.\n";

// Each number by its name: in the file, and in what is said of it.
struct DaysOf {
  const char* name;
  int Retention::* member;
};
constexpr std::array<DaysOf, 4> days{{{"store_days", &Retention::store_days},
                                      {"incidents_days", &Retention::incidents_days},
                                      {"messages_days", &Retention::messages_days},
                                      {"journal_days", &Retention::journal_days}}};
struct BytesOf {
  const char* name;
  std::uint64_t Retention::* member;
};
constexpr std::array<BytesOf, 2> bytes{
    {{"store_bytes", &Retention::store_bytes}, {"journal_bytes", &Retention::journal_bytes}}};

bool is_table_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string file_text(const Retention& of) {
  std::string text = "[retention]\n";
  for (const auto& each : days) text += fmt::format("{} = {}\n", each.name, of.*each.member);
  for (const auto& each : bytes) text += fmt::format("{} = {}\n", each.name, of.*each.member);
  text += "[tables]\n";
  for (const auto& [name, count] : of.table_days) text += fmt::format("{} = {}\n", name, count);
  return text;
}

// A number that fits, or what was there.
template <typename T>
void assign_number(const SettingNode& node, T& into) {
  const auto* number = std::get_if<std::int64_t>(&node.value);
  if (number != nullptr && std::in_range<T>(*number)) into = static_cast<T>(*number);
}

}  // namespace

Retention retention_of(const Configuration& configuration) {
  return {configuration.store_keep_days,
          configuration.store_bytes_max,
          configuration.incidents_keep_days,
          configuration.messages_keep_days,
          configuration.journal_keep_days,
          configuration.journal_bytes_max,
          {}};
}

ports::RetentionPolicy policy_of(const Retention& retention) {
  ports::RetentionPolicy policy{base::Duration::hours(24 * std::int64_t{retention.store_days}),
                                retention.store_bytes};
  for (const auto& [name, count] : retention.table_days)
    if (count < retention.store_days)
      policy.tables[name] = base::Duration::hours(24 * std::int64_t{count});
  return policy;
}

std::string problem_with(const Retention& retention) {
  const auto is_wrong = [](int count) { return count < 1 || count > retention_days_max; };
  for (const auto& each : days)
    if (is_wrong(retention.*each.member))
      return fmt::format("{} must lie between 1 and {}", each.name, retention_days_max);
  if (retention.table_days.size() > retention_tables_max)
    return fmt::format("at most {} tables have days of their own", retention_tables_max);
  for (const auto& [name, count] : retention.table_days) {
    if (!is_table_name(name)) return "there is no table of that name";
    if (is_wrong(count))
      return fmt::format("the days of {} must lie between 1 and {}", name, retention_days_max);
  }
  return {};
}

RetentionSettings::RetentionSettings(Retention of_file, std::string path)
    : of_file_(std::move(of_file)), kept_(std::move(path), head), now_(of_file_) {}

Result<void> RetentionSettings::load() {
  const auto tree = VEDETTE_TRY(kept_.read());
  if (!tree) return {};  // nothing was changed yet
  Retention read = of_file_;
  for (const auto& [section, node] : *tree->as_table()) {
    const auto* table = node.as_table();
    if (table == nullptr) continue;
    for (const auto& [name, value] : *table) {
      if (section == "tables") assign_number(value, read.table_days[name]);
      if (section != "retention") continue;
      for (const auto& each : days)
        if (name == each.name) assign_number(value, read.*each.member);
      for (const auto& each : bytes)
        if (name == each.name) assign_number(value, read.*each.member);
    }
  }
  if (const std::string problem = problem_with(read); !problem.empty())
    return kept_.malformed(problem);
  const std::lock_guard lock(mutex_);
  now_ = std::move(read);
  return {};
}

Retention RetentionSettings::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

bool RetentionSettings::is_news() const {
  const std::lock_guard lock(mutex_);
  return obeyed_ != kept_.version();
}

Retention RetentionSettings::take() {
  const std::lock_guard lock(mutex_);
  obeyed_ = kept_.version();
  return now_;
}

Result<void> RetentionSettings::change(
    std::uint64_t version, const Retention& wanted,
    const std::function<Result<void>(const Retention& before)>& note) {
  if (const std::string problem = problem_with(wanted); !problem.empty())
    return base::failure(ErrorCode::invalid_argument, problem);
  const std::lock_guard lock(mutex_);
  VEDETTE_TRY_VOID(kept_.replace(version, file_text(wanted), [&] { return note(now_); }));
  now_ = wanted;
  return {};
}

}  // namespace vedette::app
