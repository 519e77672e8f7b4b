#include "app/configuration_table.h"

#include <array>

#include "app/configuration.h"
#include "app/http_setting.h"
#include "base/time_zone.h"
#include "detect/allow_list.h"
#include "net/external_reader.h"

namespace vedette::app {
namespace {

constexpr std::array<std::string_view, 4> level_words{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 3> tls_words{"auto", "on", "off"};
constexpr std::array<std::string_view, 2> format_words{"text", "json"};
constexpr std::array<std::string_view, 3> link_words{"off", "log-in", "anybody"};

// Settings of a part of the configuration that is a detector's own.
template <auto Part, auto Member>
constexpr Setting<Configuration> number_of(std::string_view section, std::string_view key) {
  return {section, key,
          [](const SettingValue& value, Configuration& c) {
            assign(c.*Part.*Member, value.integer(0, 100'000));
          },
          [](const Configuration& c) { return std::to_string(c.*Part.*Member); }};
}

template <auto Part, auto Member>
constexpr Setting<Configuration> span_of(std::string_view section, std::string_view key) {
  return {section, key,
          [](const SettingValue& value, Configuration& c) {
            assign(c.*Part.*Member, value.duration());
          },
          [](const Configuration& c) { return show_duration(c.*Part.*Member); }};
}

template <auto Part, auto Member>
constexpr Setting<Configuration> switch_of(std::string_view section, std::string_view key) {
  return {
      section, key,
      [](const SettingValue& value, Configuration& c) { assign(c.*Part.*Member, value.boolean()); },
      [](const Configuration& c) { return std::string(c.*Part.*Member ? "true" : "false"); }};
}

constexpr auto detection = &Configuration::detection;
constexpr auto privileges = &Configuration::privileges;
constexpr auto windows = &Configuration::windows;

template <auto Member>
constexpr Setting<Configuration> list_of_texts(std::string_view section, std::string_view key) {
  return {section, key,
          [](const SettingValue& value, Configuration& c) { assign(c.*Member, value.texts()); },
          [](const Configuration& c) { return show_texts(c.*Member); }};
}

template <auto Member>
constexpr Setting<Configuration> size(std::string_view section, std::string_view key) {
  return {section, key,
          [](const SettingValue& value, Configuration& c) { assign(c.*Member, value.bytes()); },
          [](const Configuration& c) { return std::to_string(c.*Member); }};
}

template <auto Member>
constexpr Setting<Configuration> days(std::string_view section, std::string_view key) {
  return {section, key,
          [](const SettingValue& value, Configuration& c) {
            assign(c.*Member, value.integer(1, 36'500));
          },
          [](const Configuration& c) { return std::to_string(c.*Member); }};
}

void read_zone(const SettingValue& value, Configuration& c) {
  const auto text = value.text();
  if (!text) return;
  if (const auto zone = base::TimeZone::find(*text); !zone)
    return value.problem(zone.error().message);
  c.zone = *text;
}

void read_allow(const SettingValue& value, Configuration& c) {
  const auto texts = value.texts();
  for (const auto& text : texts.value_or(std::vector<std::string>{}))
    if (const auto entry = detect::parse_allow_entry(text); !entry)
      value.problem(entry.error().message);
  assign(c.allow, texts);
}

void read_hunt_hosts(const SettingValue& value, Configuration& c) {
  const auto texts = value.texts();
  for (const auto& text : texts.value_or(std::vector<std::string>{}))
    if (const auto host = net::parse_allowed_host(text); !host) value.problem(host.error().message);
  assign(c.hunt_hosts, texts);
}

constexpr std::array settings{
    Setting<Configuration>{
        "data", "folder",
        [](const SettingValue& v, Configuration& c) { assign(c.data_folder, v.text()); },
        [](const Configuration& c) { return toml_string(c.data_folder.string()); }},
    days<&Configuration::journal_keep_days>("journal", "keep_days"),
    size<&Configuration::journal_bytes_max>("journal", "bytes_max"),
    days<&Configuration::store_keep_days>("store", "keep_days"),
    size<&Configuration::store_bytes_max>("store", "bytes_max"),
    days<&Configuration::incidents_keep_days>("incidents", "keep_days"),
    days<&Configuration::messages_keep_days>("incidents", "messages_keep_days"),
    Setting<Configuration>{"incidents", "write_back",
                           [](const SettingValue& v, Configuration& c) {
                             assign(c.incidents_write_back, v.boolean());
                           },
                           [](const Configuration& c) {
                             return std::string(c.incidents_write_back ? "true" : "false");
                           }},
    size<&Configuration::room_reserve_bytes>("room", "reserve"),
    Setting<Configuration>{"normalise", "zone", read_zone,
                           [](const Configuration& c) { return toml_string(c.zone); }},
    list_of_texts<&Configuration::place_databases>("enrich", "places"),
    number_of<detection, &detect::LoginSettings::attempts>("detect", "threshold"),
    span_of<detection, &detect::LoginSettings::window>("detect", "window"),
    number_of<detection, &detect::LoginSettings::spray_users>("detect", "spray_users"),
    span_of<detection, &detect::LoginSettings::spray_window>("detect", "spray_window"),
    number_of<detection, &detect::LoginSettings::user_attempts>("detect", "user_attempts"),
    number_of<detection, &detect::LoginSettings::user_addresses>("detect", "user_addresses"),
    span_of<detection, &detect::LoginSettings::user_window>("detect", "user_window"),
    number_of<detection, &detect::LoginSettings::network_attempts>("detect", "network_attempts"),
    number_of<detection, &detect::LoginSettings::network_addresses>("detect", "network_addresses"),
    span_of<detection, &detect::LoginSettings::network_window>("detect", "network_window"),
    span_of<detection, &detect::LoginSettings::success_lookback>("detect", "success_lookback"),
    number_of<detection, &detect::LoginSettings::success_failures>("detect", "success_failures"),
    span_of<detection, &detect::LoginSettings::quiet>("detect", "quiet_time"),
    span_of<detection, &detect::LoginSettings::update_interval>("detect", "update_interval"),
    span_of<detection, &detect::LoginSettings::lateness>("detect", "lateness"),
    Setting<Configuration>{"detect", "allow", read_allow,
                           [](const Configuration& c) { return show_texts(c.allow); }},
    list_of_texts<&Configuration::allow_files>("detect", "allow_files"),
    switch_of<privileges, &detect::PrivilegeSettings::new_users>("detect", "new_users"),
    switch_of<privileges, &detect::PrivilegeSettings::root_logins>("detect", "root_logins"),
    span_of<privileges, &detect::PrivilegeSettings::root_again>("detect", "root_again"),
    Setting<Configuration>{
        "detect", "administrator_groups",
        [](const SettingValue& v, Configuration& c) {
          assign(c.privileges.administrator_groups, v.texts());
        },
        [](const Configuration& c) { return show_texts(c.privileges.administrator_groups); }},
    span_of<windows, &detect::windows::WindowsSettings::rdp_again>("windows", "rdp_again"),
    span_of<windows, &detect::windows::WindowsSettings::remember>("windows", "remember"),
    span_of<windows, &detect::windows::WindowsSettings::learning>("windows", "learning"),
    number_of<windows, &detect::windows::WindowsSettings::failures>("windows", "failures"),
    span_of<windows, &detect::windows::WindowsSettings::lookback>("windows", "lookback"),
    number_of<windows, &detect::windows::WindowsSettings::lock_outs>("windows", "lock_outs"),
    span_of<windows, &detect::windows::WindowsSettings::lock_out_window>("windows",
                                                                         "lock_out_window"),
    switch_of<windows, &detect::windows::WindowsSettings::explicit_credentials>(
        "windows", "explicit_credentials"),
    switch_of<windows, &detect::windows::WindowsSettings::log_cleared>("windows", "log_cleared"),
    Setting<Configuration>{
        "notify", "ca_file",
        [](const SettingValue& v, Configuration& c) { assign(c.ca_file, v.text()); },
        [](const Configuration& c) { return toml_string(c.ca_file); }},
    Setting<Configuration>{
        "notify", "templates",
        [](const SettingValue& v, Configuration& c) { assign(c.templates_folder, v.text()); },
        [](const Configuration& c) { return toml_string(c.templates_folder); }},
    Setting<Configuration>{
        "policies", "folder",
        [](const SettingValue& v, Configuration& c) { assign(c.policies_folder, v.text()); },
        [](const Configuration& c) { return toml_string(c.policies_folder); }},
    Setting<Configuration>{"policies", "acknowledge_by_link",
                           [](const SettingValue& v, Configuration& c) {
                             assign(c.acknowledge_by_link, v.choice(link_words));
                           },
                           [](const Configuration& c) {
                             return toml_string(
                                 link_words.at(static_cast<std::size_t>(c.acknowledge_by_link)));
                           }},
    Setting<Configuration>{
        "http", "enabled",
        [](const SettingValue& v, Configuration& c) { assign(c.http_enabled, v.boolean()); },
        [](const Configuration& c) { return std::string(c.http_enabled ? "true" : "false"); }},
    Setting<Configuration>{
        "http", "address",
        [](const SettingValue& v, Configuration& c) { assign(c.http_address, any_address(v)); },
        [](const Configuration& c) { return toml_string(base::format_ip(c.http_address)); }},
    Setting<Configuration>{
        "http", "port",
        [](const SettingValue& v, Configuration& c) { assign(c.http_port, v.integer(0, 65'535)); },
        [](const Configuration& c) { return std::to_string(c.http_port); }},
    list_of_texts<&Configuration::http_hosts>("http", "hosts"),
    Setting<Configuration>{"http", "public_url", read_public_url,
                           [](const Configuration& c) { return toml_string(c.http_public_url); }},
    Setting<Configuration>{
        "http", "tls",
        [](const SettingValue& v, Configuration& c) { assign(c.http_tls, v.choice(tls_words)); },
        [](const Configuration& c) {
          return toml_string(tls_words.at(static_cast<std::size_t>(c.http_tls)));
        }},
    Setting<Configuration>{
        "http", "certificate",
        [](const SettingValue& v, Configuration& c) { assign(c.http_certificate, v.text()); },
        [](const Configuration& c) { return toml_string(c.http_certificate); }},
    Setting<Configuration>{
        "http", "key",
        [](const SettingValue& v, Configuration& c) { assign(c.http_key, v.text()); },
        [](const Configuration& c) { return toml_string(c.http_key); }},
    Setting<Configuration>{"http", "proxies", read_proxies,
                           [](const Configuration& c) { return show_proxies(c); }},
    Setting<Configuration>{"http", "second_factor_for", read_roles,
                           [](const Configuration& c) { return show_roles(c.second_factor_for); }},
    Setting<Configuration>{"hunt", "hosts", read_hunt_hosts,
                           [](const Configuration& c) { return show_texts(c.hunt_hosts); }},
    Setting<Configuration>{
        "hunt", "folder",
        [](const SettingValue& v, Configuration& c) { assign(c.hunts_folder, v.text()); },
        [](const Configuration& c) { return toml_string(c.hunts_folder); }},
    Setting<Configuration>{
        "hunt", "functions",
        [](const SettingValue& v, Configuration& c) { assign(c.functions_folder, v.text()); },
        [](const Configuration& c) { return toml_string(c.functions_folder); }},
    Setting<Configuration>{"audit", "mail_to", read_audit_address,
                           [](const Configuration& c) { return toml_string(c.audit_mail_to); }},
    Setting<Configuration>{
        "log", "level",
        [](const SettingValue& v, Configuration& c) { assign(c.log_level, v.choice(level_words)); },
        [](const Configuration& c) {
          return toml_string(level_words.at(static_cast<std::size_t>(c.log_level)));
        }},
    Setting<Configuration>{"log", "format",
                           [](const SettingValue& v, Configuration& c) {
                             assign(c.log_format, v.choice(format_words));
                           },
                           [](const Configuration& c) {
                             return toml_string(
                                 format_words.at(static_cast<std::size_t>(c.log_format)));
                           }},
};

}  // namespace

std::span<const Setting<Configuration>> plain_settings() {
  return settings;
}

}  // namespace vedette::app
