# vedette_room(NAME DEPENDS room... LIBRARIES lib...)
#
# One static library a folder of src/. A room's headers are reached through a folder that holds only
# a link to that room, and that folder is an include path of exactly the rooms that depend on it: an
# arrow that points the wrong way does not compile. Files ending in _test.cpp become the executable
# NAME_test, with test/fakes on its path; files ending in _bench.cpp are left to bench/.
find_package(Threads REQUIRED)

function(vedette_include_link name folder)
  set(link "${CMAKE_BINARY_DIR}/rooms/${name}")
  file(MAKE_DIRECTORY "${link}")
  if(NOT EXISTS "${link}/${name}")
    file(CREATE_LINK "${folder}" "${link}/${name}" SYMBOLIC)
  endif()
endfunction()

function(vedette_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LIBRARIES;TEST_DEPENDS" ${ARGN})
  set(folder "${CMAKE_SOURCE_DIR}/src/${name}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cpp")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
  vedette_include_link(${name} "${folder}")
  set_property(GLOBAL APPEND PROPERTY VEDETTE_ROOMS ${name})
  if(sources)
    add_library(${name} STATIC ${sources})
    set(kind PUBLIC)
  else()
    add_library(${name} INTERFACE)
    set(kind INTERFACE)
  endif()
  target_include_directories(${name} ${kind} "${CMAKE_BINARY_DIR}/rooms/${name}")
  target_link_libraries(${name} ${kind} ${ROOM_DEPENDS} ${ROOM_LIBRARIES} Threads::Threads)
  if(tests AND NOT VEDETTE_FUZZ)
    vedette_test(${name}_test SOURCES ${tests} DEPENDS ${name} ${ROOM_TEST_DEPENDS})
  endif()
endfunction()

# How many times as long a test may take than by itself: under the sanitizers everything does.
set(VEDETTE_PATIENCE 1)
if(VEDETTE_SANITIZE)
  set(VEDETTE_PATIENCE 5)
endif()
# At the end of a folder that sets TIMEOUT of its tests.
function(vedette_patient_tests)
  get_property(tests DIRECTORY PROPERTY TESTS)
  foreach(test IN LISTS tests)
    get_test_property("${test}" TIMEOUT seconds)
    if(seconds)
      math(EXPR seconds "${seconds} * ${VEDETTE_PATIENCE}")
      set_tests_properties("${test}" PROPERTIES TIMEOUT ${seconds})
    endif()
  endforeach()
endfunction()

# vedette_test(NAME SOURCES file... DEPENDS target...): one GoogleTest executable, its cases known
# to ctest.
function(vedette_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;DEPENDS" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE ${TEST_DEPENDS} fakes GTest::gtest_main)
  target_compile_options(${name} PRIVATE -Wno-conversion)
  target_compile_definitions(${name} PRIVATE
    VEDETTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VEDETTE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  math(EXPR seconds "120 * ${VEDETTE_PATIENCE}")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT ${seconds})
endfunction()
