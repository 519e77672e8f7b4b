// The schema's text, taken into the program by the assembler: half a megabyte of string literals
// would cost the compiler seconds, and some compilers refuse literals of that size.
#include "kql/catalogue/schema_catalogue.h"

asm(R"(
  .section .rodata
  .balign 16
vedette_schema_begin:
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/sentinel.txt"
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/vedette.txt"
vedette_schema_end:
  .byte 0
  .previous
)");

extern "C" {
extern const char vedette_schema_begin[] __attribute__((visibility("hidden")));
extern const char vedette_schema_end[] __attribute__((visibility("hidden")));
}

namespace vedette::kql {

std::string_view built_in_schema() {
  return {vedette_schema_begin,
          static_cast<std::size_t>(vedette_schema_end - vedette_schema_begin)};
}

}  // namespace vedette::kql
