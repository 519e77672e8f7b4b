// Packed bytes from outside: no more than is asked for comes out, and the same in any pieces.
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/gzip_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most = 1'000'000;
  const std::string_view packed(reinterpret_cast<const char*>(data), size);
  const auto whole = vedette::collect::unpack_gzip(packed, most);
  if (whole) assert(whole->size() <= most);
  vedette::collect::GzipStream stream;
  std::string content;
  std::array<char, 100> into{};
  for (std::size_t at = 0; at < packed.size() && content.size() <= most; at += 5) {
    std::string_view piece = packed.substr(at, 5);
    while (content.size() <= most) {
      const auto written = stream.read(piece, into);
      if (!written) return 0;
      if (*written == 0) break;
      content.append(into.data(), *written);
    }
  }
  if (whole) assert(content == *whole);
  return 0;
}
