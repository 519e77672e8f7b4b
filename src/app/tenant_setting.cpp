#include "app/tenant_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/http_text.h"
#include "net/web_address.h"

namespace vedette::app {
namespace {

constexpr std::array<std::string_view, 4> cloud_words{"global", "us-government", "us-defense",
                                                      "china"};
constexpr std::array<std::string_view, 6> sign_in_words{"secret",  "certificate", "workload",
                                                        "managed", "device",      "azure-cli"};
constexpr std::array<std::string_view, 2> algorithm_words{"PS256", "RS256"};
constexpr std::array<std::string_view, cloud_parts> part_words{
    "sign-ins", "audits", "risk", "identities", "activity", "sentinel", "log-analytics"};
constexpr std::array<std::string_view, 5> content_words{
    "Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"};
constexpr std::size_t tables_max = 64;
constexpr std::size_t tenants_max = 32;

bool is_name(std::string_view text, std::string_view others) {
  return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

template <auto Member>
void read_endpoint(const SettingValue& value, CloudSetting& cloud) {
  auto text = value.text();
  if (!text) return;
  while (text->ends_with('/')) text->pop_back();
  if (base::origin_of(*text).empty()) return value.problem("is no address; write https://HOST");
  if (!net::may_carry_secrets(*text))
    return value.problem("must begin with https://: tokens travel there");
  cloud.*Member = *text;
}

template <auto Member>
constexpr Setting<CloudSetting> endpoint(std::string_view key) {
  return {"cloud", key, &read_endpoint<Member>,
          [](const CloudSetting& cloud) { return toml_string(cloud.*Member); }};
}

constexpr std::array cloud_settings{
    Setting<CloudSetting>{
        "cloud", "name",
        [](const SettingValue& v, CloudSetting& c) { assign(c.cloud, v.choice(cloud_words)); },
        [](const CloudSetting& c) {
          return toml_string(cloud_words.at(static_cast<std::size_t>(c.cloud)));
        }},
    endpoint<&CloudSetting::authority>("authority"),
    endpoint<&CloudSetting::graph>("graph"),
    endpoint<&CloudSetting::arm>("arm"),
    endpoint<&CloudSetting::log_analytics>("log_analytics"),
    endpoint<&CloudSetting::management_activity>("management_activity"),
    endpoint<&CloudSetting::monitor>("monitor"),
    endpoint<&CloudSetting::threat_intelligence>("threat_intelligence"),
    Setting<CloudSetting>{
        "cloud", "ca_file",
        [](const SettingValue& v, CloudSetting& c) { assign(c.ca_file, v.text()); },
        [](const CloudSetting& c) { return toml_string(c.ca_file); }},
};

// A word that stands in an address.
template <auto Member>
void read_word(const SettingValue& value, TenantSetting& tenant) {
  const auto text = value.text();
  if (!text) return;
  if (!is_name(*text, "-._()"))
    return value.problem("may hold letters, digits and - . _ ( ), up to 100 of them");
  tenant.*Member = *text;
}

template <auto Member>
constexpr Setting<TenantSetting> word_setting(std::string_view key) {
  return {"tenant", key, &read_word<Member>,
          [](const TenantSetting& t) { return toml_string(t.*Member); }};
}

void read_secret(const SettingValue& value, TenantSetting& tenant) {
  const auto text = value.text();
  if (!text) return;
  if (!is_reference(*text)) return value.problem(std::string(no_secret_words));
  tenant.client_secret = *text;
}

void read_span(const SettingValue& value, base::Duration& span, base::Duration least,
               base::Duration most) {
  const auto read = value.duration();
  if (!read) return;
  if (*read < least || *read > most)
    return value.problem(fmt::format("must be from {} to {}", base::format_duration(least),
                                     base::format_duration(most)));
  span = *read;
}

void read_parts(const SettingValue& value, TenantSetting& tenant) {
  const auto texts = value.texts();
  if (!texts) return;
  tenant.collects.clear();
  for (const auto& text : *texts) {
    const auto found = std::ranges::find(part_words, text);
    if (found == part_words.end()) {
      value.problem(fmt::format("\"{}\" is nothing that can be collected; {}",
                                base::encode_terminal(text, 100),
                                advice(text, {part_words.begin(), part_words.end()})));
      continue;
    }
    tenant.collects.push_back(static_cast<CloudPart>(found - part_words.begin()));
  }
}

void read_activity(const SettingValue& value, TenantSetting& tenant) {
  const auto texts = value.texts();
  for (const auto& text : texts.value_or(std::vector<std::string>{}))
    if (std::ranges::find(content_words, text) == content_words.end())
      value.problem(fmt::format("\"{}\" is no content type; {}", base::encode_terminal(text, 100),
                                advice(text, {content_words.begin(), content_words.end()})));
  assign(tenant.activity, texts);
}

void read_tables(const SettingValue& value, TenantSetting& tenant) {
  const auto texts = value.texts();
  for (const auto& text : texts.value_or(std::vector<std::string>{}))
    if (!is_name(base::trim(std::string_view(text).substr(0, text.find('|'))), "_"))
      value.problem(
          fmt::format("\"{}\" does not begin with a table's name; write \"Syslog\" or "
                      "\"Syslog | where Facility == 'auth'\"",
                      base::encode_terminal(text, 100)));
  if (texts && texts->size() > tables_max)
    value.problem(fmt::format("names more than {} tables", tables_max));
  assign(tenant.tables, texts);
}

std::string show_parts(const TenantSetting& tenant) {
  std::vector<std::string> words;
  for (const CloudPart part : tenant.collects) words.emplace_back(name_of(part));
  return show_texts(words);
}

constexpr std::array tenant_settings{
    Setting<TenantSetting>{"tenant", "name",
                           [](const SettingValue& v, TenantSetting& t) {
                             const auto text = v.text();
                             if (text && !is_name(*text, "-._"))
                               return v.problem("may hold letters, digits and - . _");
                             assign(t.name, text);
                           },
                           [](const TenantSetting& t) { return toml_string(t.name); }},
    word_setting<&TenantSetting::id>("id"),
    word_setting<&TenantSetting::client_id>("client_id"),
    Setting<TenantSetting>{
        "tenant", "sign_in",
        [](const SettingValue& v, TenantSetting& t) { assign(t.sign_in, v.choice(sign_in_words)); },
        [](const TenantSetting& t) {
          return toml_string(sign_in_words.at(static_cast<std::size_t>(t.sign_in)));
        }},
    Setting<TenantSetting>{"tenant", "client_secret", &read_secret,
                           [](const TenantSetting& t) { return toml_string(t.client_secret); }},
    text_setting<&TenantSetting::certificate>("tenant", "certificate"),
    text_setting<&TenantSetting::key>("tenant", "key"),
    Setting<TenantSetting>{"tenant", "algorithm",
                           [](const SettingValue& v, TenantSetting& t) {
                             assign(t.algorithm, v.choice(algorithm_words));
                           },
                           [](const TenantSetting& t) {
                             return toml_string(
                                 algorithm_words.at(static_cast<std::size_t>(t.algorithm)));
                           }},
    text_setting<&TenantSetting::token_file>("tenant", "token_file"),
    Setting<TenantSetting>{"tenant", "collect", &read_parts, &show_parts},
    Setting<TenantSetting>{"tenant", "interval",
                           [](const SettingValue& v, TenantSetting& t) {
                             read_span(v, t.interval, base::Duration::seconds(30),
                                       base::Duration::hours(24));
                           },
                           [](const TenantSetting& t) { return show_duration(t.interval); }},
    Setting<TenantSetting>{"tenant", "overlap",
                           [](const SettingValue& v, TenantSetting& t) {
                             read_span(v, t.overlap, base::Duration::minutes(5),
                                       base::Duration::hours(24));
                           },
                           [](const TenantSetting& t) { return show_duration(t.overlap); }},
    Setting<TenantSetting>{"tenant", "back_fill_days",
                           [](const SettingValue& v, TenantSetting& t) {
                             assign(t.back_fill_days, v.integer(0, 365));
                           },
                           [](const TenantSetting& t) { return std::to_string(t.back_fill_days); }},
    Setting<TenantSetting>{"tenant", "activity", &read_activity,
                           [](const TenantSetting& t) { return show_texts(t.activity); }},
    word_setting<&TenantSetting::subscription>("subscription"),
    word_setting<&TenantSetting::resource_group>("resource_group"),
    word_setting<&TenantSetting::workspace>("workspace"),
    word_setting<&TenantSetting::workspace_id>("workspace_id"),
    Setting<TenantSetting>{"tenant", "tables", &read_tables,
                           [](const TenantSetting& t) { return show_texts(t.tables); }},
};

// What only makes sense together.
class TenantCheck {
 public:
  TenantCheck(const TenantSetting& tenant, std::size_t line, ProblemList& problems)
      : tenant_(tenant), line_(line), problems_(problems) {}

  void sign_in(const notify::EnvironmentLookup& environment) const {
    const auto needs = [&](const std::string& text, const char* words) {
      if (text.empty()) wrong(words);
    };
    const TenantSignIn way = tenant_.sign_in;
    if (way != TenantSignIn::managed && way != TenantSignIn::azure_cli) {
      needs(tenant_.id, "needs id, the tenant's GUID or a domain of it");
      needs(tenant_.client_id, "needs client_id, the app registration's application id");
    }
    if (way == TenantSignIn::certificate) {
      needs(tenant_.certificate, "needs certificate, a PEM file");
      needs(tenant_.key, "needs key, a PEM file");
    }
    if (way == TenantSignIn::workload)
      needs(tenant_.token_file, "needs token_file, where the platform puts the workload's token");
    if (way != TenantSignIn::secret) return;
    if (tenant_.client_secret.empty())
      return wrong("needs client_secret, as in \"env:VEDETTE_CLIENT_SECRET\", or another sign_in");
    if (const auto found = notify::resolve_secret(tenant_.client_secret, environment); !found)
      wrong("client_secret: " + found.error().message);
  }
  void parts() const {
    const bool has_place = !tenant_.subscription.empty() && !tenant_.resource_group.empty() &&
                           !tenant_.workspace.empty();
    if (tenant_.has(CloudPart::sentinel) && !has_place)
      wrong("needs subscription, resource_group and workspace to collect \"sentinel\"");
    if (tenant_.has(CloudPart::log_analytics) &&
        (tenant_.workspace_id.empty() || tenant_.tables.empty()))
      wrong("needs workspace_id and tables to collect \"log-analytics\"");
    if (tenant_.has(CloudPart::activity) && tenant_.id.empty())
      wrong("needs id, the tenant's GUID, to collect \"activity\"");
  }

 private:
  void wrong(const std::string& text) const { problems_.add(line_, "[[tenant]] " + text); }

  const TenantSetting& tenant_;
  const std::size_t line_;
  ProblemList& problems_;
};

}  // namespace

std::string_view name_of(CloudPart part) {
  return part_words.at(static_cast<std::size_t>(part));
}

bool TenantSetting::owns(std::string_view source) const {
  constexpr std::array<std::string_view, 4> services{"graph", "management-activity", "sentinel",
                                                     "log-analytics"};
  const auto end = source.find(':');
  if (std::ranges::find(services, source.substr(0, end)) == services.end()) return false;
  const auto rest = source.substr(std::min(source.size(), end + 1));
  return rest.starts_with(name) && rest.substr(name.size()).starts_with(':');
}

bool TenantSetting::has(CloudPart part) const {
  return std::ranges::find(collects, part) != collects.end();
}

cloud::Endpoints CloudSetting::endpoints() const {
  cloud::Endpoints e = cloud::endpoints_of(cloud);
  const auto put = [](std::string& address, const std::string& set) {
    if (!set.empty()) address = set;
  };
  put(e.authority, authority);
  put(e.graph.address, graph);
  put(e.arm.address, arm);
  put(e.log_analytics.address, log_analytics);
  put(e.management_activity.address, management_activity);
  put(e.monitor.address, monitor);
  put(e.threat_intelligence.address, threat_intelligence);
  if (e.management_activity.scope.empty() && !management_activity.empty())
    e.management_activity.scope = management_activity + "/.default";
  return e;
}

void read_cloud(const SettingNode& node, CloudSetting& cloud, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [cloud] in a line of its own, not cloud = ...");
  read_members(*node.as_table(), "cloud", cloud_settings, cloud, problems);
}

void read_tenant(const SettingNode& node, std::vector<TenantSetting>& tenants,
                 const notify::EnvironmentLookup& environment, ProblemList& problems) {
  TenantSetting tenant;
  read_members(*node.as_table(), "tenant", tenant_settings, tenant, problems);
  if (tenant.name.empty()) tenant.name = tenant.id;
  if (tenant.name.empty())
    return problems.add(node.line,
                        "[[tenant]] needs id, the tenant's GUID or a domain of it, or a "
                        "name that will stay");
  if (std::ranges::find(tenants, tenant.name, &TenantSetting::name) != tenants.end())
    return problems.add(node.line,
                        fmt::format("tenant.name: \"{}\" is taken by another tenant", tenant.name));
  if (tenants.size() >= tenants_max)
    return problems.add(node.line, fmt::format("there are more than {} tenants", tenants_max));
  const TenantCheck check(tenant, node.line, problems);
  check.sign_in(environment);
  check.parts();
  tenants.push_back(std::move(tenant));
}

std::string show_cloud(const CloudSetting& cloud) {
  return "\n[cloud]\n" + show_members(cloud_settings, cloud);
}

std::string show_tenant(const TenantSetting& tenant) {
  return "\n[[tenant]]\n" + show_members(tenant_settings, tenant);
}

std::vector<std::string> cloud_setting_names() {
  auto names = names_of(cloud_settings);
  for (auto& name : names_of(tenant_settings)) names.push_back(std::move(name));
  return names;
}

}  // namespace vedette::app
