#include "app/connections_desk.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/channel_trial.h"
#include "app/environment.h"
#include "app/json_setting.h"
#include "app/private_file.h"
#include "app/tenant_doctor.h"
#include "base/text.h"
#include "collect/find_logs.h"
#include "collect/path_walk.h"
#include "model/alert.h"
#include "notify/mail_text.h"

namespace vedette::app {
namespace {

using base::JsonWriter;
using server::SettingsAnswer;
using server::SettingsRefusal;

std::unexpected<SettingsRefusal> refused(int status, std::string message) {
  return std::unexpected(SettingsRefusal{status, {{"", std::move(message)}}});
}

// "connections.toml: channel.to: name from 1 ..." as the setting "to" and the rest.
SettingsRefusal refusal_of(const ConfigurationProblems& problems, const ConnectionChange& change) {
  SettingsRefusal refusal;
  for (std::string text : problems) {
    constexpr std::string_view file = "connections.toml: ";
    if (text.starts_with(file)) text.erase(0, file.size());
    std::string setting;
    for (const auto& key : keys_of_part(change.part)) {
      const std::string name = fmt::format("{}.{}", change.part, key.key);
      if (!text.starts_with(name) || text.size() <= name.size()) continue;
      if (text[name.size()] != ':' && text[name.size()] != ' ') continue;
      setting = key.key;
      text = base::trim(std::string_view(text).substr(name.size() + 1));
    }
    refusal.problems.push_back({std::move(setting), std::move(text)});
  }
  return refusal;
}

std::expected<ConnectionChange, SettingsRefusal> change_of(const base::Json& body) {
  ConnectionChange change{body["part"].text(), body["name"].text(), false, {}, {}};
  const auto keys = keys_of_part(change.part);
  if (keys.empty()) return refused(422, "there is no such part");
  const auto* settings = body["settings"].as_object();
  change.is_removal = settings == nullptr;
  if (settings == nullptr) return change;
  for (const auto& [name, value] : *settings) {
    const auto known = std::ranges::find(keys, name, &ConnectionKey::key);
    if (known == keys.end()) return refused(422, "a page does not set " + name);
    if (known->is_secret) {
      if (value.as_string() == nullptr) return refused(422, name + " must be a text");
      change.secrets[name] = base::Secret(*value.as_string());
      continue;
    }
    auto text = toml_of(value);
    if (!text) return refused(422, name + " must be a number, a truth, a text or a list of texts");
    change.settings[name] = std::move(*text);
  }
  return change;
}

void append_page_rows(JsonWriter& writer, const std::vector<Connection>& all) {
  for (const auto& each : all) {
    writer.begin_object().member("part", each.part).member("name", each.name);
    writer.key("of_page").boolean(true).member("text", "");
    writer.key("settings").begin_object();
    // As TOML writes these it is JSON, too; the page reads each by itself.
    for (const auto& [key, value] : each.settings) writer.member(key, value);
    writer.end_object().key("secrets").begin_array();
    for (const auto& [key, file] : each.secrets) writer.string(key);
    writer.end_array().end_object();
  }
}

// What the settings file says, which a page does not change.
void append_file_rows(JsonWriter& writer, const std::vector<Connection>& of_pages,
                      const Configuration& c) {
  const auto row = [&](std::string_view part, const std::string& name, const std::string& text) {
    const bool is_of_page = std::ranges::any_of(of_pages, [&](const Connection& each) {
      const bool is_mail = each.name.empty() && name.empty();
      return is_mail || (each.part == part && each.name == name);
    });
    if (is_of_page) return;
    writer.begin_object().member("part", part).member("name", name);
    writer.key("of_page").boolean(false).member("text", text);
    writer.key("settings").begin_object().end_object();
    writer.key("secrets").begin_array().end_array().end_object();
  };
  if (!c.mail_server.host.empty())
    row("smtp", "", fmt::format("{} through {}", c.mail_server.from, c.mail_server.host));
  if (!c.graph_mail.tenant.empty())
    row("graph_mail", "", fmt::format("{} through {}", c.graph_mail.from, c.graph_mail.tenant));
  for (const auto& channel : c.channels)
    row("channel", channel.name, channel.kind() + ": " + where_of(channel, c));
  for (const auto& tenant : c.tenants) row("tenant", tenant.name, tenant.id);
  for (const auto& file : c.files) row("file", file.path, "");
}

// Others are nobody's business here.
bool is_followed(const std::string& path, const Configuration& configuration) {
  const auto& named = configuration.files;
  if (named.empty()) {
    const auto found = collect::find_logs().readable;
    return std::ranges::find(found, path) != found.end();
  }
  return std::ranges::any_of(named, [&](const FileSetting& each) {
    collect::PathWalk walk;
    collect::walk_target(each.path, walk);
    return each.path == path || std::ranges::find(walk.paths, path) != walk.paths.end();
  });
}

std::string files_json(const std::string& path) {
  JsonWriter writer;
  writer.begin_object().key("files").begin_array();
  collect::PathWalk walk;
  collect::walk_target(path, walk);
  for (const auto& found : walk.paths) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(found, error);
    writer.begin_object().member("path", found).key("bytes").number(error ? 0 : bytes);
    writer.key("is_readable").boolean(::access(found.c_str(), R_OK) == 0).end_object();
  }
  writer.end_array().end_object();
  return writer.take() + "\n";
}

}  // namespace

std::string ConnectionsDesk::show() {
  const auto all = settings_.all();
  JsonWriter writer;
  writer.begin_object().key("version").number(settings_.version());
  writer.key("can_change").boolean(control_ != nullptr && !is_simulated());
  writer.key("is_simulated").boolean(is_simulated());
  writer.key("holds").boolean(is_simulated() || settings_.tables() == ground_.configuration.tables);
  writer.key("rows").begin_array();
  append_page_rows(writer, all);
  if (!is_simulated()) append_file_rows(writer, all, ground_.configuration);
  writer.end_array().end_object();
  return writer.take() + "\n";
}

std::string ConnectionsDesk::show_host_detections() {
  const auto all = settings_.all();
  const auto file = control_ == nullptr || is_simulated()
                        ? std::expected<Configuration, ConfigurationProblems>(Configuration())
                        : control_->read_with({}, environment_variable);
  const Configuration usual;
  JsonWriter writer;
  writer.begin_object().key("version").number(settings_.version());
  writer.key("can_change").boolean(control_ != nullptr && !is_simulated());
  writer.key("rows").begin_array();
  for (const std::string_view part : {"detect", "windows"}) {
    const auto now = settings_of(part, ground_.configuration);
    const auto of_file = settings_of(part, file.value_or(usual));
    const auto defaults = settings_of(part, usual);
    const auto kept = std::ranges::find(all, part, &Connection::part);
    for (const auto& key : keys_of_part(part)) {
      const auto text = [&](const std::vector<ShownSetting>& from) {
        return std::ranges::find(from, key.key, &ShownSetting::key)->value;
      };
      writer.begin_object().member("part", part).member("name", key.key);
      writer.key("changed").boolean(kept != all.end() && kept->settings.contains(key.key));
      writer.member("value", text(now)).member("file", text(of_file));
      writer.member("default", text(defaults)).end_object();
    }
  }
  writer.end_array().end_object();
  return writer.take() + "\n";
}

SettingsAnswer ConnectionsDesk::change(const base::Json& body, const server::DeskNote& note) {
  if (control_ == nullptr || is_simulated())
    return refused(409, "what is shown is simulated; end that first");
  const auto wanted = change_of(body);
  if (!wanted) return std::unexpected(wanted.error());
  const auto* version = body["version"].as_integer();
  if (version == nullptr) return refused(422, "version must be the one that was looked at");
  const bool is_old = std::cmp_not_equal(*version, settings_.version());
  const auto changed = settings_.change(static_cast<std::uint64_t>(*version), *wanted, [&] {
    std::string detail = wanted->is_removal ? "removed" : "";
    for (const auto& [key, value] : wanted->settings)
      detail += fmt::format("{} = {}; ", key, value);
    for (const auto& [key, secret] : wanted->secrets)
      detail += fmt::format("{} {}; ", key, secret.empty() ? "taken away" : "set");
    return note("connection.change", wanted->part + " " + wanted->name, detail);
  });
  if (!changed && is_old) return refused(409, changed.error().front());
  if (!changed) return std::unexpected(refusal_of(changed.error(), *wanted));
  control_->begin_again();
  return show();
}

base::Result<std::string> ConnectionsDesk::run_test(const ConnectionChange& change,
                                                    const ConnectionSettings::Trial& trial,
                                                    const std::string& to,
                                                    const server::DeskNote& note) {
  const SignInWorld world{
      ground_.clock, ground_.random, trial.environment, ground_.data_folder, {}};
  if (change.part == "file") {
    if (!is_followed(change.name, trial.configuration))
      return base::failure(base::ErrorCode::not_found, "no such file is followed");
    return files_json(change.name);
  }
  if (change.part == "tenant") {
    const auto& tenants = trial.configuration.tenants;
    const auto tenant = std::ranges::find(tenants, change.name, &TenantSetting::name);
    if (tenant == tenants.end())
      return base::failure(base::ErrorCode::not_found, "there is no tenant of that name");
    VEDETTE_TRY_VOID(note("tenant.test", "tenant " + change.name, ""));
    JsonWriter writer;
    writer.begin_object();
    append_findings(writer,
                    VEDETTE_TRY(examine_tenant(*tenant, trial.configuration, world, stop_)));
    return writer.end_object().take() + "\n";
  }
  ChannelSetting channel;
  if (change.part == "channel") {
    const auto* found = find_channel(trial.configuration, change.name);
    if (found == nullptr)
      return base::failure(base::ErrorCode::not_found, "there is no channel of that name");
    channel = *found;
  } else {
    channel.to = {to};
  }
  const std::string id = "vedette_test_" + model::format_id(ground_.random.next());
  VEDETTE_TRY_VOID(note("channel.test", change.part + " " + change.name, id));
  return trial_json(VEDETTE_TRY(send_test(channel, trial.configuration, world, id)));
}

SettingsAnswer ConnectionsDesk::test(const base::Json& body, const server::DeskNote& note) {
  const auto wanted = change_of(body);
  if (!wanted) return std::unexpected(wanted.error());
  const std::string to = body["to"].text();
  const bool is_mail = wanted->part == "smtp" || wanted->part == "graph_mail";
  if (is_mail && !notify::is_mail_address(to))
    return std::unexpected(SettingsRefusal{422, {{"to", "is no mail address"}}});
  // Without settings: as it is now.
  const auto trial = wanted->is_removal
                         ? ConnectionSettings::Trial{ground_.configuration, environment_variable}
                         : settings_.try_out(*wanted);
  if (!trial) return std::unexpected(refusal_of(trial.error(), *wanted));
  const std::unique_lock alone(test_mutex_, std::try_to_lock);
  if (!alone) return refused(429, "another test is running; wait for it");
  const auto told = run_test(*wanted, *trial, to, note);
  if (!told) return refused(422, told.error().message);
  return *told;
}

SettingsAnswer ConnectionsDesk::simulate(bool is_wanted, const server::DeskNote& note) {
  if (control_ == nullptr) return refused(409, "this is a demo already");
  if (is_wanted == is_simulated()) return show();
  const auto noted = note(is_wanted ? "simulation.begin" : "simulation.end", "simulated data", "");
  if (!noted) return refused(503, noted.error().message);
  const std::string mark = control_->home.simulated_mark();
  std::error_code error;
  if (!is_wanted && !std::filesystem::remove(mark, error) && error)
    return refused(503, fmt::format("cannot delete {}: {}", mark, error.message()));
  if (is_wanted)
    if (const auto set = write_private_file(mark, "on\n"); !set)
      return refused(503, set.error().message);
  control_->begin_again();
  return show();
}

}  // namespace vedette::app
