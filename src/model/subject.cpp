#include "model/subject.h"

#include "base/hash.h"

namespace vedette::model {

std::uint64_t subject_of(const Alert& alert) {
  std::uint64_t subject = base::hash_bytes(alert.rule);
  if (!alert.entities.empty()) {
    const Entity& first = alert.entities.front();
    subject = base::hash_bytes(first.value,
                               base::hash_words(subject, static_cast<std::uint64_t>(first.type)));
  }
  return subject == 0 ? 1 : subject;
}

}  // namespace vedette::model
