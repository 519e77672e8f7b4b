#include "kql/native/code_points.h"

#include <algorithm>
#include <cstdint>

#include "fmt/format.h"

namespace vedette::kql::native {

CodePoints::CodePoints(std::vector<std::pair<char32_t, char32_t>> ranges) {
  std::sort(ranges.begin(), ranges.end());
  for (const auto& [first, last] : ranges) {
    if (!ranges_.empty() && first <= ranges_.back().second + 1) {
      ranges_.back().second = std::max(ranges_.back().second, last);
    } else {
      ranges_.emplace_back(first, last);
    }
  }
}

CodePoints CodePoints::with(const CodePoints& other) const {
  auto all = ranges_;
  all.insert(all.end(), other.ranges_.begin(), other.ranges_.end());
  return CodePoints(std::move(all));
}

CodePoints CodePoints::common_with(const CodePoints& other) const {
  CodePoints common;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const char32_t first = std::max(a->first, b->first), last = std::min(a->second, b->second);
    if (first <= last) common.ranges_.emplace_back(first, last);
    if (a->second < b->second) {
      ++a;
    } else {
      ++b;
    }
  }
  return common;
}

CodePoints CodePoints::complement() const {
  CodePoints rest;
  char32_t next = 0;
  for (const auto& [first, last] : ranges_) {
    if (first > next) rest.ranges_.emplace_back(next, first - 1);
    next = last + 1;
  }
  if (next <= greatest) rest.ranges_.emplace_back(next, greatest);
  return rest;
}

std::string CodePoints::text() const {
  if (ranges_.empty()) return R"(^\x{0}-\x{10ffff})";
  std::string out;
  for (const auto& [first, last] : ranges_)
    out += fmt::format(R"(\x{{{:x}}}-\x{{{:x}}})", static_cast<std::uint32_t>(first),
                       static_cast<std::uint32_t>(last));
  return out;
}

}  // namespace vedette::kql::native
