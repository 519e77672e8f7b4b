#include "app/configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/configuration_table.h"
#include "app/hunt_schedule.h"
#include "app/identity_setting.h"
#include "app/policy_files.h"
#include "app/setting.h"
#include "app/settings_merge.h"
#include "app/vault_secrets.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "base/loopback.h"

namespace vedette::app {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;
constexpr const char* system_file = "/etc/vedette/vedette.toml";

constexpr std::array<std::string_view, 2> read_words{"new", "all"};
constexpr std::array<std::string_view, 2> file_format_words{"log", "windows"};

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
  Reader(Configuration& configuration, ProblemList& problems, const SettingNode::Table& root,
         const notify::EnvironmentLookup& environment)
      : configuration_(configuration), problems_(problems), environment_(configuration.secrets) {
    configuration.secrets = with_vaults(cloud_of(root), environment);
  }

  void read(const SettingNode::Table& root);

 private:
  // By which vaults are reached, wherever it stands in the file.
  static CloudSetting cloud_of(const SettingNode::Table& root);
  void read_section(const std::string& name, const SettingNode& node);
  void read_elements(const std::string& name, const SettingNode& node,
                     void (Reader::*read_one)(const SettingNode&));
  void read_file(const SettingNode& node);
  void read_journal(const SettingNode& node);
  void read_syslog(const SettingNode& node);
  void read_tenant(const SettingNode& node);
  void read_misp(const SettingNode& node);
  void read_feed(const SettingNode& node);
  void read_pull(const SettingNode& node);
  void read_taxii(const SettingNode& node);
  void read_push(const SettingNode& node);
  void read_channel(const SettingNode& node);
  void read_workspace(const SettingNode& node);
  void read_scheduled_hunt(const SettingNode& node);
  void read_adx(const SettingNode& node);
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

CloudSetting Reader::cloud_of(const SettingNode::Table& root) {
  CloudSetting cloud;
  ProblemList told_later("");
  for (const auto& [name, node] : root)
    if (name == "cloud") read_cloud(node, cloud, told_later);
  return cloud;
}

std::vector<std::string_view> section_names() {
  std::vector<std::string_view> names{
      "file",      "channel", "systemd_journal", "syslog",   "smtp",    "graph_mail",
      "cloud",     "tenant",  "ingest",          "identity", "respond", "intel",
      "workspace", "adx",     "scheduled_hunt",  "misp",     "feed",    "pull",
      "push",      "taxii"};
  for (const auto& setting : plain_settings())
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
    else if (name == "misp")
      read_elements(name, node, &Reader::read_misp);
    else if (name == "feed")
      read_elements(name, node, &Reader::read_feed);
    else if (name == "pull")
      read_elements(name, node, &Reader::read_pull);
    else if (name == "taxii")
      read_elements(name, node, &Reader::read_taxii);
    else if (name == "push")
      read_elements(name, node, &Reader::read_push);
    else if (name == "ingest")
      read_ingest(node, configuration_.ingest, environment_, problems_);
    else if (name == "syslog")
      read_elements(name, node, &Reader::read_syslog);
    else if (name == "workspace")
      read_elements(name, node, &Reader::read_workspace);
    else if (name == "scheduled_hunt")
      read_elements(name, node, &Reader::read_scheduled_hunt);
    else if (name == "adx")
      read_elements(name, node, &Reader::read_adx);
    else if (name == "systemd_journal")
      read_elements(name, node, &Reader::read_journal);
    else
      read_section(name, node);
  }
  check_detection(root);
  check_channels(configuration_.channels, problems_);
  check_mail();
  check_http();
  check_remotes(configuration_, problems_);
  check_pulls(configuration_, problems_);
  check_pushes(configuration_.pushes, configuration_.tenants, problems_);
  check_respond(configuration_.respond, configuration_.tenants, environment_, problems_);
  read_templates();
  read_policies();
  if (const auto planned = planned_hunts(configuration_); !planned)
    problems_.add(0, "scheduled hunts: " + planned.error().message);
}

void Reader::read_section(const std::string& name, const SettingNode& node) {
  const auto names = section_names();
  if (std::ranges::find(names, name) == names.end()) {
    problems_.add(node.line, fmt::format("there is no section [{}]; {}",
                                         base::encode_terminal(name, 100), advice(name, names)));
  } else if (const auto* table = node.as_table()) {
    read_members(*table, name, plain_settings(), configuration_, problems_);
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

void Reader::read_misp(const SettingNode& node) {
  app::read_misp(node, configuration_.misps, environment_, problems_);
}

void Reader::read_feed(const SettingNode& node) {
  app::read_feed(node, configuration_.feeds, problems_);
}

void Reader::read_pull(const SettingNode& node) {
  app::read_pull(node, configuration_.pulls, problems_);
}

void Reader::read_taxii(const SettingNode& node) {
  app::read_taxii(node, configuration_.taxiis, environment_, problems_);
}

void Reader::read_push(const SettingNode& node) {
  app::read_push(node, configuration_.pushes, problems_);
}

void Reader::read_channel(const SettingNode& node) {
  app::read_channel(node, configuration_.channels, environment_, problems_);
}

void Reader::read_workspace(const SettingNode& node) {
  app::read_workspace(node, configuration_.remotes, problems_);
}

void Reader::read_scheduled_hunt(const SettingNode& node) {
  app::read_scheduled_hunt(node, configuration_.scheduled_hunts, problems_);
}

void Reader::read_adx(const SettingNode& node) {
  app::read_adx(node, configuration_.remotes, problems_);
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

// Where their messages go is what somebody wrote into a page.
void mark_channels_of_pages(const SettingNode& tables, std::vector<ChannelSetting>& channels) {
  for (const auto& [part, node] : *tables.as_table()) {
    const auto* list = std::get_if<SettingNode::Array>(&node.value);
    if (part != "channel" || list == nullptr) continue;
    for (const auto& each : *list)
      for (const auto& [key, value] : *each.as_table())
        for (auto& channel : channels)
          if (const auto* name = std::get_if<std::string>(&value.value);
              key == "name" && name != nullptr && channel.name == *name)
            channel.is_of_page = true;
  }
}

}  // namespace

bool Configuration::speaks_tls() const {
  if (http_tls != HttpTls::automatic) return http_tls == HttpTls::on;
  return !http_certificate.empty() || !(base::is_loopback(http_address) || in_container);
}

void Configuration::take_doors_of(const Configuration& other) {
  http_enabled = other.http_enabled;
  http_address = other.http_address;
  http_port = other.http_port;
  in_container = other.in_container;
  http_hosts = other.http_hosts;
  http_tls = other.http_tls;
  http_certificate = other.http_certificate;
  http_key = other.http_key;
  http_proxies = other.http_proxies;
  second_factor_for = other.second_factor_for;
  http_public_url = other.http_public_url;
  log_level = other.log_level;
  log_format = other.log_format;
}

Configuration::Configuration() : http_address(*base::parse_ip("127.0.0.1")) {}

std::expected<Configuration, ConfigurationProblems> read_configuration(
    std::string_view text, const std::string& file_name,
    const notify::EnvironmentLookup& environment, const std::string& tables) {
  Configuration configuration;
  ProblemList problems(base::encode_terminal(file_name));
  const auto root = parse_settings(text, problems);
  if (root) Reader(configuration, problems, *root->as_table(), environment).read(*root->as_table());
  if (!problems.empty()) return std::unexpected(problems.take());
  if (tables.empty()) return configuration;
  // The file is well by itself, so what is wrong now is due to these.
  Configuration whole;
  ProblemList wrong("connections.toml");
  if (auto over = parse_settings(tables, wrong)) {
    const SettingNode merged = merged_settings(*root, *over);
    Reader(whole, wrong, *merged.as_table(), environment).read(*merged.as_table());
    mark_channels_of_pages(*over, whole.channels);
  }
  if (!wrong.empty()) return std::unexpected(wrong.take());
  whole.tables = tables;
  return whole;
}

std::expected<Configuration, ConfigurationProblems> load_configuration(
    const std::filesystem::path& path, const notify::EnvironmentLookup& environment,
    const std::string& tables) {
  if (path.empty()) return read_configuration("", "no file", environment, tables);
  const auto text = base::read_file(path, file_bytes_max);
  if (!text) return std::unexpected(ConfigurationProblems{text.error().message});
  return read_configuration(*text, path.string(), environment, tables);
}

std::string show_configuration(const Configuration& configuration) {
  std::string text;
  std::string_view section;
  for (const auto& setting : plain_settings()) {
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
  if (!configuration.tenants.empty() || !configuration.remotes.empty() ||
      !configuration.pushes.empty())
    text += show_cloud(configuration.cloud);
  for (const auto& tenant : configuration.tenants) text += show_tenant(tenant);
  for (const auto& remote : configuration.remotes) text += show_remote(remote);
  for (const auto& hunt : configuration.scheduled_hunts) text += show_scheduled_hunt(hunt);
  text += show_respond(configuration.respond);
  text += show_intel(configuration.intel);
  for (const auto& misp : configuration.misps) text += show_misp(misp);
  for (const auto& feed : configuration.feeds) text += show_feed(feed);
  for (const auto& pull : configuration.pulls) text += show_pull(pull);
  for (const auto& taxii : configuration.taxiis) text += show_taxii(taxii);
  for (const auto& push : configuration.pushes) text += show_push(push);
  text += show_ingest(configuration.ingest);
  for (const auto& channel : configuration.channels) text += show_channel(channel);
  text += show_mail_server(configuration.mail_server);
  text += show_graph_mail(configuration.graph_mail);
  return text;
}

std::vector<ShownSetting> settings_of(std::string_view section,
                                      const Configuration& configuration) {
  std::vector<ShownSetting> shown;
  for (const auto& setting : plain_settings())
    if (setting.section == section) shown.push_back({setting.key, setting.show(configuration)});
  return shown;
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  for (const auto& setting : plain_settings()) names.push_back(setting.name());
  for (const auto& setting : file_settings) names.push_back(setting.name());
  for (const auto& part :
       {channel_setting_names(), journal_setting_names(), syslog_setting_names(),
        ingest_setting_names(), cloud_setting_names(), identity_setting_names(),
        respond_setting_names(), intel_setting_names(), remote_setting_names(),
        scheduled_hunt_setting_names(), misp_setting_names(), feed_setting_names(),
        pull_setting_names(), push_setting_names(), taxii_setting_names()})
    names.insert(names.end(), part.begin(), part.end());
  for (const auto& name : mail_server_setting_names()) names.push_back(name);
  return names;
}

std::filesystem::path find_configuration_file() {
  std::error_code ignored;
  return std::filesystem::exists(system_file, ignored) ? system_file : "";
}

}  // namespace vedette::app
