#include "normalise/quarantine.h"

#include <algorithm>

#include "base/limits.h"

namespace vedette::normalise {

namespace limits = base::limits;

void Quarantine::add(std::string_view reason, std::string_view source, std::string_view line) {
  constexpr std::size_t sample_bytes_max = 500;
  // Copying every one of a billion bad lines would cost; after the first ones, one in 64 is kept.
  constexpr std::uint64_t sample_every = 64;
  ++lines_;
  auto found = std::ranges::find(reasons_, reason, &QuarantineReason::reason);
  if (found == reasons_.end()) {
    if (reasons_.size() >= limits::quarantine_reasons_max) return;
    reasons_.push_back({std::string(reason), 0, {}});
    found = reasons_.end() - 1;
  }
  const std::uint64_t before = found->lines++;
  if (before >= limits::quarantine_samples_max && before % sample_every != 0) return;
  if (found->samples.size() >= limits::quarantine_samples_max) found->samples.pop_front();
  found->samples.push_back(std::string(source) + ": " +
                           std::string(line.substr(0, sample_bytes_max)));
}

std::string_view Quarantine::most_frequent_reason() const {
  if (reasons_.empty()) return {};
  return std::ranges::max_element(reasons_, {}, &QuarantineReason::lines)->reason;
}

std::vector<QuarantineReason> Quarantine::by_reason() const {
  auto sorted = reasons_;
  std::ranges::sort(sorted, std::ranges::greater(), &QuarantineReason::lines);
  return sorted;
}

}  // namespace vedette::normalise
