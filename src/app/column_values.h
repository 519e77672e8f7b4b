// Owns: values that stand in columns of the store, for what may be written next: the most frequent
// ones of a column, asked for on a thread of its own. Promises: nobody waits for the store; bounded
// in columns, values and time; nothing is asked while it is paused. Must not know: who writes.
// `of`, `pause` and `is_looking` from one thread; `found` is called from another.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "kql/catalogue/catalogue.h"
#include "ports/clock.h"

namespace vedette::app {

class ColumnValues {
 public:
  // `found`: values came that were asked for. The references outlive this.
  ColumnValues(const kql::Catalogue& catalogue, ports::Clock& clock,
               std::optional<std::string> data, std::function<void()> found);
  ~ColumnValues() { pause(); }
  ColumnValues(const ColumnValues&) = delete;
  ColumnValues& operator=(const ColumnValues&) = delete;

  // What is known of that column; what is not is looked for. Nothing for a column that is not the
  // table's, or that holds no text.
  [[nodiscard]] std::vector<std::string> of(std::string_view table, std::string_view column);
  [[nodiscard]] bool is_looking() const;
  // Ends what is being asked; the next `of` goes on.
  void pause();

 private:
  using Place = std::pair<std::string, std::string>;

  void look(const std::stop_token& stop);
  [[nodiscard]] std::vector<std::string> ask(const Place& place, const std::stop_token& stop) const;

  const kql::Catalogue& catalogue_;
  ports::Clock& clock_;
  const std::optional<std::string> data_;
  const std::function<void()> found_;
  mutable std::mutex mutex_;
  std::map<Place, std::vector<std::string>> known_;  // guarded by mutex_
  std::deque<Place> wanted_;                         // the same; the first is being asked
  std::jthread thread_;
};

}  // namespace vedette::app
