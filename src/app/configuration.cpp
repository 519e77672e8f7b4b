#include "app/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <optional>

#include "app/http_setting.h"
#include "app/identity_setting.h"
#include "app/policy_files.h"
#include "app/setting.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "base/loopback.h"
#include "base/text.h"
#include "base/time_zone.h"
#include "detect/allow_list.h"
#include "net/external_reader.h"

namespace vedette::app {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;
constexpr const char* system_file = "/etc/vedette/vedette.toml";

constexpr std::array<std::string_view, 4> level_words{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 3> tls_words{"auto", "on", "off"};
constexpr std::array<std::string_view, 2> format_words{"text", "json"};
constexpr std::array<std::string_view, 2> read_words{"new", "all"};
constexpr std::array<std::string_view, 2> file_format_words{"log", "windows"};
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

constexpr std::array file_settings{
    Setting<FileSetting>{"file", "path",
                         [](const SettingValue& v, FileSetting& f) { assign(f.path, v.text()); },
                         [](const FileSetting& f) { return toml_string(f.path); }},
    Setting<FileSetting>{
        "file", "read",
        [](const SettingValue& v, FileSetting& f) {
          if (const auto word = v.choice(read_words)) f.from_start = *word == 1;
        },
        [](const FileSetting& f) { return toml_string(read_words.at(f.from_start ? 1 : 0)); }},
    Setting<FileSetting>{"file", "format",
                         [](const SettingValue& v, FileSetting& f) {
                           if (const auto word = v.choice(file_format_words))
                             f.is_windows = *word == 1;
                         },
                         [](const FileSetting& f) {
                           return toml_string(file_format_words.at(f.is_windows ? 1 : 0));
                         }},
};

// Reads one file: its sections, then what only makes sense together.
class Reader {
 public:
  Reader(Configuration& configuration, ProblemList& problems,
         const notify::EnvironmentLookup& environment)
      : configuration_(configuration), problems_(problems), environment_(environment) {}

  void read(const SettingNode::Table& root);

 private:
  void read_section(const std::string& name, const SettingNode& node);
  void read_elements(const std::string& name, const SettingNode& node,
                     void (Reader::*read_one)(const SettingNode&));
  void read_file(const SettingNode& node);
  void read_journal(const SettingNode& node);
  void read_syslog(const SettingNode& node);
  void read_tenant(const SettingNode& node);
  void read_channel(const SettingNode& node);
  void read_templates();
  void read_policies();
  void check_mail();
  void check_http();
  void check_detection(const SettingNode::Table& root);
  void add_problem(const SettingNode::Table& root, std::string_view section, std::string text);

  Configuration& configuration_;
  ProblemList& problems_;
  const notify::EnvironmentLookup& environment_;
};

std::vector<std::string_view> section_names() {
  std::vector<std::string_view> names{"file",   "channel",    "systemd_journal", "syslog",
                                      "smtp",   "graph_mail", "cloud",           "tenant",
                                      "ingest", "identity",   "respond",         "intel"};
  for (const auto& setting : settings)
    if (std::ranges::find(names, setting.section) == names.end()) names.push_back(setting.section);
  return names;
}

void Reader::read(const SettingNode::Table& root) {
  for (const auto& [name, node] : root) {
    if (name == "file")
      read_elements(name, node, &Reader::read_file);
    else if (name == "channel")
      read_elements(name, node, &Reader::read_channel);
    else if (name == "smtp")
      read_mail_server(node, configuration_.mail_server, environment_, problems_);
    else if (name == "graph_mail")
      read_graph_mail(node, configuration_.graph_mail, problems_);
    else if (name == "cloud")
      read_cloud(node, configuration_.cloud, problems_);
    else if (name == "tenant" && node.as_table() != nullptr)
      read_tenant(node);
    else if (name == "tenant")
      read_elements(name, node, &Reader::read_tenant);
    else if (name == "identity")
      read_identity(node, configuration_.identity, problems_);
    else if (name == "respond")
      read_respond(node, configuration_.respond, problems_);
    else if (name == "intel")
      read_intel(node, configuration_.intel, problems_);
    else if (name == "ingest")
      read_ingest(node, configuration_.ingest, environment_, problems_);
    else if (name == "syslog")
      read_elements(name, node, &Reader::read_syslog);
    else if (name == "systemd_journal")
      read_elements(name, node, &Reader::read_journal);
    else
      read_section(name, node);
  }
  check_detection(root);
  check_channels(configuration_.channels, problems_);
  check_mail();
  check_http();
  check_respond(configuration_.respond, configuration_.tenants, environment_, problems_);
  read_templates();
  read_policies();
}

void Reader::read_section(const std::string& name, const SettingNode& node) {
  const auto names = section_names();
  if (std::ranges::find(names, name) == names.end()) {
    problems_.add(node.line, fmt::format("there is no section [{}]; {}",
                                         base::encode_terminal(name, 100), advice(name, names)));
  } else if (const auto* table = node.as_table()) {
    read_members(*table, name, settings, configuration_, problems_);
  } else {
    problems_.add(node.line, fmt::format("write [{0}] in a line of its own, not {0} = ...", name));
  }
}

void Reader::read_elements(const std::string& name, const SettingNode& node,
                           void (Reader::*read_one)(const SettingNode&)) {
  const auto* array = std::get_if<SettingNode::Array>(&node.value);
  const bool tables = array != nullptr && std::ranges::all_of(*array, [](const SettingNode& each) {
                        return each.as_table() != nullptr;
                      });
  if (!tables)
    return problems_.add(node.line, fmt::format("write [[{}]], with two brackets: there may be "
                                                "several",
                                                name));
  for (const auto& element : *array) (this->*read_one)(element);
}

void Reader::read_file(const SettingNode& node) {
  FileSetting file;
  read_members(*node.as_table(), "file", file_settings, file, problems_);
  if (file.path.empty())
    return problems_.add(node.line, "[[file]] needs a path, as in path = \"/var/log/auth.log\"");
  configuration_.files.push_back(std::move(file));
}

void Reader::read_journal(const SettingNode& node) {
  app::read_journal(node, configuration_.journals, problems_);
}

void Reader::read_syslog(const SettingNode& node) {
  app::read_syslog(node, configuration_.syslog, problems_);
}

void Reader::read_tenant(const SettingNode& node) {
  app::read_tenant(node, configuration_.tenants, environment_, problems_);
}

void Reader::read_channel(const SettingNode& node) {
  app::read_channel(node, configuration_.channels, environment_, problems_);
}

void Reader::read_templates() {
  if (configuration_.templates_folder.empty()) return;
  auto loaded = notify::MessageTemplates::load(configuration_.templates_folder);
  if (!loaded) return problems_.add(0, "notify.templates: " + loaded.error().message);
  configuration_.templates = std::move(*loaded);
}

// They are read again by who keeps them.
void Reader::read_policies() {
  const auto read = load_policies(configuration_.policies_folder);
  if (!read) return problems_.add(0, "policies.folder: " + read.error().message);
  std::vector<std::string_view> names;
  for (const auto& channel : configuration_.channels) names.push_back(channel.name);
  for (const auto& file : *read)
    for (const auto& name : file.policy.all_channels())
      if (std::ranges::find(names, name) == names.end())
        problems_.add(0, fmt::format("{}: there is no [[channel]] \"{}\"; {}", file.shown,
                                     base::encode_terminal(name, 100),
                                     names.empty() ? "write one" : advice(name, names)));
}

// The server and the tenants may stand behind the channels in the file.
void Reader::check_http() {
  const Configuration& c = configuration_;
  if (c.http_certificate.empty() != c.http_key.empty())
    problems_.add(0, "[http] certificate and key belong together: set both, or neither");
  if (c.http_tls == HttpTls::off && !base::is_loopback(c.http_address) && c.http_proxies.empty())
    problems_.add(0,
                  "[http] tls = \"off\" needs an address on loopback, or the web server in front "
                  "that speaks TLS in [http] proxies");
}

void Reader::check_mail() {
  const bool has_server = !configuration_.mail_server.host.empty();
  const bool has_graph = !configuration_.graph_mail.tenant.empty();
  if (has_server && has_graph)
    problems_.add(0, "mails go through [smtp] or through [graph_mail]; set one of them");
  const bool has_channel = std::ranges::any_of(configuration_.channels, &ChannelSetting::is_mail);
  if (!has_server && !has_graph && (has_channel || !configuration_.audit_mail_to.empty()))
    problems_.add(0, fmt::format("{} needs [smtp] with host and from, or [graph_mail] with tenant "
                                 "and from",
                                 has_channel ? "a channel of kind \"mail\"" : "audit.mail_to"));
  for (const auto& [section, tenant] :
       {std::pair<const char*, std::string>{"smtp", configuration_.mail_server.tenant},
        {"graph_mail", configuration_.graph_mail.tenant}}) {
    const auto& tenants = configuration_.tenants;
    if (tenant.empty() || std::ranges::find(tenants, tenant, &TenantSetting::name) != tenants.end())
      continue;
    std::vector<std::string_view> names;
    for (const auto& each : tenants) names.push_back(each.name);
    problems_.add(0,
                  fmt::format("{}.tenant: there is no [[tenant]] \"{}\"; {}", section,
                              base::encode_terminal(tenant, 100),
                              names.empty() ? "write one with that name" : advice(tenant, names)));
  }
}

// Limits between settings: the detectors' own check, which calls them as `watch` does.
void Reader::check_detection(const SettingNode::Table& root) {
  auto checked = detect::check(configuration_.detection);
  if (checked) checked = detect::check(configuration_.privileges);
  if (!checked) return add_problem(root, "detect", checked.error().message);
  checked = detect::windows::check(configuration_.windows);
  if (!checked) add_problem(root, "windows", checked.error().message);
}

// At the line of the setting that the text begins with.
void Reader::add_problem(const SettingNode::Table& root, std::string_view section,
                         std::string text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '-', '_');
  std::size_t line = 0;
  for (const auto& [name, node] : root) {
    if (name != section || node.as_table() == nullptr) continue;
    line = node.line;
    for (const auto& [key, value] : *node.as_table())
      if (key == std::string_view(text).substr(0, end)) line = value.line;
  }
  problems_.add(line, fmt::format("{}.{}", section, text));
}

}  // namespace

bool Configuration::speaks_tls() const {
  if (http_tls != HttpTls::automatic) return http_tls == HttpTls::on;
  return !http_certificate.empty() || !(base::is_loopback(http_address) || in_container);
}

Configuration::Configuration() : http_address(*base::parse_ip("127.0.0.1")) {}

std::expected<Configuration, ConfigurationProblems> read_configuration(
    std::string_view text, const std::string& file_name,
    const notify::EnvironmentLookup& environment) {
  Configuration configuration;
  ProblemList problems(base::encode_terminal(file_name));
  if (const auto root = parse_settings(text, problems))
    Reader(configuration, problems, environment).read(*root->as_table());
  if (!problems.empty()) return std::unexpected(problems.take());
  return configuration;
}

std::expected<Configuration, ConfigurationProblems> load_configuration(
    const std::filesystem::path& path, const notify::EnvironmentLookup& environment) {
  if (path.empty()) return Configuration();
  const auto text = base::read_file(path, file_bytes_max);
  if (!text) return std::unexpected(ConfigurationProblems{text.error().message});
  return read_configuration(*text, path.string(), environment);
}

std::string show_configuration(const Configuration& configuration) {
  std::string text;
  std::string_view section;
  for (const auto& setting : settings) {
    if (setting.section != section)
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", setting.section);
    section = setting.section;
    const std::string value = setting.show(configuration);
    text += fmt::format("{}{} = {}\n", value == "\"\"" ? "# " : "", setting.key, value);
  }
  text += show_identity(configuration.identity);
  for (const auto& file : configuration.files) {
    text += "\n[[file]]\n";
    for (const auto& setting : file_settings)
      text += fmt::format("{} = {}\n", setting.key, setting.show(file));
  }
  for (const auto& journal : configuration.journals) text += show_journal(journal);
  for (const auto& door : configuration.syslog) text += show_syslog(door);
  if (!configuration.tenants.empty()) text += show_cloud(configuration.cloud);
  for (const auto& tenant : configuration.tenants) text += show_tenant(tenant);
  text += show_respond(configuration.respond);
  text += show_intel(configuration.intel);
  text += show_ingest(configuration.ingest);
  for (const auto& channel : configuration.channels) text += show_channel(channel);
  text += show_mail_server(configuration.mail_server);
  text += show_graph_mail(configuration.graph_mail);
  return text;
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  for (const auto& setting : settings) names.push_back(setting.name());
  for (const auto& setting : file_settings) names.push_back(setting.name());
  for (const auto& part : {channel_setting_names(), journal_setting_names(), syslog_setting_names(),
                           ingest_setting_names(), cloud_setting_names(), identity_setting_names(),
                           respond_setting_names(), intel_setting_names()})
    names.insert(names.end(), part.begin(), part.end());
  for (const auto& name : mail_server_setting_names()) names.push_back(name);
  return names;
}

std::filesystem::path find_configuration_file() {
  std::error_code ignored;
  return std::filesystem::exists(system_file, ignored) ? system_file : "";
}

}  // namespace vedette::app
