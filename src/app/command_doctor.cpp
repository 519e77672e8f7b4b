// Owns: `vedette doctor`: what works of what is set up, what does not, and what to do about it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "app/cloud_sign_in.h"
#include "app/command.h"
#include "app/command_clock.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "app/signals.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/doctor.h"
#include "net/curl_client.h"
#include "net/system_random.h"

namespace vedette::app {
namespace {

using collect::cloud::Finding;
using collect::cloud::ServiceClient;
using collect::cloud::Verdict;

constexpr const char* description =
    "Look at every cloud tenant of the settings: what can be collected and done there, what not,\n"
    "and the missing permission, role or licence. Nothing is changed in the tenant.";
constexpr const char* footer =
    "Exit code: 0 all works, or is limited; 1 something is impossible, or could not be looked at.\n"
    "docs/guides/microsoft365.md says how an app is registered and what it needs.";

struct DoctorOptions {
  std::string configuration, data, format = "text";
  bool sign_in = false;
};

struct TenantFindings {
  std::string tenant;
  std::vector<Finding> findings;
};

// One tenant's services, each asked through a client of its own.
class TenantDoctor {
 public:
  TenantDoctor(const TenantSetting& tenant, const Configuration& configuration, ports::Clock& clock,
               ports::Random& random)
      : tenant_(tenant),
        cloud_(configuration.cloud),
        respond_(configuration.respond),
        clock_(clock),
        random_(random) {}

  base::Result<std::vector<Finding>> run(const std::filesystem::path& data,
                                         const cloud::TellPerson& tell,
                                         const std::stop_token& stop) {
    tokens_ = VEDETTE_TRY(
        make_access_tokens(tenant_, cloud_, {clock_, random_, environment_variable, data, tell}));
    const auto places = cloud_.endpoints();
    ServiceClient* graph = VEDETTE_TRY(client("Microsoft Graph", places.graph));
    collect::cloud::DoctorWorld world{*tokens_, clock_, *graph};
    world.tenant = tenant_.id;
    world.place = {tenant_.subscription, tenant_.resource_group, tenant_.workspace};
    world.workspace = tenant_.workspace_id;
    if (tenant_.has(CloudPart::activity) && !places.management_activity.address.empty())
      world.activity =
          VEDETTE_TRY(client("the Management Activity API", places.management_activity));
    if (tenant_.has(CloudPart::sentinel))
      world.sentinel = VEDETTE_TRY(client("Microsoft Sentinel", places.arm));
    if (tenant_.has(CloudPart::log_analytics)) {
      world.log_analytics = VEDETTE_TRY(client("Log Analytics", places.log_analytics));
      const std::string& first = tenant_.tables.front();
      world.table = base::trim(std::string_view(first).substr(0, first.find('|')));
    }
    if (respond_.tenant == tenant_.name && !respond_.client_id.empty()) {
      changing_ = VEDETTE_TRY(make_access_tokens(
          respond_.signing_in(tenant_), cloud_, {clock_, random_, environment_variable, data, {}}));
      world.changing = changing_.get();
    }
    return examine_tenant(world, stop);
  }

 private:
  base::Result<ServiceClient*> client(const char* name, const cloud::Service& service) {
    net::CurlSettings curl;
    curl.ca_file = cloud_.ca_file;
    http_.push_back(VEDETTE_TRY(net::CurlClient::create(std::move(curl))));
    // Graph's reports have the smallest quota.
    clients_.push_back(std::make_unique<ServiceClient>(
        collect::cloud::ServiceSettings{name, service.address, service.scope, {}}, *http_.back(),
        *tokens_, clock_));
    return clients_.back().get();
  }

  const TenantSetting& tenant_;
  const CloudSetting& cloud_;
  const RespondSetting& respond_;
  ports::Clock& clock_;
  ports::Random& random_;
  std::unique_ptr<ports::AccessTokens> tokens_, changing_;
  std::vector<std::unique_ptr<ports::HttpClient>> http_;
  std::vector<std::unique_ptr<ServiceClient>> clients_;
};

void print_table(const TenantFindings& tenant) {
  fmt::print("{}\n", base::encode_terminal(tenant.tenant, 100));
  for (const Finding& finding : tenant.findings) {
    fmt::print("  {:<10}  {}\n", name_of(finding.verdict), finding.feature);
    if (!finding.words.empty())
      fmt::print("              {}\n", base::encode_terminal(finding.words));
    if (!finding.remedy.empty())
      fmt::print("              -> {}\n", base::encode_terminal(finding.remedy));
  }
}

void print_json(const std::vector<TenantFindings>& tenants) {
  base::JsonWriter out;
  out.begin_object().key("tenants").begin_array();
  for (const auto& tenant : tenants) {
    out.begin_object().member("name", tenant.tenant).key("features").begin_array();
    for (const Finding& finding : tenant.findings)
      out.begin_object()
          .member("feature", finding.feature)
          .member("verdict", name_of(finding.verdict))
          .member("words", finding.words)
          .member("remedy", finding.remedy)
          .end_object();
    out.end_array().end_object();
  }
  out.end_array().end_object();
  fmt::print("{}\n", out.text());
}

bool is_impossible(const TenantFindings& tenant) {
  return std::ranges::any_of(tenant.findings, [](const Finding& finding) {
    return finding.verdict == Verdict::impossible;
  });
}

int examine(const Configuration& configuration, const DoctorOptions& options, ports::Clock& clock) {
  const StopOnSignals signals;
  net::SystemRandom random;
  std::filesystem::path data = options.data;
  if (data.empty()) data = configuration.data_folder;
  if (data.empty()) data = data_folder(std::nullopt).value_or("");
  cloud::TellPerson tell;
  if (options.sign_in)
    tell = [](const std::string& text) { fmt::print(stderr, "{}\n", base::encode_terminal(text)); };
  std::vector<TenantFindings> tenants;
  for (const auto& setting : configuration.tenants) {
    auto found =
        TenantDoctor(setting, configuration, clock, random).run(data, tell, signals.token());
    if (!found) {
      print_error(found.error().message);
      return exit_failed;
    }
    tenants.push_back({setting.name, std::move(*found)});
    if (options.format == "text") print_table(tenants.back());
  }
  if (options.format == "json") print_json(tenants);
  return std::ranges::any_of(tenants, is_impossible) ? exit_failed : exit_done;
}

}  // namespace

int run_doctor(Arguments arguments) {
  DoctorOptions options;
  CLI::App app(description, "vedette doctor");
  app.footer(footer);
  app.add_option("--config", options.configuration,
                 "settings (TOML) [/etc/vedette/vedette.toml, where it exists]")
      ->type_name("FILE");
  app.add_option("--data", options.data, "where everything is kept")->type_name("DIR");
  app.add_option("--format", options.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  app.add_flag("--sign-in", options.sign_in,
               "for sign_in = \"device\": sign in through a browser, and keep it for serve");
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  const auto clock = command_clock();
  if (!clock) {
    print_error(clock.error().message);
    return exit_failed;
  }
  const std::filesystem::path file = options.configuration.empty()
                                         ? find_configuration_file()
                                         : std::filesystem::path(options.configuration);
  const auto configuration = load_configuration(file, environment_variable);
  if (!configuration) {
    for (const auto& problem : configuration.error()) print_error(problem);
    return exit_usage;
  }
  if (configuration->tenants.empty()) {
    print_error("the settings name no [[tenant]]; docs/guides/microsoft365.md says how");
    return exit_usage;
  }
  return examine(*configuration, options, **clock);
}

}  // namespace vedette::app
