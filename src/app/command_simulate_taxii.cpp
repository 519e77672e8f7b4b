// Owns: `vedette simulate taxii`: the words and the listening.
#include "app/command_simulate_taxii.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command_clock.h"
#include "app/signals.h"
#include "app/tenant_door.h"
#include "base/ip.h"
#include "net/http_receiver.h"
#include "simulate/taxii/taxii_server.h"

namespace vedette::app {
namespace {

using base::Result;
namespace taxii = simulate::taxii;

constexpr const char* description =
    "Serve a TAXII 2.1 server that does not exist, on this machine alone: discovery, one API "
    "root,\n"
    "a collection of STIX 2.1 indicators. The same seed gives the same ones. docs/guides/intel.md\n"
    "lists what it answers.";
constexpr const char* footer =
    "Examples:\n"
    "  vedette simulate taxii --indicator 203.0.113.77\n"
    "  vedette simulate taxii --indicators 100000 --invalid 50 --page 1000\n"
    "  vedette simulate taxii --fault throttle-seconds=3 --fault next-loop=forever\n"
    "  vedette simulate taxii --faults             list the faults";

struct TaxiiWords {
  taxii::TaxiiOptions options;
  std::uint16_t port = 0;
  std::vector<std::string> faults;
  bool list_faults = false;
};

std::optional<int> parse_words(Arguments arguments, TaxiiWords& words) {
  CLI::App app(description, "vedette simulate taxii");
  app.footer(footer);
  taxii::TaxiiOptions& options = words.options;
  app.add_option("--seed", options.seed, "the same seed gives the same objects [1]")
      ->type_name("N");
  app.add_option("--indicators", options.indicators, "how many [1000]")->type_name("N");
  app.add_option("--days", options.days, "days over which they were added [30]")->type_name("N");
  app.add_option("--invalid", options.invalid_percent,
                 "so many in a hundred have a pattern that cannot be held against events [10]")
      ->type_name("N");
  app.add_option("--page", options.page_max, "objects a page at most [500]")->type_name("N");
  app.add_option("--indicator", options.named,
                 "an address that the newest object names, with full confidence; may be repeated")
      ->type_name("ADDRESS");
  app.add_option("--user", options.user, "who may read [vedette]")->type_name("NAME");
  app.add_option("--password", options.password, "his password [simulated-password]")
      ->type_name("TEXT");
  app.add_option("--token", options.token, "or a bearer token [simulated-token]")
      ->type_name("TEXT");
  app.add_option("--port", words.port, "the port on 127.0.0.1 [any free one]")->type_name("PORT");
  app.add_option("--fault", words.faults, "NAME[=TIMES][@PART]: see --faults; may be repeated")
      ->type_name("NAME");
  app.add_flag("--faults", words.list_faults, "list the faults and end");
  return parse_arguments(app, arguments);
}

Result<void> serve_taxii(const TaxiiWords& words, const StopOnSignals& signals) {
  VEDETTE_TRY_VOID(taxii::check(words.options));
  const auto faults = VEDETTE_TRY(simulated_faults(words.faults, taxii::taxii_faults(), "taxii"));
  const auto clock = VEDETTE_TRY(command_clock());
  taxii::TaxiiServer served(words.options, faults, *clock);
  const auto receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), words.port, [&served](const net::ReceivedRequest& request) {
        return answer_as_service(
            [&served](const simulate::tenant::TenantRequest& asked) {
              return served.answer(asked);
            },
            request);
      }));
  fmt::print(
      "A simulated TAXII 2.1 server with {} indicators listens on {}\n(this machine only; Ctrl-C "
      "stops it).\n\nPoint Vedette at it with these lines:\n\n"
      "  [[taxii]]\n  name = \"simulated\"\n  url = \"{}/taxii2/\"\n  user = \"{}\"\n"
      "  password = \"env:VEDETTE_TAXII_PASSWORD\"   # {}\n",
      words.options.indicators + words.options.named.size(), tenant_url(receiver->port()),
      tenant_url(receiver->port()), words.options.user, words.options.password);
  std::fflush(stdout);
  while (clock->sleep(base::Duration::hours(1), signals.token())) {
  }
  return {};
}

}  // namespace

int run_simulate_taxii(Arguments arguments) {
  TaxiiWords words;
  if (const auto exit_code = parse_words(arguments, words)) return *exit_code;
  if (words.list_faults) {
    for (const auto& fault : taxii::taxii_faults())
      fmt::print("  {:<18} {}\n", fault.name, fault.meaning);
    return exit_done;
  }
  const StopOnSignals signals;
  const auto served = serve_taxii(words, signals);
  if (served) return exit_done;
  print_error(served.error().message);
  return exit_code_of(served.error());
}

}  // namespace vedette::app
