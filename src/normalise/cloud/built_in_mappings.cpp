// The mappings' text and the sign-in errors', taken into the program by the assembler as the
// schema's is (kql/catalogue/built_in_schema.cpp says why).
#include "normalise/cloud/change_reader.h"
#include "normalise/cloud/identity_reader.h"
#include "normalise/cloud/mapping.h"
#include "normalise/cloud/sign_in_errors.h"

asm(R"(
  .section .rodata
  .balign 16
vedette_mappings_begin:
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/mappings/graph.txt"
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/mappings/office.txt"
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/mappings/sentinel.txt"
vedette_mappings_end:
  .byte 0
  .balign 16
vedette_sign_in_errors_begin:
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/sign_in_errors.txt"
vedette_sign_in_errors_end:
  .byte 0
  .balign 16
vedette_directory_changes_begin:
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/directory_changes.txt"
vedette_directory_changes_end:
  .byte 0
  .balign 16
vedette_windows_zones_begin:
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/windows_zones.txt"
vedette_windows_zones_end:
  .byte 0
  .previous
)");

extern "C" {
extern const char vedette_mappings_begin[] __attribute__((visibility("hidden")));
extern const char vedette_mappings_end[] __attribute__((visibility("hidden")));
extern const char vedette_sign_in_errors_begin[] __attribute__((visibility("hidden")));
extern const char vedette_sign_in_errors_end[] __attribute__((visibility("hidden")));
extern const char vedette_directory_changes_begin[] __attribute__((visibility("hidden")));
extern const char vedette_directory_changes_end[] __attribute__((visibility("hidden")));
extern const char vedette_windows_zones_begin[] __attribute__((visibility("hidden")));
extern const char vedette_windows_zones_end[] __attribute__((visibility("hidden")));
}

namespace vedette::normalise::cloud {

std::string_view built_in_mappings() {
  return {vedette_mappings_begin,
          static_cast<std::size_t>(vedette_mappings_end - vedette_mappings_begin)};
}

std::string_view built_in_sign_in_errors() {
  return {vedette_sign_in_errors_begin,
          static_cast<std::size_t>(vedette_sign_in_errors_end - vedette_sign_in_errors_begin)};
}

std::string_view built_in_directory_changes() {
  return {
      vedette_directory_changes_begin,
      static_cast<std::size_t>(vedette_directory_changes_end - vedette_directory_changes_begin)};
}

std::string_view built_in_windows_zones() {
  return {vedette_windows_zones_begin,
          static_cast<std::size_t>(vedette_windows_zones_end - vedette_windows_zones_begin)};
}

}  // namespace vedette::normalise::cloud
