// Owns: copies of our SQLite files, made while they are in use; looking whether a file is sound;
// and putting a copy in a file's place. What `vedette backup|verify|restore` are made of, one file
// at a time. Promises: a backup is verified before it has its name; a restore verifies first, keeps
// what it replaces, and at no moment leaves the place empty. Must not know: which files there are.
// Any thread; a restored file must be open nowhere.
//
// After a restore consumers may be further than the journal: Journal::begin_after their greatest
// watermark, or new records are taken for ones that were seen.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

struct DatabaseReport {
  std::int64_t format = 0;  // of the schema
  std::uint64_t bytes = 0;
  std::string problems;  // empty: sound
};

struct JournalReport {
  DatabaseReport database;
  std::uint64_t records = 0, first_position = 0, last_position = 0;
  std::vector<std::uint64_t> broken_positions;
  [[nodiscard]] bool is_sound() const {
    return database.problems.empty() && broken_positions.empty();
  }
};

// Reads the whole file. An error: it cannot even be opened, or was written by a newer version.
[[nodiscard]] base::Result<DatabaseReport> verify_database(const DatabaseOptions& options);
// And every record against its checksum.
[[nodiscard]] base::Result<JournalReport> verify_journal(const std::string& path);

// Copies the file that `options` names to `copy_path`, which must not exist.
[[nodiscard]] base::Result<DatabaseReport> backup_database(DatabaseOptions options,
                                                           const std::string& copy_path);

// Puts a copy of `copy_path` where `options` says. What was there is afterwards at `aside_path`
// (which must not exist), as a file that can be opened.
[[nodiscard]] base::Result<DatabaseReport> restore_database(const std::string& copy_path,
                                                            DatabaseOptions options,
                                                            const std::string& aside_path);

}  // namespace vedette::store::sqlite
