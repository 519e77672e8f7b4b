// Owns: `vedette simulate misp`: the words and the listening.
#include "app/command_simulate_misp.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command_clock.h"
#include "app/signals.h"
#include "app/tenant_door.h"
#include "base/ip.h"
#include "net/http_receiver.h"
#include "simulate/misp/misp_server.h"

namespace vedette::app {
namespace {

using base::Result;
namespace misp = simulate::misp;

constexpr const char* description =
    "Serve a MISP that does not exist, on this machine alone: /attributes/restSearch and\n"
    "/events/restSearch with pages, time filters, to_ids, tags and warning lists. The same seed "
    "gives\nthe same events. docs/guides/intel.md lists what it answers.";
constexpr const char* footer =
    "Examples:\n"
    "  vedette simulate misp --indicator 203.0.113.77\n"
    "  vedette simulate misp --attributes 100000 --invalid 50 --days 365\n"
    "  vedette simulate misp --fault throttle-seconds=3 --fault repeated-page=forever\n"
    "  vedette simulate misp --faults              list the faults";

struct MispWords {
  misp::MispOptions options;
  std::uint16_t port = 0;
  std::vector<std::string> faults;
  bool list_faults = false;
};

std::optional<int> parse_words(Arguments arguments, MispWords& words) {
  CLI::App app(description, "vedette simulate misp");
  app.footer(footer);
  misp::MispOptions& options = words.options;
  app.add_option("--seed", options.seed, "the same seed gives the same events [1]")->type_name("N");
  app.add_option("--attributes", options.attributes, "how many attributes [1000]")->type_name("N");
  app.add_option("--days", options.days, "days over which they were published [30]")
      ->type_name("N");
  app.add_option("--invalid", options.invalid_percent,
                 "so many in a hundred are not what their type says [10]")
      ->type_name("N");
  app.add_option("--indicator", options.indicators,
                 "an address that the newest event names, with full confidence; may be repeated")
      ->type_name("ADDRESS");
  app.add_option("--key", options.key, "the auth key [simulated-key]")->type_name("TEXT");
  app.add_option("--port", words.port, "the port on 127.0.0.1 [any free one]")->type_name("PORT");
  app.add_option("--fault", words.faults, "NAME[=TIMES][@PART]: see --faults; may be repeated")
      ->type_name("NAME");
  app.add_flag("--faults", words.list_faults, "list the faults and end");
  return parse_arguments(app, arguments);
}

Result<void> serve_misp(const MispWords& words, const StopOnSignals& signals) {
  VEDETTE_TRY_VOID(misp::check(words.options));
  const auto faults = VEDETTE_TRY(simulated_faults(words.faults, misp::misp_faults(), "misp"));
  const auto clock = VEDETTE_TRY(command_clock());
  misp::MispServer served(words.options, faults, *clock);
  const auto receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), words.port, [&served](const net::ReceivedRequest& request) {
        return answer_as_service(
            [&served](const simulate::tenant::TenantRequest& asked) {
              return served.answer(asked);
            },
            request);
      }));
  fmt::print(
      "A simulated MISP with {} attributes listens on {}\n(this machine only; Ctrl-C stops it).\n\n"
      "Point Vedette at it with these lines:\n\n"
      "  [[misp]]\n  name = \"simulated\"\n  url = \"{}\"\n  key = \"env:VEDETTE_MISP_KEY\"   # "
      "{}\n",
      words.options.attributes, tenant_url(receiver->port()), tenant_url(receiver->port()),
      words.options.key);
  std::fflush(stdout);
  while (clock->sleep(base::Duration::hours(1), signals.token())) {
  }
  return {};
}

}  // namespace

int run_simulate_misp(Arguments arguments) {
  MispWords words;
  if (const auto exit_code = parse_words(arguments, words)) return *exit_code;
  if (words.list_faults) {
    for (const auto& fault : misp::misp_faults())
      fmt::print("  {:<18} {}\n", fault.name, fault.meaning);
    return exit_done;
  }
  const StopOnSignals signals;
  const auto served = serve_misp(words, signals);
  if (served) return exit_done;
  print_error(served.error().message);
  return exit_code_of(served.error());
}

}  // namespace vedette::app
