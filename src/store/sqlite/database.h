// Owns: one connection to one SQLite file, its statements, and its transactions; SQLite is fenced
// here. Promises: WAL, synchronous=FULL, no mmap, foreign keys on, a busy time-out; the library is
// at least 3.51.3 or `open` refuses; schema versions only go up, and a file made by a newer version
// is refused in words; a file that is damaged is refused with what to do. Errors tell a full disk
// (limit_exceeded), an I/O error or a busy file (unavailable) and damage (malformed) apart. Must
// not know: which tables there are. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::store::sqlite {

struct Migration {
  int version = 0;       // 1, 2, 3 ...; kept in PRAGMA user_version
  std::string_view sql;  // run in one transaction with the new version number
};

struct DatabaseOptions {
  std::string path;
  std::string_view what;  // "the journal", "the state database": for messages
  int page_bytes = 4096;
  bool read_only = false;
  // Free pages can be given back to the disk by `PRAGMA incremental_vacuum`. Like page_bytes, it
  // holds from the file's creation on.
  bool incremental_vacuum = false;
  // A damaged page is noticed at open (of small files), not only by who reads it. Off where each
  // record has a checksum of its own and one bad page must not take the rest away.
  bool look_for_damage = true;
  std::span<const Migration> migrations;  // ascending
};

class Statement;

class Database {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  struct Handles;
  explicit Database(std::unique_ptr<Handles> handles);  // for `open`
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Statements are kept and reused by their text, which must be a literal.
  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  [[nodiscard]] base::Result<void> execute(std::string_view sql);  // no rows, no parameters
  // Called when a transaction meets a full disk, which is then made once more if it says true.
  // Before the first one.
  void when_full(std::function<bool()> make_room) { make_room_ = std::move(make_room); }
  // BEGIN IMMEDIATE, `work`, COMMIT; ROLLBACK when `work` or the commit fails.
  [[nodiscard]] base::Result<void> transaction(const std::function<base::Result<void>()>& work);
  // A whole, consistent copy at `path` (which must not exist), made while others read and write:
  // one file, on the disk when this returns. Use a connection of its own beside a busy writer.
  [[nodiscard]] base::Result<void> copy_to(const std::string& path);
  // PRAGMA integrity_check: empty when sound, else what is wrong.
  [[nodiscard]] base::Result<std::string> check_integrity();
  [[nodiscard]] std::int64_t last_insert_id() const;
  [[nodiscard]] std::int64_t changes() const;  // rows changed by the last statement

 private:
  [[nodiscard]] base::Result<void> try_transaction(const std::function<base::Result<void>()>& work);

  std::unique_ptr<Handles> handles_;
  std::function<bool()> make_room_;
};

// A prepared statement in use: bind, step, read; reset when it goes. After `run` it can be bound
// and run again. A bind that failed is told by the next step. Must not outlive its database.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1 (?1, ?2 ...). Text and bytes are copied.
  Statement& bind(int index, std::int64_t value);
  Statement& bind_unsigned(int index, std::uint64_t value);  // kept as the int64 of the same bits
  Statement& bind(int index, double value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_bytes(int index, std::string_view bytes);
  Statement& bind_null(int index);

  // True: a row is there. False: done.
  [[nodiscard]] base::Result<bool> step();
  // Runs to the end, for statements without rows.
  [[nodiscard]] base::Result<void> run();

  // Columns count from 0. Views live until the next step.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t unsigned_integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  // bytes too
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Body;
  explicit Statement(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

// Makes the names of files in that file's folder durable.
[[nodiscard]] base::Result<void> sync_folder_of(const std::string& path);

// The linked library's version, "3.51.3".
[[nodiscard]] std::string_view library_version();

}  // namespace vedette::store::sqlite
