// Owns: what the routes of hunts ask for: running queries, checking them, what was run before, and
// queries that are kept under a name. Promises: answers are JSON as the API's document describes
// it; a newer run of the same tab ends the older one; a query that is wrong is told with where and
// why. Must not know: HTTP, roles. Any thread. Body: app/hunts_desk.h.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "server/settings_desk.h"

namespace vedette::server {

struct HuntQuestion {
  std::string person, query;
  std::string tab;                          // of whose runs only the newest counts
  std::string on;                           // empty: here; "workspace:NAME", "both:adx:NAME"
  std::optional<base::Timestamp> from, to;  // of TimeGenerated
  std::optional<base::Timestamp> now;       // what now() is; else the clock's
  std::stop_token gone = {};                // nobody waits for the answer any more
};
struct HuntReply {
  bool is_done = false;  // false: `text` is a JSON object of diagnostics
  std::string text;
};

class HuntDesk {
 public:
  using Answer = base::Result<std::string>;

  virtual ~HuntDesk() = default;
  // Tables, functions, and places elsewhere.
  [[nodiscard]] virtual std::string schema() = 0;
  [[nodiscard]] virtual HuntReply run(const HuntQuestion& question, const DeskNote& note) = 0;
  // Of the run of that tab; not_found: none runs.
  [[nodiscard]] virtual Answer progress(const std::string& person, const std::string& tab) = 0;
  [[nodiscard]] virtual base::Result<void> cancel(const std::string& person,
                                                  const std::string& tab) = 0;
  // Nothing is run.
  [[nodiscard]] virtual std::string check(const std::string& query) = 0;

  [[nodiscard]] virtual Answer history(const std::string& person) = 0;
  [[nodiscard]] virtual base::Result<void> mark(const std::string& person, std::uint64_t id,
                                                const base::Json& body) = 0;
  [[nodiscard]] virtual base::Result<void> forget(const std::string& person, std::uint64_t id) = 0;

  // Those of people, of files, and the shipped ones.
  [[nodiscard]] virtual Answer saved() = 0;
  [[nodiscard]] virtual base::Result<void> save(const std::string& person, const std::string& name,
                                                const base::Json& body, const DeskNote& note) = 0;
  [[nodiscard]] virtual base::Result<void> remove(const std::string& name,
                                                  const DeskNote& note) = 0;
};

}  // namespace vedette::server
