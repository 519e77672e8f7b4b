// Any bytes as the content of an auth.log, through the stamps, sshd's messages and the detectors:
// no crash, and every line is accounted for.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "detect/login_detectors.h"
#include "normalise/authlog_normaliser.h"

using namespace vedette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  normalise::AuthlogNormaliser normaliser({base::TimeZone::fixed({}), std::nullopt, true});
  model::RawBatch batch;
  batch.source_name = "fuzz";
  batch.bytes = text;
  batch.received = batch.source_modified = base::Timestamp::from_unix_seconds(1'780'000'000);
  batch.live = size % 2 == 1;
  normaliser.begin(batch);
  std::vector<model::AuthEvent> events;
  while (normaliser.next(events)) continue;
  const auto& counts = normaliser.counts();
  assert(counts.lines == counts.events + counts.known + counts.other_programs + counts.duplicates +
                             counts.empty + normaliser.quarantine().lines());

  detect::LoginSettings settings;
  settings.attempts = 2;
  if (size % 3 == 0) settings.lateness = base::Duration::seconds(5);
  const detect::AllowList nobody;
  // The detectors' tables are large; one for all inputs would carry state from one to the next.
  detect::LoginDetectors detectors(settings, nobody);
  std::vector<detect::ChangedAlert> changes;
  detectors.run(events, batch.received, changes);
  detectors.finish(batch.received, changes);
  assert(detectors.open_alerts() == 0);
  return 0;
}
