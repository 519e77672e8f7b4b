#include "app/detections_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "app/identity_setting.h"
#include "app/json_setting.h"
#include "base/json.h"
#include "detect/identity/rule_stories.h"
#include "server/members.h"

namespace vedette::app {
namespace {

namespace identity = detect::identity;
using base::JsonWriter;
using Changes = DetectionSettings::Changes;
using Refusal = server::DetectionDesk::Refusal;
using Settings = identity::IdentitySettings;

constexpr int days_usual = 7, days_most = 30;

void append_texts(JsonWriter& writer, const std::vector<std::string>& texts) {
  writer.begin_array();
  for (const auto& text : texts) writer.string(text);
  writer.end_array();
}

// The value of a setting that is no number.
void append_value(JsonWriter& writer, std::string_view key, const Settings& settings) {
  for (const auto& each : identity::switches())
    if (each.key == key) {
      writer.boolean(settings.*each.member);
      return;
    }
  for (const auto& each : identity::lists())
    if (each.key == key) return append_texts(writer, settings.*each.member);
  if (key == "zone") {
    writer.string(settings.zone);
    return;
  }
  append_texts(writer, texts_of(settings.exceptions));
}

// What holds now, what the file says, what would hold without it.
class SettingWriter {
 public:
  SettingWriter(JsonWriter& writer, const DetectionSettings& settings)
      : writer_(writer), settings_(settings), now_(settings.now()) {}

  void number(const identity::IdentityNumber& each) {
    begin(each.key, "number", each.meaning);
    writer_.member("unit", each.unit).key("least").number(std::int64_t{each.least});
    writer_.key("most").number(std::int64_t{each.most});
    const auto value = [&](std::string_view name, const Settings& of) {
      writer_.key(name).number(std::int64_t{of.*each.member});
    };
    value("default", Settings{});
    value("file", settings_.of_file());
    value("value", now_);
    writer_.end_object();
  }
  void other(std::string_view key, std::string_view kind, std::string_view form,
             std::string_view meaning) {
    begin(key, kind, meaning);
    writer_.member("form", form);
    const auto value = [&](std::string_view name, const Settings& of) {
      writer_.key(name);
      append_value(writer_, key, of);
    };
    value("default", Settings{});
    value("file", settings_.of_file());
    value("value", now_);
    writer_.end_object();
  }

 private:
  void begin(std::string_view key, std::string_view kind, std::string_view meaning) {
    writer_.begin_object().member("name", key).member("kind", kind).member("meaning", meaning);
    writer_.key("changed").boolean(settings_.is_changed(key));
  }

  JsonWriter& writer_;
  const DetectionSettings& settings_;
  const Settings now_;
};

void append_detectors(JsonWriter& writer) {
  writer.key("detectors").begin_array();
  for (const identity::RuleStory& story : identity::stories()) {
    writer.begin_object().member("name", identity::name_of(story.rule));
    writer.member("title", story.title).member("meaning", story.meaning);
    writer.key("settings").begin_array();
    for (const auto setting : story.settings)
      if (!setting.empty()) writer.string(setting);
    writer.end_array().end_object();
  }
  writer.end_array();
}

// The largest groups of the directory, for who writes working hours.
void append_groups(JsonWriter& writer, const model::TenantDirectory& directory) {
  constexpr std::size_t groups_most = 300;
  std::map<std::string_view, std::size_t> sizes;
  for (const auto& [id, identity] : directory.identities())
    for (const auto& group : identity.groups) ++sizes[group];
  std::vector<std::pair<std::string_view, std::size_t>> groups(sizes.begin(), sizes.end());
  std::ranges::stable_sort(groups, std::greater(),
                           &std::pair<std::string_view, std::size_t>::second);
  if (groups.size() > groups_most) groups.resize(groups_most);
  writer.key("groups").begin_array();
  for (const auto& [name, people] : groups)
    writer.begin_object()
        .member("name", name)
        .key("people")
        .number(std::uint64_t{people})
        .end_object();
  writer.end_array();
}

Refusal refusal(int status, std::string setting, std::string message) {
  return {status, {{std::move(setting), std::move(message)}}};
}

bool is_setting(std::string_view name) {
  const auto names = identity_setting_names();
  return std::ranges::find(names, "identity." + std::string(name)) != names.end();
}

// "settings": {name: value}; null: the file's again.
std::expected<Changes, Refusal> changes_of(const base::Json& body) {
  const auto* wanted = body["settings"].as_object();
  if (wanted == nullptr)
    return std::unexpected(refusal(422, "", "settings must be an object of names and values"));
  Changes changes;
  for (const auto& [name, value] : *wanted) {
    // Names become lines of a file.
    if (!is_setting(name))
      return std::unexpected(refusal(422, name, "there is no setting of that name"));
    if (value.is_null()) {
      changes[name] = std::nullopt;
      continue;
    }
    auto text = toml_of(value);
    if (!text)
      return std::unexpected(
          refusal(422, name, "must be a whole number, true or false, a text, or a list of texts"));
    changes[name] = std::move(*text);
  }
  return changes;
}

Refusal refusal_of(const DetectionSettings::Problems& problems) {
  Refusal refused;
  for (const auto& each : problems) refused.problems.push_back({each.setting, each.message});
  return refused;
}

std::string shown(std::string_view key, const Settings& settings) {
  for (const auto& each : identity::numbers())
    if (each.key == key) return std::to_string(settings.*each.member);
  JsonWriter writer;
  append_value(writer, key, settings);
  return writer.take();
}

// "failed_attempts 5 -> 4": for the audit log.
std::string difference(const Changes& changes, const Settings& before, const Settings& after) {
  std::string text;
  for (const auto& [name, value] : changes) {
    const std::string was = shown(name, before), is = shown(name, after);
    if (was != is) text += fmt::format("{}{} {} -> {}", text.empty() ? "" : "; ", name, was, is);
  }
  return text.empty() ? "nothing" : text;
}

void append_counts(JsonWriter& writer, const PreviewReport& report) {
  writer.key("rules").begin_array();
  for (const auto rule : identity::rule_names) {
    const auto count = [&](const std::map<std::string, int>& counts) {
      const auto found = counts.find(std::string(rule));
      return std::int64_t{found == counts.end() ? 0 : found->second};
    };
    writer.begin_object().member("rule", rule).key("now").number(count(report.now));
    writer.key("then").number(count(report.then)).end_object();
  }
  writer.end_array();
}

void append_alerts(JsonWriter& writer, std::string_view name,
                   const std::vector<PreviewedAlert>& alerts) {
  writer.key(name).begin_array();
  for (const auto& each : alerts) {
    writer.begin_object().member("rule", each.rule).member("title", each.title);
    server::append_time(writer, "time", each.time);
    writer.end_object();
  }
  writer.end_array();
}

void append_hours(JsonWriter& writer, const std::vector<PreviewedHours>& hours) {
  writer.key("hours").begin_array();
  for (const auto& each : hours) {
    writer.begin_object().member("who", each.who);
    writer.key("people").number(std::int64_t{each.people});
    writer.key("came").number(std::int64_t{each.came});
    writer.key("came_outside").number(std::int64_t{each.came_outside});
    writer.key("log_ins").number(std::int64_t{each.log_ins});
    writer.key("log_ins_outside").number(std::int64_t{each.log_ins_outside});
    writer.key("alerts").number(std::int64_t{each.alerts}).end_object();
  }
  writer.end_array();
}

}  // namespace

std::string DetectionsDesk::show() const {
  JsonWriter writer;
  writer.begin_object().key("version").number(settings_.version());
  append_detectors(writer);
  writer.key("settings").begin_array();
  SettingWriter settings(writer, settings_);
  for (const auto& each : identity::switches())
    settings.other(each.key, "switch", "", each.meaning);
  for (const auto& each : identity::lists())
    settings.other(each.key, "list", each.form, each.meaning);
  settings.other("zone", "text", "Europe/Berlin, or +05:30", identity::zone_meaning);
  settings.other("exceptions", "list", identity::exception_form, identity::exceptions_meaning);
  for (const auto& each : identity::numbers()) settings.number(each);
  writer.end_array();
  append_groups(writer, directory_ ? directory_() : model::TenantDirectory());
  writer.end_object();
  return writer.take() + "\n";
}

server::DetectionDesk::Answer DetectionsDesk::change(
    const base::Json& body,
    const std::function<base::Result<void>(std::string_view detail)>& note) {
  const auto changes = changes_of(body);
  if (!changes) return std::unexpected(changes.error());
  const auto* version = body["version"].as_integer();
  if (version == nullptr)
    return std::unexpected(refusal(422, "", "version must be the one that was looked at"));
  const auto changed = settings_.change(static_cast<std::uint64_t>(*version), *changes,
                                        [&](const Settings& before, const Settings& after) {
                                          return note(difference(*changes, before, after));
                                        });
  if (changed) return show();
  // Somebody else was quicker: what was looked at no longer holds.
  if (std::cmp_not_equal(*version, settings_.version()))
    return std::unexpected(refusal(409, "", changed.error().front().message));
  return std::unexpected(refusal_of(changed.error()));
}

std::stop_token DetectionsDesk::begin_preview() {
  const std::lock_guard lock(stop_mutex_);
  preview_stop_.request_stop();
  preview_stop_ = {};
  return preview_stop_.get_token();
}

void DetectionsDesk::end_preview() {
  const std::lock_guard lock(stop_mutex_);
  preview_stop_.request_stop();
}

server::DetectionDesk::Answer DetectionsDesk::preview(const base::Json& body) {
  const auto changes = changes_of(body);
  if (!changes) return std::unexpected(changes.error());
  const auto then = settings_.with(*changes);
  if (!then) return std::unexpected(refusal_of(then.error()));
  const auto* wanted = body["days"].as_integer();
  const auto days = wanted == nullptr
                        ? days_usual
                        : static_cast<int>(std::clamp<std::int64_t>(*wanted, 1, days_most));
  const std::stop_token stop = begin_preview();
  const std::lock_guard lock(preview_mutex_);
  const auto report = preview_.compare(settings_.now(), *then, days, stop);
  if (!report) {
    const bool is_ended = report.error().code == base::ErrorCode::cancelled;
    return std::unexpected(is_ended ? refusal(409, "", "the preview was ended")
                                    : refusal(503, "", report.error().message));
  }
  JsonWriter writer;
  writer.begin_object().key("days").number(std::int64_t{report->days});
  writer.key("learned_days").number(std::int64_t{report->learned_days});
  writer.key("events").number(report->events).key("is_cut").boolean(report->is_cut);
  server::append_time(writer, "first_event", report->first_event);
  append_counts(writer, *report);
  append_alerts(writer, "added", report->added);
  append_alerts(writer, "removed", report->removed);
  append_hours(writer, report->hours);
  writer.end_object();
  return writer.take() + "\n";
}

}  // namespace vedette::app
