// Texts of columns, warning lists and the declaration of columns, whatever they hold: what is found
// is what an indicator names, and nothing is found by an empty snapshot.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "intel/indicator_reader.h"
#include "intel/row_matcher.h"

namespace {

using namespace vedette;

std::shared_ptr<const intel::IndicatorSnapshot> known() {
  intel::IndicatorSnapshotBuilder builder(7);
  for (const char* line :
       {"203.0.113.0/24", "2001:db8::/32", "evil.example.com", "bad@mail.example",
        "http://bad.example/it", "d41d8cd98f00b204e9800998ecf8427e"})
    if (const auto read = intel::read_list_line(line, {"fuzz", 100})) builder.add(*read, {});
  return std::move(builder).finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto snapshot = known();
  static const auto nothing = intel::IndicatorSnapshotBuilder(7).finish();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const base::Timestamp now = base::Timestamp::from_unix_seconds(1'780'000'000);
  intel::WarningLists lists;
  (void)lists.add("fuzz", text);
  for (const auto kind :
       {intel::ObservedKind::address, intel::ObservedKind::domain, intel::ObservedKind::url,
        intel::ObservedKind::email, intel::ObservedKind::hash, intel::ObservedKind::text}) {
    intel::look_up(*nothing, kind, text, now, [](const auto&) { std::abort(); });
    intel::look_up(*snapshot, kind, text, now, [&](const intel::FoundValue& found) {
      if (found.observed.value.empty() || found.indicator.value().empty()) std::abort();
      (void)lists.list_of(found.observed, found.indicator.value());
    });
  }
  (void)intel::ObservedColumns::read(text);
  return 0;
}
