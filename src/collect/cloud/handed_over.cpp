#include "collect/cloud/handed_over.h"

#include <utility>

#include "base/hash.h"

namespace vedette::collect::cloud {

std::uint64_t HandedOver::key_of(std::string_view record) const {
  return base::hash_bytes(record, seed_);
}

void HandedOver::add(std::uint64_t key) {
  if (newer_.size() >= generation_max_) older_ = std::exchange(newer_, {});
  newer_.insert(key);
}

}  // namespace vedette::collect::cloud
