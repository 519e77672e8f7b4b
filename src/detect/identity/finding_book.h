// Owns: what was told of each episode of the identity detections, and what must be told next.
// Promises: an episode is told once and keeps its alert's id whatever is learned later; one that is
// no more once a late event is known is withdrawn; one that is over is closed and forgotten. Must
// not know: how episodes come about, where alerts go. The pipeline's thread.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/time.h"
#include "detect/alert_book.h"
#include "detect/identity/identity_settings.h"
#include "detect/identity/world.h"
#include "detect/state_blob.h"

namespace vedette::detect::identity {

class FindingBook {
 public:
  // Compares both worlds' episodes with what was said. Those that are over at `settled` (event
  // time) are told as closed and leave both worlds. `now` is processing time.
  void tell(World& settled_world, World& present, base::Timestamp settled,
            const IdentitySettings& settings, base::Timestamp now, std::vector<ChangedAlert>& out);
  [[nodiscard]] std::size_t open_alerts() const { return told_.size(); }
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

 private:
  struct Told {
    std::uint64_t first_event = 0;  // the id of the episode's first one
    bool is_matched = false;
    model::Alert alert;
  };

  void tell_key(std::uint64_t key, IdentityEpisodes& episodes, base::Timestamp now,
                std::vector<ChangedAlert>& out);
  void close(Told& told, base::Timestamp now, std::vector<ChangedAlert>& out);

  std::map<std::uint64_t, std::vector<Told>> told_;  // by the episodes' key
};

}  // namespace vedette::detect::identity
