// Owns: telling Sentinel what was done here to its incidents: status, owner, classification,
// comments. Promises: nothing without `incidents.write_back`; a change is made only to the version
// that we have read, so that what somebody changed there since is never overwritten: it is read
// first, and what is still to be told is told then; what fails is told once and tried again. Must
// not know: what a change means (incident/write_back.h). One thread.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "app/sentinel_lines.h"
#include "incident/write_back.h"
#include "ports/clock.h"
#include "ports/incident_store.h"

namespace vedette::app {

// All outlive it.
struct WriteBackRooms {
  ports::IncidentStore& incidents;
  ports::Clock& clock;
  // The connection to the Sentinel that a feed comes from; not_found: there is none.
  std::function<base::Result<SentinelLine*>(const std::string& source)> line_to;
  std::function<void(bool is_problem, const std::string& text)> notice;
};

class OriginWriteBack {
 public:
  explicit OriginWriteBack(WriteBackRooms rooms) : rooms_(std::move(rooms)) {}

  // One look at the newest incidents. An error: the store does not answer.
  [[nodiscard]] base::Result<void> look(const std::stop_token& stop);

 private:
  enum class Told : std::uint8_t { all, later };
  [[nodiscard]] base::Result<Told> tell(const model::Incident& incident,
                                        const incident::WriteBack& plan,
                                        const std::stop_token& stop);
  [[nodiscard]] base::Result<model::Incident> change(SentinelLine& line,
                                                     const model::Incident& incident,
                                                     const incident::WriteBack& plan,
                                                     const std::stop_token& stop) const;
  void tell_trouble(const std::string& text);

  const WriteBackRooms rooms_;
  std::map<std::uint64_t, std::uint64_t> settled_;  // revision by number: nothing is to be told
  base::Duration next_try_;                         // of the monotonic clock
  std::string trouble_;                             // that was told
};

}  // namespace vedette::app
