// Owns: changes of accounts → rows of `ASimUserManagementActivityLogs`, in the words of the ASIM
// user management schema 0.1.1. Promises: one row a change; what the change does not say is not
// set. Must not know: where changes come from, how rows are kept. One thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/change_event.h"
#include "model/raw_batch.h"
#include "model/table_batch.h"

namespace vedette::normalise {

inline constexpr std::string_view user_management_table = "ASimUserManagementActivityLogs";

class ChangeRows {
 public:
  // The changes are the batch's.
  void add(const model::RawBatch& batch, std::span<const model::ChangeEvent> changes);
  [[nodiscard]] std::optional<model::TableBatch> take();

 private:
  void add_change(const model::RawBatch& batch, const model::ChangeEvent& change);

  model::TableBatch rows_{std::string(user_management_table)};
};

}  // namespace vedette::normalise
