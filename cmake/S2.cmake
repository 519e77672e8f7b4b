# S2 (Debian's libs2-dev has neither pkg-config nor CMake files): the target s2::s2. Its headers use
# Abseil's flags, whose libraries the linker wants by name.
find_package(absl REQUIRED)
find_path(VEDETTE_S2_HEADERS s2/s2polygon.h REQUIRED)
find_library(VEDETTE_S2_LIBRARY s2 REQUIRED)
add_library(s2::s2 UNKNOWN IMPORTED)
set_target_properties(s2::s2 PROPERTIES
  IMPORTED_LOCATION "${VEDETTE_S2_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${VEDETTE_S2_HEADERS}"
  INTERFACE_LINK_LIBRARIES "absl::flags;absl::base")
