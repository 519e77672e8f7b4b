// Owns: the incident about ourselves: that room is short and nothing is taken in. Promises: one
// alert for each time that room is short, opened when the guard closes and closed when it opens; it
// is an incident like others, with its timeline and messages, also when it could not be kept before
// the end; what a process that died left open goes on in the next one. Must not know: how room is
// measured, who sends. One thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "incident/incident_book.h"
#include "model/alert.h"
#include "ports/incident_store.h"

namespace vedette::app {

class RoomIncident {
 public:
  // The store outlives it.
  RoomIncident(ports::IncidentStore& store, incident::BookSettings settings, std::string folder)
      : store_(store), book_(store, std::move(settings)), folder_(std::move(folder)) {}

  // How it is now: `shortage` in a sentence, empty when there is room. True: there are messages to
  // be sent. An error: nothing was kept, and the next call tries again.
  [[nodiscard]] base::Result<bool> look(const std::string& shortage, base::Timestamp now);

 private:
  [[nodiscard]] base::Result<void> remember();
  [[nodiscard]] model::Alert new_alert(const std::string& shortage, base::Timestamp now) const;

  ports::IncidentStore& store_;
  incident::IncidentBook book_;
  const std::string folder_;
  std::optional<model::Alert> open_;
  std::optional<model::Alert> untold_;  // begun, and not kept yet: the disk was full
  bool is_remembered_ = false;          // what an earlier process left open is known
};

}  // namespace vedette::app
