// Owns: the position up to which a journal was acknowledged, in a small file beside it. SQLite
// takes the first damaged frame of a write-ahead log for its end and drops the rest without a word;
// with this file a journal that ends too early is known. Promises: the mark is never ahead of what
// was acknowledged. It is written after the commit and not synced, which costs a few microseconds:
// after a crash of the process it is exact, after a power cut it may be some seconds behind. A mark
// that is damaged counts as none. Must not know: SQLite. One thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::store::sqlite {

class AcknowledgedMark {
 public:
  explicit AcknowledgedMark(std::string path) : path_(std::move(path)) {}
  ~AcknowledgedMark();
  AcknowledgedMark(const AcknowledgedMark&) = delete;
  AcknowledgedMark& operator=(const AcknowledgedMark&) = delete;

  // 0: there is none.
  [[nodiscard]] std::uint64_t read() const;
  // It is a second witness: that it cannot be written stops nobody.
  void write(std::uint64_t position);

 private:
  const std::string path_;
  int descriptor_ = -1;  // opened by the first write
};

}  // namespace vedette::store::sqlite
