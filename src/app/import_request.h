// Owns: rows from `vedette import` to the `serve` that has the store: both sides of it. Promises:
// what is handed over lies in the journal when the asking side is told so; a row that is sent twice
// is stored once; who asks can wait until hunts see his rows. Must not know: files, what rows mean.
// Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/data_layout.h"
#include "app/running_serve.h"
#include "base/result.h"
#include "kql/catalogue/catalogue.h"
#include "net/http_receiver.h"
#include "ports/clock.h"
#include "ports/journal.h"

namespace vedette::app {

inline constexpr std::string_view import_path = "/api/import/";
// In the place of a table: Windows events, whose tables are found by what they say.
inline constexpr std::string_view windows_table = "windows";

// The answering side.
struct ImportRooms {
  const kql::Catalogue& catalogue;
  const ports::Clock& clock;
  // Durable when it succeeds, at the position that comes back.
  std::function<base::Result<std::uint64_t>(ports::RawRecord)> commit;
  // The journal's position up to which rows can be queried.
  std::function<base::Result<std::uint64_t>()> stored;
};
[[nodiscard]] net::ReceiverReply answer_import(const net::ReceivedRequest& request,
                                               const ImportRooms& rooms);

// The asking side.
class ImportHandover {
 public:
  ImportHandover(RunningServe serve, std::string table, ports::Clock& clock)
      : serve_(std::move(serve)), table_(std::move(table)), clock_(clock) {}

  // A row's JSON; the text is copied.
  void add(std::string_view json);
  // A body that is handed over as it is, in place of rows.
  void set_body(std::string body) {
    body_ = std::move(body);
    is_array_ = false;
  }
  [[nodiscard]] bool is_full() const;
  // What was added, again and again while the other side has no room; nothing when nothing was.
  [[nodiscard]] base::Result<void> send();
  // False: the other side has the rows, but does not show them within a minute.
  [[nodiscard]] bool wait_until_stored();

 private:
  RunningServe serve_;
  const std::string table_;
  ports::Clock& clock_;
  std::string body_;  // an array of JSON without its end; empty: no row
  bool is_array_ = true;
  std::uint64_t position_ = 0;
};

}  // namespace vedette::app
