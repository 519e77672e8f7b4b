#include "collect/gzip_stream.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace vedette::collect {
namespace {

constexpr int gzip_window_bits = 15 + 16;  // gzip's own header and nothing else
constexpr std::size_t piece_bytes = 64 * 1024;

uInt bounded(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct GzipStream::State {
  State() { is_ready = ::inflateInit2(&stream, gzip_window_bits) == Z_OK; }
  ~State() {
    if (is_ready) ::inflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  z_stream stream{};
  bool is_ready = false;
  bool is_between = true;  // no member is begun
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {}
GzipStream::~GzipStream() = default;
GzipStream::GzipStream(GzipStream&& other) noexcept = default;
GzipStream& GzipStream::operator=(GzipStream&& other) noexcept = default;

base::Result<std::size_t> GzipStream::read(std::string_view& packed, std::span<char> into) {
  if (!state_->is_ready)
    return base::failure(base::ErrorCode::unavailable, "no memory to unpack gzip");
  z_stream& stream = state_->stream;
  for (;;) {
    // Padding of zero bytes behind the last member is what some tapes and tools leave.
    if (state_->is_between && packed.find_first_not_of('\0') == std::string_view::npos) {
      packed = {};
      return 0;
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = bounded(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(into.data());
    stream.avail_out = bounded(into.size());
    const uInt offered = stream.avail_in, room = stream.avail_out;
    const int outcome = ::inflate(&stream, Z_NO_FLUSH);
    if (offered > 0) state_->is_between = false;
    packed.remove_prefix(offered - stream.avail_in);
    const std::size_t written = room - stream.avail_out;
    if (outcome == Z_STREAM_END) {
      ::inflateReset(&stream);
      state_->is_between = true;
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      return base::failure(base::ErrorCode::malformed,
                           fmt::format("is no gzip, or damaged: {}",
                                       stream.msg == nullptr ? "wrong data" : stream.msg));
    }
    if (written > 0 || packed.empty()) return written;
  }
}

bool GzipStream::is_whole() const {
  return state_->is_between;
}

base::Result<std::string> unpack_gzip(std::string_view packed, std::size_t bytes_max) {
  GzipStream stream;
  std::string content;
  std::array<char, piece_bytes> piece{};
  for (;;) {
    const std::size_t written = VEDETTE_TRY(stream.read(packed, piece));
    if (written == 0) break;
    if (content.size() + written > bytes_max)
      return base::failure(base::ErrorCode::limit_exceeded,
                           fmt::format("unpacks to more than {} bytes", bytes_max));
    content.append(piece.data(), written);
  }
  if (!stream.is_whole()) return base::failure(base::ErrorCode::malformed, "is cut off");
  return content;
}

}  // namespace vedette::collect
