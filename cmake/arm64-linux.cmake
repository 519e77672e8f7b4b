# Toolchain file: builds for arm64 Linux on another processor, with Debian 12's
# g++-12-aarch64-linux-gnu. VEDETTE_ARM64_ROOT (CMake variable or environment) is an arm64 Debian 12
# with the packages of tools/dev/packages.sh in it. tools/arm64-root makes one and does all of it.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
if(NOT VEDETTE_ARM64_ROOT)
  set(VEDETTE_ARM64_ROOT "$ENV{VEDETTE_ARM64_ROOT}")
endif()
if(NOT EXISTS "${VEDETTE_ARM64_ROOT}/usr/include")
  message(FATAL_ERROR "VEDETTE_ARM64_ROOT must name an arm64 Debian 12: see tools/arm64-root")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VEDETTE_ARM64_ROOT)

set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc-12)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++-12)
set(CMAKE_SYSROOT "${VEDETTE_ARM64_ROOT}")
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Programs are this machine's, headers and libraries the root's; what npm fetched lies in neither.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${VEDETTE_ARM64_ROOT}")
set(libraries "${VEDETTE_ARM64_ROOT}/usr/lib/aarch64-linux-gnu")
set(ENV{PKG_CONFIG_LIBDIR} "${libraries}/pkgconfig:${VEDETTE_ARM64_ROOT}/usr/share/pkgconfig")

# What the build runs of its own (compile_countries, the tests' lists of cases). Not qemu by name:
# that would stand in ctest's files too, and the tests run in the root, where `env` changes nothing.
# So the kernel must know qemu (binfmt_misc).
set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/env "QEMU_LD_PREFIX=${VEDETTE_ARM64_ROOT}")
