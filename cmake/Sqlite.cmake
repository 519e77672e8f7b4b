# SQLite from its amalgamation, which the npm package better-sqlite3 carries (Debian 12's 3.40 has
# the WAL-reset bug). Built without what we do not use; pinned by deps/package-lock.json.
enable_language(C)
set(sqlite_folder "${VEDETTE_DEPS}/better-sqlite3/deps/sqlite3")
if(NOT EXISTS "${sqlite_folder}/sqlite3.c")
  message(FATAL_ERROR "SQLite is not in ${VEDETTE_DEPS}: run ./dev build")
endif()
add_library(sqlite3 STATIC "${sqlite_folder}/sqlite3.c")
target_include_directories(sqlite3 SYSTEM PUBLIC "${sqlite_folder}")
# Options as sqlite.org/compile.html recommends them; one connection is used by one thread at a
# time.
target_compile_definitions(sqlite3 PRIVATE
  SQLITE_THREADSAFE=2 SQLITE_DQS=0 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_OMIT_DEPRECATED SQLITE_OMIT_LOAD_EXTENSION SQLITE_OMIT_SHARED_CACHE
  SQLITE_DEFAULT_SYNCHRONOUS=2 SQLITE_DEFAULT_WAL_SYNCHRONOUS=2 SQLITE_MAX_MMAP_SIZE=0
  SQLITE_USE_ALLOCA SQLITE_STRICT_SUBTYPE=1)
target_compile_options(sqlite3 PRIVATE -w)
target_link_libraries(sqlite3 PUBLIC Threads::Threads)
