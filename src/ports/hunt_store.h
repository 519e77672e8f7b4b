// Owns: the runs of hunts that each person is shown again, and the hunts that people saved on the
// page. Real body: store/sqlite/sqlite_hunts.h (state.db). Fake: test/fakes/memory_hunt_store.h.
// Contract: test/contract/hunt_store_contract.h. Promises: each call is one durable transaction; of
// a person's runs the newest are kept, and those with a star beside them, bounded both. Must not
// know: what queries say. Any thread; writers wait for each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/hunt_run.h"

namespace vedette::ports {

inline constexpr std::size_t kept_runs_max = 300;     // of a person, without a star
inline constexpr std::size_t starred_runs_max = 100;  // of a person
inline constexpr std::size_t saved_hunts_max = 500;   // of everybody

class HuntStore {
 public:
  virtual ~HuntStore() = default;
  // Its id. The person's oldest runs without a star go.
  [[nodiscard]] virtual base::Result<std::uint64_t> add_run(const model::HuntRun& run) = 0;
  // Of that person, the newest first.
  [[nodiscard]] virtual base::Result<std::vector<model::HuntRun>> runs(std::string_view person) = 0;
  // not_found: none of that person's; rate_limited: too many stars.
  [[nodiscard]] virtual base::Result<void> mark_run(std::string_view person, std::uint64_t id,
                                                    std::optional<bool> is_starred,
                                                    std::optional<std::string> comment) = 0;
  [[nodiscard]] virtual base::Result<void> forget_run(std::string_view person,
                                                      std::uint64_t id) = 0;

  // By name.
  [[nodiscard]] virtual base::Result<std::vector<model::SavedHunt>> saved() = 0;
  // In the place of one of that name. rate_limited: there are too many.
  [[nodiscard]] virtual base::Result<void> save(const model::SavedHunt& hunt) = 0;
  // not_found: there is none.
  [[nodiscard]] virtual base::Result<void> remove(std::string_view name) = 0;
};

}  // namespace vedette::ports
