// Owns: whom and what an alert is about, as bytes of the detectors' saved state and back. Must not
// know: what the entities mean. Called from the pipeline's thread.
#pragma once

#include <vector>

#include "detect/state_blob.h"
#include "model/alert.h"

namespace vedette::detect {

inline void put_entities(BlobWriter& out, const std::vector<model::Entity>& entities) {
  out.list(entities, [&out](const model::Entity& entity) {
    out.put(entity.type);
    out.text(entity.value);
  });
}

[[nodiscard]] inline std::vector<model::Entity> take_entities(BlobReader& in) {
  std::vector<model::Entity> entities;
  in.list(sizeof(model::EntityType) + sizeof(std::uint64_t), [&] {
    const auto type = in.take<model::EntityType>();
    entities.push_back({type, in.text()});
  });
  return entities;
}

}  // namespace vedette::detect
