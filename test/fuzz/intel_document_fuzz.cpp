// Any bytes as a STIX bundle, a MISP export and a list: no crash, and what is read is a row that is
// read back as the same observables, and found by them.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "intel/indicator_document.h"
#include "intel/indicator_rows.h"
#include "intel/indicator_snapshot.h"
#include "intel/intel_limits.h"
#include "intel/stix_pattern.h"

using namespace vedette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)intel::format_of_document(text);
  const base::Timestamp now = base::Timestamp::from_unix_seconds(1'780'000'000);
  intel::IndicatorSnapshotBuilder builder(size);
  using intel::DocumentFormat;
  for (const auto format : {DocumentFormat::stix, DocumentFormat::misp, DocumentFormat::list})
    intel::read_document(format, text, {"fuzz", 50}, [&](auto read) {
      if (!read || read->observables.empty()) return;
      const std::string pattern = intel::write_stix_pattern(read->observables);
      const auto again = intel::read_stix_pattern(pattern);
      assert(pattern.size() > intel::limits::pattern_bytes_max ||
             (again && *again == read->observables));
      assert(base::parse_json(intel::write_row(*read, now)));
      assert(base::parse_json(intel::write_older_row(*read, now)));
      builder.add(*read, now);
    });
  const auto snapshot = std::move(builder).finish();
  if (const auto pattern = intel::read_stix_pattern(text))
    for (const auto& each : *pattern) {
      (void)snapshot->find(each, now);
      (void)snapshot->find_domain(each.value, now);
    }
  return 0;
}
