#include "notify/message_queue.h"

namespace vedette::notify {

using model::AlertChange;

std::optional<AlertChange> fold_change(std::optional<AlertChange> waiting, AlertChange newer) {
  const bool nobody_knows = !waiting || *waiting == AlertChange::opened;
  // Nobody was told that there is something, so nobody has to be told that there is nothing.
  if (nobody_knows && newer == AlertChange::withdrawn) return std::nullopt;
  if (nobody_knows && newer == AlertChange::updated) return AlertChange::opened;
  return newer;
}

}  // namespace vedette::notify
