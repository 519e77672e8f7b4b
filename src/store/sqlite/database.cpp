#include "store/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace vedette::store::sqlite {

namespace {

using base::ErrorCode;
namespace limits = base::limits;

// The first release after the WAL-reset bug, which loses committed transactions.
constexpr int least_version = 3'051'003;

bool is_disk_full(int code, int system_error) {
  return code == SQLITE_FULL ||
         ((code & 0xff) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT));
}

// `extended` is SQLite's extended result code, `system_error` the errno behind it (0: none).
std::unexpected<base::Error> fail(const std::string& context, int extended, int system_error,
                                  const char* detail) {
  const std::string said = detail == nullptr ? sqlite3_errstr(extended) : detail;
  const std::string because = system_error == 0 ? said : said + ": " + std::strerror(system_error);
  if (is_disk_full(extended, system_error))
    return base::failure(ErrorCode::limit_exceeded,
                         context + ": the disk is full; nothing was written");
  switch (extended & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::failure(ErrorCode::malformed,
                           fmt::format("{}: the file is damaged ({}). Stop Vedette and bring back "
                                       "the last backup with `vedette restore DIR`",
                                       context, said));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return base::failure(ErrorCode::unavailable,
                           context + ": another program or thread holds it");
    case SQLITE_CANTOPEN:
      if (system_error == ENOENT || system_error == ENOTDIR)
        return base::failure(ErrorCode::not_found, context + ": there is no such file");
      if (system_error == EACCES || system_error == EPERM || system_error == EROFS)
        return base::failure(ErrorCode::permission_denied, context + ": " + because);
      return base::failure(ErrorCode::unavailable, context + ": " + because);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return base::failure(ErrorCode::permission_denied, context + ": " + because);
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return base::failure(ErrorCode::unavailable, context + ": " + because);
    case SQLITE_CONSTRAINT:
      return base::failure(ErrorCode::refused, context + ": " + said);
    case SQLITE_TOOBIG:
      return base::failure(ErrorCode::invalid_argument, context + ": " + said);
    case SQLITE_INTERRUPT:
      return base::failure(ErrorCode::cancelled, context + ": " + said);
    default:
      return base::failure(ErrorCode::internal, context + ": " + because);
  }
}

struct CloseConnection {
  void operator()(sqlite3* connection) const {
    const int closed = sqlite3_close(connection);
    assert(closed == SQLITE_OK && "a statement outlives its database");
  }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;
using Prepared = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

std::unexpected<base::Error> connection_failure(const std::string& context, sqlite3* connection) {
  return fail(context, sqlite3_extended_errcode(connection), sqlite3_system_errno(connection),
              sqlite3_errmsg(connection));
}

// What is kept is people's data: a new file is its owner's alone. SQLite gives the -wal and -shm
// files the same mode. A file that is there is never opened here: closing it would drop the locks
// that another connection of this process holds on it.
base::Result<void> create_private_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    if (errno == EEXIST) return {};
    return base::system_failure("cannot create " + path, errno);
  }
  ::close(descriptor);
  return sync_folder_of(path);
}

// Into the file, which is there and empty. Durable when it returns.
base::Result<void> copy_pages(sqlite3* from, const std::string& path) {
  const std::string context = "copying to " + path;
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
  const Connection copy(opened);
  if (code != SQLITE_OK) return fail(context, code, 0, nullptr);
  sqlite3_backup* backup = sqlite3_backup_init(copy.get(), "main", from, "main");
  if (backup == nullptr) return connection_failure(context, copy.get());
  // All pages in one step: one snapshot, so that a writer beside us cannot make us begin again.
  const int stepped = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) return connection_failure(context, copy.get());
  // A backup is one file, readable from a medium that cannot be written.
  if (sqlite3_exec(copy.get(), "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr) !=
      SQLITE_OK)
    return connection_failure(context, copy.get());
  return {};
}

}  // namespace

struct Database::Handles {
  std::string context;  // "the journal /var/lib/vedette/journal.db": how errors begin
  Connection connection;
  // Declared after the connection, so that they go first. Keys are literals.
  std::map<std::string_view, std::vector<Prepared>> idle;
  std::size_t idle_count = 0;
  bool in_transaction = false;

  [[nodiscard]] std::unexpected<base::Error> failed() const {
    return connection_failure(context, connection.get());
  }
  base::Result<Prepared> prepare(std::string_view sql);
  base::Result<void> execute(const std::string& sql);
  base::Result<std::int64_t> integer_of(const std::string& sql);
  base::Result<std::string> text_of(const std::string& sql);
  base::Result<void> configure(const DatabaseOptions& options);
  base::Result<void> use_write_ahead_log(const DatabaseOptions& options);
  base::Result<void> look_for_damage();
  base::Result<void> migrate(const DatabaseOptions& options);
  void give_back(std::string_view sql, Prepared statement);
};

struct Statement::Body {
  Database::Handles* owner = nullptr;
  std::string_view sql;
  Prepared statement;
  int bind_code = SQLITE_OK;  // the first bind that failed

  void note(int code) {
    if (bind_code == SQLITE_OK) bind_code = code;
  }
};

// --- one connection ------------------------------------------------------------------------------

base::Result<Prepared> Database::Handles::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(connection.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  Prepared prepared(statement);
  if (code != SQLITE_OK) return failed();
  if (prepared == nullptr)
    return base::failure(ErrorCode::internal, context + ": an empty statement");
  return prepared;
}

void Database::Handles::give_back(std::string_view sql, Prepared statement) {
  sqlite3_reset(statement.get());
  sqlite3_clear_bindings(statement.get());
  if (idle_count >= limits::cached_statements_max) return;
  idle[sql].push_back(std::move(statement));
  ++idle_count;
}

base::Result<void> Database::Handles::execute(const std::string& sql) {
  if (sqlite3_exec(connection.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return failed();
  return {};
}

base::Result<std::string> Database::Handles::text_of(const std::string& sql) {
  const Prepared statement = VEDETTE_TRY(prepare(sql));
  const int code = sqlite3_step(statement.get());
  if (code == SQLITE_DONE) return std::string();
  if (code != SQLITE_ROW) return failed();
  const auto* text = sqlite3_column_text(statement.get(), 0);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0));
  return std::string(reinterpret_cast<const char*>(text), size);
}

base::Result<std::int64_t> Database::Handles::integer_of(const std::string& sql) {
  const Prepared statement = VEDETTE_TRY(prepare(sql));
  if (sqlite3_step(statement.get()) != SQLITE_ROW) return failed();
  return sqlite3_column_int64(statement.get(), 0);
}

base::Result<void> Database::Handles::configure(const DatabaseOptions& options) {
  VEDETTE_TRY_VOID(
      execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
              "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON; PRAGMA cache_size=-8192"));
  if (options.read_only) return {};
  // These two hold only for a file that is still empty; in any other they change nothing.
  VEDETTE_TRY_VOID(execute(fmt::format("PRAGMA page_size={}", options.page_bytes)));
  if (options.incremental_vacuum) VEDETTE_TRY_VOID(execute("PRAGMA auto_vacuum=INCREMENTAL"));
  return use_write_ahead_log(options);
}

base::Result<void> Database::Handles::use_write_ahead_log(const DatabaseOptions& options) {
  const std::string mode = VEDETTE_TRY(text_of("PRAGMA journal_mode=WAL"));
  if (mode != "wal")
    return base::failure(ErrorCode::refused,
                         fmt::format("{}: this file system cannot hold a write-ahead log (SQLite "
                                     "offers '{}'); use a local disk",
                                     context, mode));
  VEDETTE_TRY_VOID(
      execute(fmt::format("PRAGMA journal_size_limit={}", limits::write_ahead_log_bytes_kept)));
  // A checkpoint every 16 MB, whatever the page size.
  VEDETTE_TRY_VOID(
      execute(fmt::format("PRAGMA wal_autocheckpoint={}", 16 * 1024 * 1024 / options.page_bytes)));
  VEDETTE_TRY_VOID(execute("PRAGMA synchronous=FULL"));
  if (VEDETTE_TRY(integer_of("PRAGMA synchronous")) != 2)
    return base::failure(ErrorCode::internal, context + ": SQLite does not sync as told");
  return {};
}

// Reads what shows most damage in no time; a small file is read whole.
base::Result<void> Database::Handles::look_for_damage() {
  VEDETTE_TRY(integer_of("SELECT count(*) FROM sqlite_schema"));
  const std::int64_t bytes =
      VEDETTE_TRY(integer_of("PRAGMA page_count")) * VEDETTE_TRY(integer_of("PRAGMA page_size"));
  if (bytes > limits::checked_at_open_bytes_max) return {};
  const std::string found = VEDETTE_TRY(text_of("PRAGMA quick_check(1)"));
  if (found != "ok") return fail(context, SQLITE_CORRUPT, 0, found.c_str());
  return {};
}

base::Result<void> Database::Handles::migrate(const DatabaseOptions& options) {
  std::int64_t version = VEDETTE_TRY(integer_of("PRAGMA user_version"));
  for (const Migration& migration : options.migrations) {
    if (migration.version <= version) continue;
    if (options.read_only)
      return base::failure(ErrorCode::refused,
                           fmt::format("{}: its format {} is older than this version's; start "
                                       "`vedette serve` once to bring it up to date",
                                       context, version));
    std::string sql = "BEGIN IMMEDIATE;";
    sql += migration.sql;
    sql += fmt::format(";PRAGMA user_version={};COMMIT", migration.version);
    if (const auto done = execute(sql); !done) {
      if (sqlite3_get_autocommit(connection.get()) == 0)
        sqlite3_exec(connection.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      return std::unexpected(
          base::Error(done.error())
              .within(fmt::format("bringing it to format {}", migration.version)));
    }
    version = migration.version;
  }
  return {};
}

// --- Database ------------------------------------------------------------------------------------

Database::Database(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Database::~Database() = default;

base::Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  if (sqlite3_libversion_number() < least_version)
    return base::failure(ErrorCode::refused,
                         fmt::format("SQLite {} loses committed data (WAL reset); Vedette needs "
                                     "3.51.3 or later",
                                     library_version()));
  auto handles = std::make_unique<Handles>();
  handles->context = fmt::format("{} {}", options.what, options.path);
  if (!options.read_only) VEDETTE_TRY_VOID(create_private_file(options.path));
  sqlite3* connection = nullptr;
  const int flags = (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(options.path.c_str(), &connection, flags, nullptr);
  handles->connection.reset(connection);
  if (opened != SQLITE_OK) {
    if (connection == nullptr) return fail(handles->context, opened, 0, nullptr);
    return handles->failed();
  }
  sqlite3_busy_timeout(connection, limits::database_busy_ms);
  // Before anything is changed, since nothing in a newer file may be.
  const std::int64_t version = VEDETTE_TRY(handles->integer_of("PRAGMA user_version"));
  const int known = options.migrations.empty() ? 0 : options.migrations.back().version;
  if (version > known)
    return base::failure(
        ErrorCode::refused,
        fmt::format("{}: it was written by a newer Vedette (format {}; this version knows {}). "
                    "Install that version again, or bring back a backup of this one with "
                    "`vedette restore DIR`",
                    handles->context, version, known));
  VEDETTE_TRY_VOID(handles->configure(options));
  if (options.look_for_damage) VEDETTE_TRY_VOID(handles->look_for_damage());
  VEDETTE_TRY_VOID(handles->migrate(options));
  return std::make_unique<Database>(std::move(handles));
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  auto body = std::make_unique<Statement::Body>();
  body->owner = handles_.get();
  body->sql = sql;
  const auto found = handles_->idle.find(sql);
  if (found != handles_->idle.end() && !found->second.empty()) {
    body->statement = std::move(found->second.back());
    found->second.pop_back();
    --handles_->idle_count;
  } else {
    body->statement = VEDETTE_TRY(handles_->prepare(sql));
  }
  return Statement(std::move(body));
}

base::Result<void> Database::execute(std::string_view sql) {
  return handles_->execute(std::string(sql));
}

base::Result<void> Database::transaction(const std::function<base::Result<void>()>& work) {
  auto done = try_transaction(work);
  const bool is_full = !done && done.error().code == ErrorCode::limit_exceeded;
  if (!is_full || !make_room_ || !make_room_()) return done;
  return try_transaction(work);
}

base::Result<void> Database::try_transaction(const std::function<base::Result<void>()>& work) {
  assert(!handles_->in_transaction && "transactions do not nest");
  VEDETTE_TRY_VOID(execute("BEGIN IMMEDIATE"));
  handles_->in_transaction = true;
  base::Result<void> done = work();
  if (done) done = execute("COMMIT");
  // After some errors SQLite has rolled back by itself.
  if (!done && sqlite3_get_autocommit(handles_->connection.get()) == 0)
    sqlite3_exec(handles_->connection.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  handles_->in_transaction = false;
  return done;
}

base::Result<void> Database::copy_to(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    return base::failure(ErrorCode::invalid_argument, path + " is there already");
  const std::string unfinished = path + ".part";
  ::unlink(unfinished.c_str());
  base::Result<void> done = create_private_file(unfinished);
  if (done) done = copy_pages(handles_->connection.get(), unfinished);
  if (done && ::rename(unfinished.c_str(), path.c_str()) != 0)
    done = base::system_failure("cannot name " + path, errno);
  if (done) return sync_folder_of(path);
  ::unlink(unfinished.c_str());
  return done;
}

base::Result<std::string> Database::check_integrity() {
  const Prepared statement = VEDETTE_TRY(handles_->prepare("PRAGMA integrity_check(20)"));
  std::string found;
  for (;;) {
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return found == "ok" ? std::string() : found;
    // The check itself can stumble over what it looks for.
    const bool stumbled = (code & 0xff) == SQLITE_CORRUPT;
    if (code != SQLITE_ROW && !stumbled) return handles_->failed();
    if (!found.empty()) found += "; ";
    if (stumbled) return found += sqlite3_errmsg(handles_->connection.get());
    found += reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
  }
}

std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handles_->connection.get());
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handles_->connection.get());
}

// --- Statement -----------------------------------------------------------------------------------

Statement::Statement(std::unique_ptr<Body> body) : body_(std::move(body)) {}
Statement::Statement(Statement&& other) noexcept = default;
Statement::~Statement() {
  if (body_ != nullptr) body_->owner->give_back(body_->sql, std::move(body_->statement));
}

Statement& Statement::bind(int index, std::int64_t value) {
  body_->note(sqlite3_bind_int64(body_->statement.get(), index, value));
  return *this;
}

Statement& Statement::bind_unsigned(int index, std::uint64_t value) {
  return bind(index, static_cast<std::int64_t>(value));
}

Statement& Statement::bind(int index, double value) {
  body_->note(sqlite3_bind_double(body_->statement.get(), index, value));
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  // An empty view may point nowhere, which SQLite would take for NULL.
  const char* start = text.data() == nullptr ? "" : text.data();
  body_->note(sqlite3_bind_text64(body_->statement.get(), index, start, text.size(),
                                  SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_bytes(int index, std::string_view bytes) {
  const char* start = bytes.data() == nullptr ? "" : bytes.data();
  body_->note(
      sqlite3_bind_blob64(body_->statement.get(), index, start, bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int index) {
  body_->note(sqlite3_bind_null(body_->statement.get(), index));
  return *this;
}

base::Result<bool> Statement::step() {
  if (body_->bind_code != SQLITE_OK) {
    const int code = std::exchange(body_->bind_code, SQLITE_OK);
    return fail(body_->owner->context, code, 0, nullptr);
  }
  const int code = sqlite3_step(body_->statement.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(body_->statement.get());
    return false;
  }
  auto failed = body_->owner->failed();
  sqlite3_reset(body_->statement.get());
  return failed;
}

base::Result<void> Statement::run() {
  while (VEDETTE_TRY(step())) continue;
  return {};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(body_->statement.get(), column);
}

std::uint64_t Statement::unsigned_integer(int column) const {
  return static_cast<std::uint64_t>(integer(column));
}

double Statement::real(int column) const {
  return sqlite3_column_double(body_->statement.get(), column);
}

std::string_view Statement::text(int column) const {
  const void* start = sqlite3_column_blob(body_->statement.get(), column);
  const int size = sqlite3_column_bytes(body_->statement.get(), column);
  if (start == nullptr) return {};
  return {static_cast<const char*>(start), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(body_->statement.get(), column) == SQLITE_NULL;
}

base::Result<void> sync_folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return base::system_failure("cannot open " + folder, errno);
  const bool synced = ::fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  if (!synced) return base::system_failure("cannot sync " + folder, error);
  return {};
}

std::string_view library_version() {
  return sqlite3_libversion();
}

}  // namespace vedette::store::sqlite
