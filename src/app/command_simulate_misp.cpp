// Owns: `vedette simulate misp`: the words and the listening.
#include "app/command_simulate_misp.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/simulated_door.h"
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
  SimulatedDoor door{"misp", misp::misp_faults()};
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
  add_door_options(app, words.door);
  return parse_arguments(app, arguments);
}

Result<SimulatedService> begin(const misp::MispOptions& options,
                               const std::vector<simulate::tenant::FaultOrder>& faults,
                               const ports::Clock& clock) {
  VEDETTE_TRY_VOID(misp::check(options));
  const auto served = std::make_shared<misp::MispServer>(options, faults, clock);
  return [served](const simulate::tenant::TenantRequest& asked) { return served->answer(asked); };
}

void tell(const misp::MispOptions& options, const std::string& url) {
  fmt::print(
      "A simulated MISP with {} attributes listens on {}\n(this machine only; Ctrl-C stops it).\n\n"
      "Point Vedette at it with these lines:\n\n"
      "  [[misp]]\n  name = \"simulated\"\n  url = \"{}\"\n  key = \"env:VEDETTE_MISP_KEY\"   # "
      "{}\n",
      options.attributes, url, url, options.key);
}

}  // namespace

int run_simulate_misp(Arguments arguments) {
  MispWords words;
  if (const auto exit_code = parse_words(arguments, words)) return *exit_code;
  return serve_simulated(
      words.door,
      [&](const auto& faults, const auto& clock) { return begin(words.options, faults, clock); },
      [&](const std::string& url) { tell(words.options, url); });
}

}  // namespace vedette::app
