// Owns: looking through what is stored for indicators that came since it was looked through last.
// Promises: bounded (days, rows of an answer, alerts), one query at a time, and stopped between
// two; each table and column that schema/observables.txt declares is asked for its values, which
// are looked up as those of arriving rows are, free text and members of JSON too; of free text the
// newest gigabyte of a column, and what was left out is told. One alert an indicator and value,
// however often it is looked for. How far it came is written down once the alerts are recorded:
// killed at any moment, it is done again and nobody is told twice. Must not know: threads, who is
// told. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "app/intel_desk.h"
#include "app/intel_setting.h"
#include "base/result.h"
#include "detect/allow_list.h"
#include "model/alert.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

class RetroHunt {
 public:
  using Record = std::function<base::Result<void>(const model::Alert& alert)>;
  struct Ground {
    const IntelDesk& desk;  // they outlive it
    const IntelSettings& settings;
    const detect::AllowList& allow_list;
    std::string looked_back_path;
    Record record;
  };
  explicit RetroHunt(Ground ground);

  // Whether indicators came that were not looked for.
  [[nodiscard]] bool is_due() const;
  struct Looked {
    std::size_t columns = 0;  // of all tables together
    std::size_t alerts = 0, left_out = 0;
    std::vector<std::string> troubles;  // of columns that could not be looked through
  };
  // Rows that reached us until `loaded`, when the snapshot was made: later ones were held against
  // it as they came.
  [[nodiscard]] base::Result<Looked> run(store::duckdb::SegmentStore& store, base::Timestamp loaded,
                                         const std::stop_token& stop);

 private:
  const Ground ground_;
  base::Timestamp looked_until_;  // by when indicators came
};

}  // namespace vedette::app
