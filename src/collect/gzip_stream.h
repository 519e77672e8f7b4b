// Owns: gzip (RFC 1952) → its content, in pieces, several members one behind the other too.
// Promises: no more than the caller's buffer is written at a time, so what a packed kilobyte can
// become is the caller's to bound; damage is an error. Must not know: where the bytes come from.
// One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::collect {

class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(GzipStream&& other) noexcept;
  GzipStream& operator=(GzipStream&& other) noexcept;

  // Takes from the front of `packed` and fills `into`; how many bytes were written. 0: `packed` is
  // used up. malformed: it is no gzip, or damaged.
  [[nodiscard]] base::Result<std::size_t> read(std::string_view& packed, std::span<char> into);
  // Everything that was begun has ended: the input may end here.
  [[nodiscard]] bool is_whole() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The whole content. limit_exceeded: it is larger than that. malformed: damaged, or cut off.
[[nodiscard]] base::Result<std::string> unpack_gzip(std::string_view packed, std::size_t bytes_max);

}  // namespace vedette::collect
