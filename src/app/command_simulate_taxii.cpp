// Owns: `vedette simulate taxii`: the words and the listening.
#include "app/command_simulate_taxii.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/simulated_door.h"
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
  SimulatedDoor door{"taxii", taxii::taxii_faults()};
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
  add_door_options(app, words.door);
  return parse_arguments(app, arguments);
}

Result<SimulatedService> begin(const taxii::TaxiiOptions& options,
                               const std::vector<simulate::tenant::FaultOrder>& faults,
                               const ports::Clock& clock) {
  VEDETTE_TRY_VOID(taxii::check(options));
  const auto served = std::make_shared<taxii::TaxiiServer>(options, faults, clock);
  return [served](const simulate::tenant::TenantRequest& asked) { return served->answer(asked); };
}

void tell(const taxii::TaxiiOptions& options, const std::string& url) {
  fmt::print(
      "A simulated TAXII 2.1 server with {} indicators listens on {}\n(this machine only; Ctrl-C "
      "stops it).\n\nPoint Vedette at it with these lines:\n\n"
      "  [[taxii]]\n  name = \"simulated\"\n  url = \"{}/taxii2/\"\n  user = \"{}\"\n"
      "  password = \"env:VEDETTE_TAXII_PASSWORD\"   # {}\n",
      options.indicators + options.named.size(), url, url, options.user, options.password);
}

}  // namespace

int run_simulate_taxii(Arguments arguments) {
  TaxiiWords words;
  if (const auto exit_code = parse_words(arguments, words)) return *exit_code;
  return serve_simulated(
      words.door,
      [&](const auto& faults, const auto& clock) { return begin(words.options, faults, clock); },
      [&](const std::string& url) { tell(words.options, url); });
}

}  // namespace vedette::app
