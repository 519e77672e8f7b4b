# Compiler, linker and hardening flags. Asserts stay on in release: no -DNDEBUG anywhere.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g1")

find_program(VEDETTE_CCACHE ccache)
if(VEDETTE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VEDETTE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${VEDETTE_CCACHE})
endif()

# mold links four times faster than bfd here; lld is the second choice.
find_program(VEDETTE_MOLD mold)
find_program(VEDETTE_LLD NAMES ld.lld ld.lld-19)
if(VEDETTE_MOLD)
  add_link_options(-fuse-ld=mold)
elseif(VEDETTE_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Werror -fno-omit-frame-pointer)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  # Else char were unsigned, and a product and its sum rounded once instead of twice: the answers on
  # both processors are the same, down to the last digit, so that the tests of one speak for both.
  add_compile_options(-fsigned-char -ffp-contract=off)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own stable_sort calls a function that it deprecates, and clang blames the caller.
  add_compile_options(-Wthread-safety -Wno-deprecated-declarations)
else()
  # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651).
  add_compile_options(-Wno-restrict)
endif()
if(VEDETTE_SANITIZE OR VEDETTE_FUZZ)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
  if(VEDETTE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
else()
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
                      -fstack-clash-protection -D_GLIBCXX_ASSERTIONS)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
    add_compile_options(-fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    add_compile_options(-mbranch-protection=standard)
  endif()
  add_link_options(-Wl,-z,relro,-z,now -pie)
endif()
# Only the files that honour it see it, so that a build with hooks shares the others' objects.
function(vedette_test_hooks)
  if(VEDETTE_TEST_HOOKS)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_DEFINITIONS VEDETTE_TEST_HOOKS=1)
  endif()
endfunction()
