// Owns: a directory audit's record → model::ChangeEvent, and which activities and roles
// schema/directory_changes.txt knows. Promises: what the record does not say is empty; an activity
// that is not known is "other", never left out. Must not know: tables. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/json_records.h"
#include "base/result.h"
#include "model/change_event.h"
#include "model/table_batch.h"

namespace vedette::normalise::cloud {

// By their names in lower case.
struct DirectoryChanges {
  std::map<std::string, model::ChangeOperation, std::less<>> activities;
  std::map<std::string, bool, std::less<>> privileged_roles;

  [[nodiscard]] static base::Result<DirectoryChanges> read(std::string_view text);
};

class ChangeReader {
 public:
  // Adds the paths it needs; before the records are read. The changes outlive it.
  ChangeReader(base::JsonPaths& paths, const DirectoryChanges& known);
  // The views live as long as the record's scalars, until the next `begin`.
  [[nodiscard]] model::ChangeEvent read(const base::JsonRecord& record, const model::RowHead& head);
  void begin() { kept_.clear(); }

 private:
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  void read_targets(std::string_view targets, model::ChangeEvent& event);

  const DirectoryChanges& known_;
  const std::size_t activity_, result_, reason_, service_, user_, user_name_, user_address_, app_,
      targets_;
  std::deque<std::string> kept_;
};

// The text of schema/directory_changes.txt, as it was when the program was built.
[[nodiscard]] std::string_view built_in_directory_changes();

}  // namespace vedette::normalise::cloud
