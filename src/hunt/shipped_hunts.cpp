// The shipped hunts' texts, taken into the program by the assembler. The build puts them one after
// another into one file (src/CMakeLists.txt), each behind a form feed and its name.
#include "base/text.h"
#include "hunt/hunt.h"

asm(".section .rodata\n"
    "vedette_hunts_begin:\n"
    ".incbin \"" VEDETTE_HUNTS_FILE
    "\"\n"
    "vedette_hunts_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char vedette_hunts_begin[] __attribute__((visibility("hidden")));
extern const char vedette_hunts_end[] __attribute__((visibility("hidden")));
}

namespace vedette::hunt {

const std::vector<ShippedHunt>& shipped_hunts() {
  static const std::vector<ShippedHunt> all = [] {
    const std::string_view bundle(
        vedette_hunts_begin, static_cast<std::size_t>(vedette_hunts_end - vedette_hunts_begin));
    std::vector<ShippedHunt> hunts;
    for (const std::string_view part : base::split(bundle, '\f')) {
      const std::size_t end = part.find('\n');
      if (end != std::string_view::npos && end > 0)
        hunts.push_back({part.substr(0, end), part.substr(end + 1)});
    }
    return hunts;
  }();
  return all;
}

}  // namespace vedette::hunt
