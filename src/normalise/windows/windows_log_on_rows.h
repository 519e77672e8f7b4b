// Owns: log-ins on Windows hosts → rows of `ASimAuthenticationEventLogs`, in the words of the ASIM
// authentication schema 0.1.3. Promises: one row an event that speaks of a log-in or its end; what
// it does not say is not set. Must not know: how rows are kept. One thread.
#pragma once

#include <string>
#include <vector>

#include "model/alert.h"
#include "model/table_batch.h"
#include "model/windows_log_on.h"

namespace vedette::normalise::windows {

class WindowsLogOnRows {
 public:
  // `seeks_everywhere`: rows may be there since long (imports).
  explicit WindowsLogOnRows(bool seeks_everywhere) : seeks_everywhere_(seeks_everywhere) {
    rows_ = empty();
  }
  void add(const model::WindowsLogOn& log_on, std::uint64_t content_hash, base::Timestamp received,
           const model::Location& place);
  void take(std::vector<model::TableBatch>& taken);

 private:
  void text(std::string_view column, std::string_view value) {
    if (!value.empty()) rows_.set_text(rows_.column(column), value);
  }
  void add_result(const model::WindowsLogOn& log_on);
  void add_source(const model::WindowsLogOn& log_on, const model::Location& place);

  [[nodiscard]] model::TableBatch empty() const;

  const bool seeks_everywhere_;
  model::TableBatch rows_;
};

}  // namespace vedette::normalise::windows
