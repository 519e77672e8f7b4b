// Owns: `vedette doctor`: what works of what is set up, what does not, and what to do about it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/configuration.h"
#include "app/connection_settings.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "app/signals.h"
#include "app/tenant_doctor.h"
#include "base/encode.h"
#include "base/json.h"
#include "net/system_random.h"

namespace vedette::app {
namespace {

using collect::cloud::Finding;
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
    out.begin_object().member("name", tenant.tenant);
    append_findings(out, tenant.findings);
    out.end_object();
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
        examine_tenant(setting, configuration, {clock, random, configuration.secrets, data, tell},
                       signals.token());
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
  const auto configuration = load_whole_configuration(file, options.data, environment_variable);
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
