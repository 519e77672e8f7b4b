#include "store/sqlite/backup.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/limits.h"
#include "store/sqlite/sqlite_journal.h"

namespace vedette::store::sqlite {

namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

DatabaseOptions reading(DatabaseOptions options) {
  options.read_only = true;
  options.look_for_damage = false;  // it is about to be read whole
  return options;
}

base::Result<DatabaseReport> report_on(Database& database, const std::string& path) {
  DatabaseReport report;
  report.problems = VEDETTE_TRY(database.check_integrity());
  auto version = VEDETTE_TRY(database.prepare("PRAGMA user_version"));
  if (VEDETTE_TRY(version.step())) report.format = version.integer(0);
  std::error_code ignored;
  report.bytes = fs::file_size(path, ignored);
  return report;
}

base::Result<void> refuse_damaged(const DatabaseReport& report, const std::string& path) {
  if (report.problems.empty()) return {};
  return base::failure(ErrorCode::malformed, path + " is damaged: " + report.problems);
}

base::Result<void> remove_if_there(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return base::system_failure("cannot delete " + path, errno);
}

base::Result<void> move_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return base::system_failure("cannot name " + to, errno);
}

// The file gets a second name, and its log goes with that one.
base::Result<void> set_aside(const std::string& path, const std::string& aside_path) {
  if (!exists(path)) return {};
  if (::link(path.c_str(), aside_path.c_str()) != 0)
    return base::system_failure("cannot keep " + path + " as " + aside_path, errno);
  // A log that stayed would be taken for the new file's.
  if (exists(path + "-wal")) VEDETTE_TRY_VOID(move_file(path + "-wal", aside_path + "-wal"));
  return remove_if_there(path + "-shm");
}

}  // namespace

base::Result<DatabaseReport> verify_database(const DatabaseOptions& options) {
  const auto database = VEDETTE_TRY(Database::open(reading(options)));
  return report_on(*database, options.path);
}

base::Result<JournalReport> verify_journal(const std::string& path) {
  JournalReport report;
  report.database = VEDETTE_TRY(verify_database(journal_options(path)));
  const auto journal = VEDETTE_TRY(SqliteJournal::open_to_read(path));
  report.first_position = VEDETTE_TRY(journal->first_position());
  report.last_position = VEDETTE_TRY(journal->last_position());
  for (std::uint64_t after = 0;;) {
    const auto records = VEDETTE_TRY(journal->read(after, base::limits::journal_bite_bytes));
    if (records.empty()) break;
    report.records += records.size();
    after = records.back().position;
  }
  report.broken_positions = journal->take_broken_positions();
  return report;
}

base::Result<DatabaseReport> backup_database(DatabaseOptions options,
                                             const std::string& copy_path) {
  if (exists(copy_path))
    return base::failure(ErrorCode::invalid_argument, copy_path + " is there already");
  const std::string source_path = options.path;
  const std::string unverified = copy_path + ".unverified";
  VEDETTE_TRY_VOID(remove_if_there(unverified));
  // A connection of its own, so that neither the writer waits for the copy nor the copy for it.
  const auto source = VEDETTE_TRY(Database::open(reading(options)));
  VEDETTE_TRY_VOID(source->copy_to(unverified));
  options.path = unverified;
  DatabaseReport report = VEDETTE_TRY(verify_database(options));
  if (!report.problems.empty()) VEDETTE_TRY_VOID(remove_if_there(unverified));
  VEDETTE_TRY_VOID(refuse_damaged(report, source_path));
  VEDETTE_TRY_VOID(move_file(unverified, copy_path));
  VEDETTE_TRY_VOID(sync_folder_of(copy_path));
  return report;
}

base::Result<DatabaseReport> restore_database(const std::string& copy_path, DatabaseOptions options,
                                              const std::string& aside_path) {
  if (exists(aside_path))
    return base::failure(ErrorCode::invalid_argument, aside_path + " is there already");
  const std::string path = options.path;
  const std::string arriving = path + ".arriving";
  VEDETTE_TRY_VOID(remove_if_there(arriving));
  options.path = copy_path;
  DatabaseReport report = VEDETTE_TRY(verify_database(options));
  VEDETTE_TRY_VOID(refuse_damaged(report, copy_path));
  const auto source = VEDETTE_TRY(Database::open(reading(options)));
  VEDETTE_TRY_VOID(source->copy_to(arriving));
  VEDETTE_TRY_VOID(set_aside(path, aside_path));
  VEDETTE_TRY_VOID(move_file(arriving, path));
  VEDETTE_TRY_VOID(sync_folder_of(path));
  return report;
}

}  // namespace vedette::store::sqlite
