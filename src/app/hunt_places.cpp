#include "app/hunt_places.h"

#include "app/data_folder.h"
#include "app/hunt_request.h"
#include "app/json_rows.h"
#include "enrich/geo_database.h"
#include "hunt/row_difference.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {
namespace {

constexpr std::string_view both_prefix = "both:";

std::unexpected<HuntFailure> failed(std::string words) {
  return std::unexpected(HuntFailure{std::nullopt, std::move(words)});
}

// The `serve` that has the store answers as JSON.
HuntDone ask_serve(const PlacedHunt& hunt, const std::string& folder, const base::Error& why,
                   kql::result::Sink& sink) {
  const auto answered = ask_running_serve({folder},
                                          {.query = hunt.text,
                                           .format = kql::result::Format::json,
                                           .inputs = hunt.inputs,
                                           .timeout_ms = hunt.timeout_ms,
                                           .hosts = hunt.hosts},
                                          hunt.stop);
  if (!answered) return failed(why.message);
  if (answered->exit_code != 0) return failed(answered->problem);
  if (const auto given = give_own_json(answered->output, sink); !given)
    return failed("the running serve answered something else: " + given.error().message);
  return {};
}

HuntDone run_elsewhere(const PlacedHunt& hunt, const RemoteSetting& remote,
                       const Elsewhere& elsewhere, kql::result::Sink& sink) {
  const auto done = run_remotely({hunt.inputs.saved_functions + hunt.text, hunt.inputs.from_ticks,
                                  hunt.inputs.to_ticks, hunt.timeout_ms, hunt.stop},
                                 remote, elsewhere.configuration, elsewhere.world, sink);
  if (!done) return failed(done.error().message);
  return {};
}

}  // namespace

HuntDone run_here(const PlacedHunt& hunt, const kql::Catalogue& catalogue,
                  const ports::Clock& clock, kql::result::Sink& sink) {
  const enrich::GeoOnDemand places;
  const auto folder = data_folder(hunt.data);
  const auto store =
      store::duckdb::SegmentStore::open({.folder = folder ? *folder + "/store" : std::string(),
                                         .memory_bytes = base::limits::query_memory_bytes,
                                         .read_only = true,
                                         .places = &places},
                                        catalogue, clock);
  if (!store) {
    if (store.error().code == base::ErrorCode::unavailable && folder)
      return ask_serve(hunt, *folder, store.error(), sink);
    return failed(store.error().message);
  }
  const auto external = external_reader(hunt.hosts, {});
  const auto done = (*store)->hunt(hunt.text, hunt.inputs,
                                   {.timeout_ms = hunt.timeout_ms,
                                    .stop = hunt.stop,
                                    .external = external.get(),
                                    .progress = hunt.progress},
                                   sink);
  if (!done) return std::unexpected(HuntFailure{done.error(), {}});
  return {};
}

HuntDone run_placed(const PlacedHunt& hunt, const RunHere& here, const Elsewhere& elsewhere,
                    kql::result::Sink& sink, BothAnswers* both) {
  const bool is_both = hunt.on.starts_with(both_prefix);
  const auto remote =
      find_remote(elsewhere.configuration, is_both ? hunt.on.substr(both_prefix.size()) : hunt.on);
  if (!remote) return failed(remote.error().message);
  if (!is_both) return run_elsewhere(hunt, *remote, elsewhere, sink);
  BothAnswers answers;
  answers.there_name = remote->shown();
  if (auto done = here(answers.here); !done) return done;
  if (auto done = run_elsewhere(hunt, *remote, elsewhere, answers.there); !done) return done;
  hunt::give_difference(answers.here, "local", answers.there, answers.there_name, sink);
  if (both != nullptr) *both = std::move(answers);
  return {};
}

HuntDone run_at_place(const PlacedHunt& hunt, const kql::Catalogue& catalogue,
                      const ports::Clock& clock, const Elsewhere* elsewhere,
                      kql::result::Sink& sink) {
  if (hunt.on.empty() || elsewhere == nullptr) return run_here(hunt, catalogue, clock, sink);
  return run_placed(
      hunt, [&](kql::result::Sink& own) { return run_here(hunt, catalogue, clock, own); },
      *elsewhere, sink, nullptr);
}

}  // namespace vedette::app
