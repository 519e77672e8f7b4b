// Owns: the words behind `vedette hunt` and what they ask for. Promises: words that contradict each
// other are refused with the remedy. Must not know: how hunts are run. Main's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "hunt/hunt.h"
#include "kql/compile.h"
#include "kql/result/sink.h"

namespace vedette::app {

extern const std::string_view hunt_usage;

struct HuntOptions {
  std::optional<std::string> query;
  std::string name;                // of a hunt that is kept as a file
  std::optional<hunt::Hunt> hunt;  // that it names
  std::string hunts, functions, config;
  std::string on;      // empty: here
  std::string notify;  // a channel; empty: nobody is told
  bool incident = false;
  bool chart = false;  // drawn below the table, whatever the query says
  std::string svg;     // a file for the chart
  [[nodiscard]] bool has_outcome() const { return incident || !notify.empty(); }
  [[nodiscard]] bool has_chart() const { return chart || !svg.empty(); }
  std::string file;
  std::optional<std::string> data;
  kql::result::Format format = kql::result::Format::table;
  bool parquet = false;
  std::string out;
  bool check = false;
  bool explain = false;
  bool help = false;
  kql::Inputs inputs;
  std::vector<std::string> hosts;  // that externaldata may read
  std::optional<std::int64_t> last_ticks;
  [[nodiscard]] bool has_query() const { return query || !file.empty() || !name.empty(); }
  int timeout_ms = base::limits::query_timeout_ms;
};

[[nodiscard]] base::Result<HuntOptions> read_hunt_options(
    std::span<const std::string_view> arguments);
// One of them, as the words "--format csv" would. An empty `value` for one that takes none.
[[nodiscard]] base::Result<void> change_hunt_option(std::string_view name, std::string_view value,
                                                    HuntOptions& options);
// That no two contradict each other.
[[nodiscard]] base::Result<void> check_hunt_options(const HuntOptions& options);

}  // namespace vedette::app
