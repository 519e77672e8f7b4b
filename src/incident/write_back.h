// Owns: what Sentinel is still to be told of what was done here to an incident of its own.
// Promises: pure; it follows from the incident and its timeline alone, so that it is the same after
// a restart; what stands there as it stands here is not told, and nothing that a reading brought is
// told back; a comment's name is made of the comment, so that telling it twice leaves one. Must not
// know: services, stores. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/incident.h"

namespace vedette::incident {

struct WriteBack {
  // As they are to be there; what is empty is left as it is.
  std::string status, owner, classification, closing_comment;
  struct Comment {
    std::string id, text;
  };
  std::vector<Comment> comments;  // the oldest first

  [[nodiscard]] bool changes_incident() const { return !status.empty() || !owner.empty(); }
  [[nodiscard]] bool empty() const { return !changes_incident() && comments.empty(); }
};

[[nodiscard]] WriteBack plan_write_back(const model::Incident& incident,
                                        std::span<const model::TimelineEntry> timeline);
// The incident when all of that stands there; `etag` and `changed` as the origin said last.
[[nodiscard]] model::Incident written_back(const model::Incident& incident, const WriteBack& done);
// That comment there is one of ours.
[[nodiscard]] bool is_own_comment(std::string_view id);

}  // namespace vedette::incident
