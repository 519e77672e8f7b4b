// Owns: how the journal keeps a payload: compressed (zstd) where that makes it smaller, as it is
// where not. Promises: `unpack` of what `pack` made is the same bytes; hostile or broken bytes end
// in an error and never in more memory than limits::journal_record_bytes_max. Must not know: what a
// payload means. Each object: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::store::sqlite {

class PayloadPacker {
 public:
  PayloadPacker();
  ~PayloadPacker();
  // Lives until the next call. As long as the payload itself: not compressed.
  [[nodiscard]] std::string_view pack(std::string_view payload);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::string buffer_;
};

class PayloadUnpacker {
 public:
  PayloadUnpacker();
  ~PayloadUnpacker();
  // `payload_bytes` is how long the payload was.
  [[nodiscard]] base::Result<std::string> unpack(std::string_view packed,
                                                 std::size_t payload_bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace vedette::store::sqlite
