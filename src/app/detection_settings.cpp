#include "app/detection_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/identity_setting.h"
#include "app/setting.h"
#include "app/settings_file.h"
#include "base/text.h"

namespace vedette::app {
namespace {

constexpr std::string_view head =
    "# What was changed on the page Detections of the web app. It wins over the settings file;\n"
    "# delete a line (and restart serve) to have the file's again.\n";

// The setting that a text speaks of: "identity.alert_score must lie ...".
std::string setting_named(std::string_view text) {
  constexpr std::string_view section = "identity.";
  if (!text.starts_with(section)) return {};
  text.remove_prefix(section.size());
  const auto end =
      std::ranges::find_if(text, [](char c) { return c != '_' && (c < 'a' || c > 'z'); });
  return {text.begin(), end};
}

// "name:12: identity.x: wrong" without what only a file's reader needs. `kept` begins on line 2.
template <typename Kept>
DetectionSettings::Problem problem_of(std::string_view text, const Kept& kept) {
  text.remove_prefix(std::min(text.find(':') + 1, text.size()));
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto line = base::parse_unsigned(text.substr(0, colon)).value_or(0);
  text = base::trim(text.substr(std::min(colon + 1, text.size())));
  DetectionSettings::Problem problem{setting_named(text), {}};
  if (line >= 2 && line < kept.size() + 2)
    problem.setting = std::next(kept.begin(), static_cast<std::ptrdiff_t>(line - 2))->first;
  if (const std::string name = "identity." + problem.setting; text.starts_with(name)) {
    text = base::trim(text.substr(name.size()));
    if (text.starts_with(':')) text = base::trim(text.substr(1));
  }
  problem.message = text;
  return problem;
}

template <typename Kept>
std::string file_text(const Kept& kept) {
  std::string text = "[identity]\n";
  for (const auto& [setting, value] : kept) text += fmt::format("{} = {}\n", setting, value);
  return text;
}

}  // namespace

DetectionSettings::DetectionSettings(Settings of_file, std::string path)
    : of_file_(std::move(of_file)), file_(std::move(path), head), now_(of_file_) {}

std::expected<DetectionSettings::Settings, DetectionSettings::Problems> DetectionSettings::read(
    const Kept& kept) const {
  ProblemList problems("settings");
  Settings settings = of_file_;
  const auto tree = parse_settings(file_text(kept), problems);
  if (tree && tree->as_table() != nullptr)
    for (const auto& [name, node] : *tree->as_table()) read_identity(node, settings, problems);
  if (problems.empty()) return settings;
  Problems found;
  for (const auto& line : problems.take()) found.push_back(problem_of(line, kept));
  return std::unexpected(std::move(found));
}

base::Result<DetectionSettings::Problems> DetectionSettings::load() {
  const auto tree = VEDETTE_TRY(file_.read());
  if (!tree) return Problems{};  // no change yet
  Problems left_out;
  const std::lock_guard lock(mutex_);
  for (const auto& [section, node] : *tree->as_table()) {
    const auto* table = section == "identity" ? node.as_table() : nullptr;
    if (table == nullptr) continue;
    for (const auto& [setting, value] : *table) kept_[setting] = toml_value(value);
  }
  // One that another version wrote must not cost the others.
  for (auto settings = read(kept_); !settings; settings = read(kept_)) {
    Problem problem = settings.error().front();
    if (kept_.erase(problem.setting) == 0) kept_.clear();
    left_out.push_back(std::move(problem));
  }
  if (auto settings = read(kept_)) now_ = *std::move(settings);
  return left_out;
}

DetectionSettings::Settings DetectionSettings::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

std::optional<DetectionSettings::Settings> DetectionSettings::news(std::uint64_t& seen) const {
  if (file_.version() == seen) return std::nullopt;
  const std::lock_guard lock(mutex_);
  seen = file_.version();
  return now_;
}

bool DetectionSettings::is_changed(std::string_view setting) const {
  const std::lock_guard lock(mutex_);
  return kept_.contains(setting);
}

DetectionSettings::Kept DetectionSettings::merged(const Changes& changes) const {
  Kept kept = kept_;
  for (const auto& [setting, value] : changes) {
    if (value)
      kept[setting] = *value;
    else
      kept.erase(setting);
  }
  return kept;
}

std::expected<DetectionSettings::Settings, DetectionSettings::Problems> DetectionSettings::with(
    const Changes& changes) const {
  const std::lock_guard lock(mutex_);
  return read(merged(changes));
}

std::expected<void, DetectionSettings::Problems> DetectionSettings::change(
    std::uint64_t version, const Changes& changes,
    const std::function<base::Result<void>(const Settings& before, const Settings& after)>& note) {
  const std::lock_guard lock(mutex_);
  const auto refused = [](std::string text) {
    return std::unexpected(Problems{{"", std::move(text)}});
  };
  Kept kept = merged(changes);
  auto settings = read(kept);
  if (!settings) return std::unexpected(std::move(settings).error());
  const auto replaced =
      file_.replace(version, file_text(kept), [&] { return note(now_, *settings); });
  if (!replaced) return refused(replaced.error().message);
  kept_ = std::move(kept);
  now_ = *std::move(settings);
  return {};
}

}  // namespace vedette::app
