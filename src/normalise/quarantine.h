// Owns: the lines that could not be understood: counted by reason, with a few examples to be
// listed. Promises: nothing is dropped in silence; memory is bounded (limits::quarantine_*). Must
// not know: formats. Called from one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::normalise {

struct QuarantineReason {
  std::string reason;
  std::uint64_t lines = 0;
  std::deque<std::string> samples;  // the newest ones, cut to 500 bytes
};

class Quarantine {
 public:
  void add(std::string_view reason, std::string_view source, std::string_view line);
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  // Empty when nothing was unreadable.
  [[nodiscard]] std::string_view most_frequent_reason() const;
  // Most frequent first.
  [[nodiscard]] std::vector<QuarantineReason> by_reason() const;

 private:
  std::vector<QuarantineReason> reasons_;
  std::uint64_t lines_ = 0;
};

}  // namespace vedette::normalise
