// The systemd journal's export format, in pieces whose size the first byte says.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "collect/journal_export.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + 1U;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  vedette::collect::JournalExport exported;
  vedette::collect::JournalEntry entry;
  const auto take = [&] {
    while (exported.next(entry)) {
      const std::string line = vedette::collect::line_of(entry);
      // An entry is one line, whatever it says.
      assert(line.empty() || line.find('\n') == line.size() - 1);
      assert(line.size() <= vedette::base::limits::line_bytes_max + 1);
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    exported.feed(bytes.substr(at, piece));
    take();
  }
  exported.finish();
  take();
  return 0;
}
