// Owns: what is remembered of hunts on the web app's page: each run with what a person noted about
// it, and the queries that people keep under a name. Promises: plain data. Must not know: where it
// is kept. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace vedette::model {

struct HuntRun {
  std::uint64_t id = 0;  // given by the store
  std::string person;
  base::Timestamp at;  // also what its now() was
  std::string query;
  std::string place;                        // "" here, else "workspace:NAME", "both:adx:NAME"
  std::optional<base::Timestamp> from, to;  // of TimeGenerated
  std::int64_t took_ms = 0;
  std::int64_t rows = 0;
  std::string problem;  // why it failed; empty: it did not
  bool is_starred = false;
  std::string comment;

  bool operator==(const HuntRun&) const = default;
};

struct SavedHunt {
  std::string name;  // small letters, digits, dashes, as a hunt's file has it
  std::string title, description, query;
  std::string span;        // of time, as the page has it: "24h"
  bool is_pinned = false;  // shown on the overview
  std::string author;      // who changed it last
  base::Timestamp changed;

  bool operator==(const SavedHunt&) const = default;
};

}  // namespace vedette::model
