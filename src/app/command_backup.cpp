// Owns: `vedette backup|restore|verify`: the data folder as a whole.
// A backup may be made while `serve` runs: state and journal are copied as they are at one moment
// each, state first, so that the journal holds all that the state speaks of; days of the store that
// are over are copied as files; the day that is being written is left out and made again from the
// journal by the first start after a restore, and the backup fails in words when the journal does
// not reach back that far. While nothing runs, that day is copied too.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "app/command.h"
#include "app/connection_settings.h"
#include "app/data_folder.h"
#include "app/data_layout.h"
#include "app/data_lock.h"
#include "app/preferences.h"
#include "app/retention_settings.h"
#include "base/encode.h"
#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_clock.h"
#include "store/duckdb/segment_store.h"
#include "store/sqlite/backup.h"

#include "store/sqlite/sqlite_journal.h"
#include "store/sqlite/state_schema.h"

namespace vedette::app {
namespace {

namespace files = std::filesystem;
using base::ErrorCode;
using base::Result;

std::string shown(const files::path& path) {
  return base::encode_terminal(path.string());
}

Result<void> make_empty_folder(const files::path& folder) {
  std::error_code error;
  files::create_directories(folder, error);
  if (error) return base::system_failure("cannot make " + shown(folder), error.value());
  if (!files::is_empty(folder, error) || error)
    return base::failure(ErrorCode::invalid_argument,
                         shown(folder) + " is not empty; name a folder that is new");
  ::chmod(folder.c_str(), 0700);
  return {};
}

Result<void> copy_one(const files::path& from, const files::path& to) {
  std::error_code error;
  files::copy_file(from, to, error);
  if (error) return base::system_failure("cannot copy " + shown(from), error.value());
  return {};
}

// What the web app changed and keeps, without its secrets; there may be nothing.
Result<void> copy_web_files(const DataLayout& from, const DataLayout& to) {
  for (const auto& [source, target] :
       {std::pair{from.detections(), to.detections()},
        std::pair{retention_path(from.folder), retention_path(to.folder)},
        std::pair{connections_path(from.folder), connections_path(to.folder)},
        std::pair{preferences_path(from.folder), preferences_path(to.folder)}}) {
    std::error_code error;
    if (files::exists(source, error)) VEDETTE_TRY_VOID(copy_one(source, target));
  }
  return {};
}

// The segments of a store's folder and their write-ahead logs, oldest first.
std::vector<files::path> segment_files(const files::path& folder) {
  std::vector<files::path> found;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".duckdb") || name.ends_with(".duckdb.wal")) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

// Copies the store's days; without the newest when somebody may be writing it.
Result<std::size_t> copy_store(const DataLayout& from, const DataLayout& to, bool is_running) {
  const auto found = segment_files(from.store());
  std::error_code error;
  files::create_directories(to.store(), error);
  if (error) return base::system_failure("cannot make " + to.store(), error.value());
  std::string newest;
  for (const auto& file : found)
    if (file.extension() == ".duckdb") newest = std::max(newest, file.filename().string());
  std::size_t copied = 0;
  for (const auto& file : found) {
    const std::string name = file.filename().string();
    const bool is_open = name.starts_with(newest) || files::exists(file.string() + ".wal", error) ||
                         file.extension() == ".wal";
    if (is_running && is_open) continue;
    VEDETTE_TRY_VOID(copy_one(file, files::path(to.store()) / name));
    ++copied;
  }
  return copied;
}

// The day that is being written comes again from the journal: from the first record behind the days
// that were copied. A journal that was cut short by [journal] bytes_max may not have that any more.
Result<void> check_open_day(const DataLayout& copy, const ports::Clock& clock) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  store::duckdb::SegmentStoreOptions options;
  options.folder = copy.store();
  options.read_only = true;
  auto store = VEDETTE_TRY(store::duckdb::SegmentStore::open(options, catalogue, clock));
  auto journal = VEDETTE_TRY(store::sqlite::SqliteJournal::open_to_read(copy.journal()));
  const std::uint64_t copied = VEDETTE_TRY(store->watermark());
  const std::uint64_t first = VEDETTE_TRY(journal->first_position());
  if (first <= copied + 1) return {};
  return base::failure(
      ErrorCode::refused,
      fmt::format("the backup in {} lacks rows: the day that is being written is made again from "
                  "the journal, which holds records from {} on, and those from {} are needed "
                  "([journal] bytes_max is less than a day brings). Make it larger, or stop "
                  "`vedette serve` for the backup",
                  shown(copy.folder), first, copied + 1));
}

Result<void> back_up(const DataLayout& from, const DataLayout& to) {
  std::error_code error;
  if (!files::exists(from.state(), error) || !files::exists(from.journal(), error))
    return base::failure(ErrorCode::not_found,
                         shown(from.folder) + " holds nothing that `vedette serve` made");
  VEDETTE_TRY_VOID(make_empty_folder(to.folder));
  // Held, so that no serve begins to write while files are copied.
  const auto lock = DataLock::take(from.folder.string(), from.lock());
  const bool is_running = !lock;
  if (is_running && lock.error().code != ErrorCode::unavailable)
    return std::unexpected(lock.error());
  const auto segments = VEDETTE_TRY(copy_store(from, to, is_running));
  const auto state = VEDETTE_TRY(
      store::sqlite::backup_database(store::sqlite::state_options(from.state()), to.state()));
  const auto journal = VEDETTE_TRY(
      store::sqlite::backup_database(store::sqlite::journal_options(from.journal()), to.journal()));
  VEDETTE_TRY_VOID(copy_web_files(from, to));
  fmt::print("{}: incidents {}, journal {}, {} files of the store{}\n", shown(to.folder),
             base::format_bytes(state.bytes), base::format_bytes(journal.bytes), segments,
             is_running ? "; the day that is being written is in the journal" : "");
  if (is_running) return check_open_day(to, net::SystemClock());
  return {};
}

struct Verdict {
  std::size_t problems = 0;
  void say(bool sound, const std::string& what, const std::string& text) {
    fmt::print("{:<8} {}: {}\n", sound ? "sound" : "BROKEN", what, base::encode_terminal(text));
    problems += sound ? 0 : 1;
  }
};

void verify_state(const DataLayout& data, Verdict& verdict) {
  const auto report = store::sqlite::verify_database(store::sqlite::state_options(data.state()));
  if (!report) return verdict.say(false, "state.db", report.error().message);
  verdict.say(report->problems.empty(), "state.db",
              report->problems.empty() ? base::format_bytes(report->bytes) : report->problems);
}

void verify_journal(const DataLayout& data, Verdict& verdict) {
  const auto report = store::sqlite::verify_journal(data.journal());
  if (!report) return verdict.say(false, "journal.db", report.error().message);
  std::string text =
      report->database.problems.empty()
          ? fmt::format("{} records, {} to {}", base::group_thousands(report->records),
                        report->first_position, report->last_position)
          : report->database.problems;
  if (!report->broken_positions.empty())
    text += fmt::format("; {} cannot be read back, the first is {}",
                        report->broken_positions.size(), report->broken_positions.front());
  verdict.say(report->is_sound(), "journal.db", text);
}

void verify_store(const DataLayout& data, const ports::Clock& clock, Verdict& verdict) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  store::duckdb::SegmentStoreOptions options;
  options.folder = data.store();
  options.read_only = true;
  const auto store = store::duckdb::SegmentStore::open(options, catalogue, clock);
  if (!store) return verdict.say(false, "store", store.error().message);
  for (const auto& notice : (*store)->take_notices()) verdict.say(false, "store", notice);
  const auto segments = (*store)->segments();
  if (!segments) return verdict.say(false, "store", segments.error().message);
  for (const auto& segment : *segments)
    verdict.say(true, "store " + segment.day,
                fmt::format("{} rows, {}{}", base::group_thousands(segment.rows),
                            base::format_bytes(segment.bytes), segment.sealed ? "" : ", open"));
}

int verify(const DataLayout& data, const ports::Clock& clock) {
  Verdict verdict;
  verify_state(data, verdict);
  verify_journal(data, verdict);
  verify_store(data, clock, verdict);
  return verdict.problems == 0 ? exit_done : exit_failed;
}

// Verified first; then copied. What was in the folder stays: it must be empty.
Result<int> restore(const DataLayout& from, const DataLayout& to, const ports::Clock& clock) {
  Verdict verdict;
  verify_state(from, verdict);
  verify_journal(from, verdict);
  if (verdict.problems > 0)
    return base::failure(ErrorCode::malformed, "the backup is damaged; nothing was restored");
  VEDETTE_TRY_VOID(make_empty_folder(to.folder));
  VEDETTE_TRY_VOID(copy_one(from.state(), to.state()));
  VEDETTE_TRY_VOID(copy_one(from.journal(), to.journal()));
  VEDETTE_TRY_VOID(copy_web_files(from, to));
  VEDETTE_TRY(copy_store(from, to, false));
  return verify(to, clock);
}

int report(const Result<void>& done) {
  if (done) return exit_done;
  print_error(done.error().message);
  return exit_failed;
}

// The data folder of --data, or the usual one.
Result<DataLayout> layout_of(const std::string& data) {
  return DataLayout{
      VEDETTE_TRY(data_folder(data.empty() ? std::nullopt : std::optional<std::string>(data)))};
}

struct Words {
  std::string folder, data;
};

// Parses `NAME [--data DIR] FOLDER`; an exit code when it ends there.
std::optional<int> parse(const char* name, const char* description, const char* folder_text,
                         bool needs_folder, Arguments arguments, Words& words) {
  CLI::App app(description, name);
  auto* folder = app.add_option("DIR", words.folder, folder_text)->type_name("");
  if (needs_folder) folder->required();
  if (needs_folder) app.add_option("--data", words.data, "the data folder")->type_name("DIR");
  return parse_arguments(app, arguments);
}

}  // namespace

int run_backup(Arguments arguments) {
  Words words;
  if (const auto code =
          parse("vedette backup", "Copy the data folder to DIR, also while `vedette serve` runs.",
                "a folder that is new", true, arguments, words))
    return *code;
  const auto data = layout_of(words.data);
  if (!data) return report(std::unexpected(data.error()));
  return report(back_up(*data, {words.folder}));
}

int run_restore(Arguments arguments) {
  Words words;
  if (const auto code =
          parse("vedette restore", "Put a backup in DIR back into a data folder that is empty.",
                "what `vedette backup` made", true, arguments, words))
    return *code;
  const auto data = layout_of(words.data);
  if (!data) return report(std::unexpected(data.error()));
  const net::SystemClock clock;
  const auto restored = restore({words.folder}, *data, clock);
  if (!restored) return report(std::unexpected(restored.error()));
  return *restored;
}

int run_verify(Arguments arguments) {
  Words words;
  if (const auto code = parse("vedette verify",
                              "Open and count everything in a data folder or a backup; `serve` "
                              "must not run on it.",
                              "the folder [the data folder]", false, arguments, words))
    return *code;
  const auto data = layout_of(words.folder);
  if (!data) return report(std::unexpected(data.error()));
  return verify(*data, net::SystemClock());
}

}  // namespace vedette::app
