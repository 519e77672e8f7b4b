// Owns: where a hunt's rows come from: the store on this machine, the `serve` that has it, a
// service elsewhere, or here and elsewhere at once. Promises: whoever answers, rows come into one
// sink with KQL's types. Must not know: what becomes of them. One thread a hunt; blocks.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/remote_hunt.h"
#include "hunt/test_rows.h"
#include "kql/catalogue/catalogue.h"
#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/result/sink.h"
#include "ports/clock.h"

namespace vedette::app {

struct PlacedHunt {
  std::string text;
  kql::Inputs inputs;
  int timeout_ms = 0;
  std::vector<std::string> hosts = {};   // that externaldata may read
  std::optional<std::string> data = {};  // --data
  std::string on = {};                   // empty: here; "workspace:NAME", "both:adx:NAME"
  std::stop_token stop = {};
  std::function<void(double)> progress = {};
};

struct HuntFailure {
  std::optional<kql::Diagnostic> diagnostic;  // of the text
  std::string words;                          // of everything else
};
using HuntDone = std::expected<void, HuntFailure>;

// What a place elsewhere needs; not looked at for a hunt here.
struct Elsewhere {
  const Configuration& configuration;
  const SignInWorld& world;
};

// Both answers, and what differs between them: who asked may show more than the difference.
struct BothAnswers {
  hunt::KeptRows here, there;
  std::string there_name;
};
using RunHere = std::function<HuntDone(kql::result::Sink& sink)>;
// `hunt.on` names a place elsewhere, perhaps with "both:" before it. `both`, unless null, is given
// the answers that were compared.
[[nodiscard]] HuntDone run_placed(const PlacedHunt& hunt, const RunHere& here,
                                  const Elsewhere& elsewhere, kql::result::Sink& sink,
                                  BothAnswers* both);

[[nodiscard]] HuntDone run_here(const PlacedHunt& hunt, const kql::Catalogue& catalogue,
                                const ports::Clock& clock, kql::result::Sink& sink);
// `elsewhere` null: only here.
[[nodiscard]] HuntDone run_at_place(const PlacedHunt& hunt, const kql::Catalogue& catalogue,
                                    const ports::Clock& clock, const Elsewhere* elsewhere,
                                    kql::result::Sink& sink);

}  // namespace vedette::app
