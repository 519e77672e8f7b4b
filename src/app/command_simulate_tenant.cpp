// Owns: `vedette simulate tenant`: the words, the listening, the truth beside it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>

#include "app/command_clock.h"
#include "app/command_simulate_tenant.h"
#include "app/signals.h"
#include "app/tenant_door.h"
#include "app/tenant_workspace.h"
#include "base/cloud_limits.h"
#include "base/file_text.h"
#include "base/text.h"
#include "net/http_receiver.h"
#include "net/system_clock.h"
#include "simulate/tenant/tenant.h"

namespace vedette::app {
namespace {

using base::Result;
namespace tenant = simulate::tenant;

constexpr const char* description =
    "Serve a Microsoft 365 tenant that does not exist: sign-in authority, Microsoft Graph, "
    "Sentinel,\n"
    "Log Analytics and the Management Activity API, on this machine alone. Its people work, "
    "travel\n"
    "and mistype; attackers come in every cycle. The same seed gives the same tenant. --truth "
    "writes\n"
    "which attacks it holds. docs/guides/simulate-tenant.md lists what it answers.";

constexpr const char* footer =
    "Examples:\n"
    "  vedette simulate tenant\n"
    "  vedette simulate tenant --people 500 --days 30 --port 8700 --truth truth.ndjson\n"
    "  vedette simulate tenant --licence free --without AuditLog.Read.All\n"
    "  vedette simulate tenant --fault throttle-seconds=3 --fault 503=2@/auditLogs/signIns\n"
    "  vedette simulate tenant --faults              list the faults\n\n"
    "Try it:\n"
    "  curl -s -d 'grant_type=client_credentials&client_id=CLIENT&client_secret=SECRET' \\\n"
    "       -d 'scope=https://graph.microsoft.com/.default' URL/TENANT/oauth2/v2.0/token";

struct TenantWords {
  tenant::TenantOptions options;
  std::uint16_t port = 0;
  double speed = 1;
  std::string licence = "p2", truth, certificate, federated_key, clock_offset;
  std::vector<std::string> faults, secrets;
  bool list_faults = false, no_quota = false;
};

std::optional<int> parse_words(Arguments arguments, TenantWords& words) {
  CLI::App app(description, "vedette simulate tenant");
  app.footer(footer);
  tenant::TenantOptions& options = words.options;
  app.add_option("--seed", options.seed, "the same seed gives the same tenant [1]")->type_name("N");
  app.add_option("--people", options.people, "how many accounts [150]")->type_name("N");
  app.add_option("--days", options.days, "days of history [30]")->type_name("N");
  app.add_option("--port", words.port, "the port on 127.0.0.1 [any free one]")->type_name("PORT");
  app.add_option("--speed", words.speed,
                 "its time runs so many times faster, tokens and quotas too [1]")
      ->type_name("N");
  app.add_option("--truth", words.truth, "write the attacks there, one JSON object a line")
      ->type_name("FILE");
  app.add_option("--attack-cycle", options.attack_cycle_hours,
                 "each kind of attack once in so many hours [168]")
      ->type_name("HOURS");
  app.add_option("--licence", words.licence, "free, p1 or p2 [p2]")->type_name("NAME");
  app.add_flag("--hybrid", options.hybrid, "accounts come from a directory on premises");
  app.add_option("--without", options.withheld_permissions,
                 "a permission that nobody consented to; may be repeated")
      ->type_name("PERMISSION");
  app.add_flag("!--no-arm-access", options.arm_access, "the app has no role in Azure");
  app.add_flag("!--no-workspace-access", options.workspace_access, "... nor in the workspace");
  app.add_option("--secret", words.secrets, "NAME=VALUE in its key vault; may be repeated")
      ->type_name("NAME=VALUE");
  app.add_flag("!--no-vault-access", options.vault_access, "the app may not read the key vault");
  app.add_flag("--no-quota", words.no_quota, "never throttle");
  app.add_option("--tenant-id", options.tenant_id, "the tenant's id")->type_name("GUID");
  app.add_option("--client-id", options.client_id, "the app's id")->type_name("GUID");
  app.add_option("--client-secret", options.client_secret, "the app's secret [simulated-secret]")
      ->type_name("TEXT");
  app.add_option("--certificate", words.certificate,
                 "PEM file: its owner may sign in with a signed assertion")
      ->type_name("FILE");
  app.add_option("--federated-key", words.federated_key,
                 "PEM file: the outside issuer's public key (workload identity)")
      ->type_name("FILE");
  app.add_option("--clock-offset", words.clock_offset, "the service's clock is so far ahead: 10m")
      ->type_name("TIME");
  app.add_option("--fault", words.faults, "NAME[=TIMES][@PART]: see --faults; may be repeated")
      ->type_name("NAME");
  app.add_flag("--faults", words.list_faults, "list the faults and end");
  return parse_arguments(app, arguments);
}

Result<tenant::TenantOptions> options_of(const TenantWords& words) {
  tenant::TenantOptions options = words.options;
  options.licence = VEDETTE_TRY(tenant::parse_licence(words.licence));
  options.quotas = !words.no_quota;
  if (!words.certificate.empty())
    options.certificate_pem =
        VEDETTE_TRY(base::read_file(words.certificate, base::limits::certificate_bytes_max));
  if (!words.federated_key.empty())
    options.federated_key_pem =
        VEDETTE_TRY(base::read_file(words.federated_key, base::limits::certificate_bytes_max));
  if (!words.clock_offset.empty()) {
    const auto offset = base::parse_duration(words.clock_offset);
    if (!offset)
      return base::failure(base::ErrorCode::invalid_argument,
                           "--clock-offset takes a span of time such as 10m");
    options.clock_offset = *offset;
  }
  for (const std::string& secret : words.secrets) {
    const auto equals = secret.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == secret.size())
      return base::failure(base::ErrorCode::invalid_argument, "--secret takes NAME=VALUE");
    options.vault_secrets.emplace_back(secret.substr(0, equals), secret.substr(equals + 1));
  }
  options.faults = VEDETTE_TRY(simulated_faults(words.faults, tenant::all_faults(), "tenant"));
  if (words.speed <= 0 || words.speed > 1'000'000)
    return base::failure(base::ErrorCode::invalid_argument,
                         "--speed takes a number above 0, at most 1,000,000");
  VEDETTE_TRY_VOID(tenant::check(options));
  return options;
}

void greet(const tenant::TenantOptions& options, std::uint16_t port, const std::string& truth) {
  const std::string url = tenant_url(port);
  fmt::print(
      "A simulated Microsoft 365 tenant of {} accounts with {} days of history listens on {}\n"
      "(this machine only; Ctrl-C stops it). {}\n\nPoint Vedette at it with these lines:\n\n{}",
      options.people, options.days, url,
      truth.empty() ? "--truth FILE would write its attacks." : "Its attacks: " + truth,
      tenant_settings(options, url, "env:VEDETTE_CLIENT_SECRET"));
  std::fflush(stdout);
}

// Writes the attacks of each cycle as it begins, and those of the history at once. A second tenant
// of the same seed knows the same truth, so that the first one stays with its own thread.
Result<void> keep_truth(const std::string& path, const tenant::TenantOptions& options,
                        ports::Clock& clock, const std::stop_token& stop) {
  const tenant::Tenant same(options, clock);
  base::Timestamp told =
      same.cycle_start(options.start - base::Duration::hours(24LL * options.days));
  std::ofstream file(path, std::ios::trunc);
  while (file) {
    const base::Timestamp until = clock.now() + base::Duration{1};
    file << same.truth(told, until) << std::flush;
    told = until;
    if (!clock.sleep(base::Duration::minutes(1), stop)) return {};
  }
  return base::failure(base::ErrorCode::unavailable, "cannot write " + path);
}

Result<void> serve_tenant(const TenantWords& words, StopOnSignals& signals) {
  tenant::TenantOptions options = VEDETTE_TRY(options_of(words));
  std::unique_ptr<ports::Clock> clock = VEDETTE_TRY(command_clock());
  if (words.speed != 1) clock = std::make_unique<net::ScaledClock>(clock->now(), words.speed);
  options.start = clock->now();
  TenantWorkspace workspace;
  tenant::Tenant served(options, *clock, &workspace);
  const auto receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), words.port, [&served](const net::ReceivedRequest& request) {
        return answer_as_tenant(served, request);
      }));
  greet(options, receiver->port(), words.truth);
  if (!words.truth.empty()) return keep_truth(words.truth, options, *clock, signals.token());
  while (clock->sleep(base::Duration::hours(1), signals.token())) {
  }
  return {};
}

}  // namespace

int run_simulate_tenant(Arguments arguments) {
  TenantWords words;
  if (const auto exit_code = parse_words(arguments, words)) return *exit_code;
  if (words.list_faults) {
    for (const auto& fault : tenant::all_faults())
      fmt::print("  {:<18} {}\n", fault.name, fault.meaning);
    return exit_done;
  }
  StopOnSignals signals;
  const auto served = serve_tenant(words, signals);
  if (served) return exit_done;
  print_error(served.error().message);
  return exit_code_of(served.error());
}

}  // namespace vedette::app
