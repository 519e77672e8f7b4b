# DuckDB comes ready built: the shared library of one npm package and the C header of another, both
# pinned by integrity hash in deps/package-lock.json and unpacked to .deps/ (./dev does it). The
# header is older than the library on purpose: DuckDB's C interface only grows.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(duckdb_platform arm64)
else()
  set(duckdb_platform x64)
endif()
set(VEDETTE_DEPS "${CMAKE_SOURCE_DIR}/.deps/node_modules" CACHE PATH "Where npm ci unpacked deps/")
set(duckdb_library "${VEDETTE_DEPS}/@duckdb/node-bindings-linux-${duckdb_platform}/libduckdb.so")
set(duckdb_headers "${VEDETTE_DEPS}/duckdb/src/duckdb/src/include")
if(NOT EXISTS "${duckdb_library}" OR NOT EXISTS "${duckdb_headers}/duckdb.h")
  message(FATAL_ERROR "DuckDB is not in ${VEDETTE_DEPS}: run ./dev build")
endif()

# Only the C header may be seen (the C++ ones beside it change with every release).
file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/duckdb")
file(CREATE_LINK "${duckdb_headers}/duckdb.h" "${CMAKE_BINARY_DIR}/duckdb/duckdb.h" SYMBOLIC)
add_library(duckdb::duckdb SHARED IMPORTED)
set_target_properties(duckdb::duckdb PROPERTIES
  IMPORTED_LOCATION "${duckdb_library}"
  INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_BINARY_DIR}/duckdb")
