#include "store/sqlite/packed_payload.h"

#include <zstd.h>

#include "base/limits.h"

namespace vedette::store::sqlite {

namespace {

// Log text shrinks 8 to 12 times at the fastest level already; higher ones cost the writer's time.
constexpr int compression_level = 1;
// Below this the attempt costs more time than the insert and saves next to nothing.
constexpr std::size_t least_bytes_compressed = 512;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct PayloadPacker::Context {
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> zstd{ZSTD_createCCtx()};
};
struct PayloadUnpacker::Context {
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> zstd{ZSTD_createDCtx()};
};

PayloadPacker::PayloadPacker() : context_(std::make_unique<Context>()) {}
PayloadPacker::~PayloadPacker() = default;

std::string_view PayloadPacker::pack(std::string_view payload) {
  if (payload.size() < least_bytes_compressed) return payload;
  const std::size_t bound = ZSTD_compressBound(payload.size());
  if (buffer_.size() < bound) buffer_.resize(bound);
  const std::size_t size = ZSTD_compressCCtx(context_->zstd.get(), buffer_.data(), buffer_.size(),
                                             payload.data(), payload.size(), compression_level);
  if (ZSTD_isError(size) != 0U || size >= payload.size()) return payload;
  return std::string_view(buffer_).substr(0, size);
}

PayloadUnpacker::PayloadUnpacker() : context_(std::make_unique<Context>()) {}
PayloadUnpacker::~PayloadUnpacker() = default;

base::Result<std::string> PayloadUnpacker::unpack(std::string_view packed,
                                                  std::size_t payload_bytes) {
  if (payload_bytes > base::limits::journal_record_bytes_max)
    return base::failure(base::ErrorCode::malformed, "the payload claims to be too long");
  if (packed.size() == payload_bytes) return std::string(packed);
  std::string payload(payload_bytes, '\0');
  const std::size_t size = ZSTD_decompressDCtx(context_->zstd.get(), payload.data(), payload.size(),
                                               packed.data(), packed.size());
  if (ZSTD_isError(size) != 0U || size != payload_bytes)
    return base::failure(base::ErrorCode::malformed, "the payload does not unpack");
  return payload;
}

}  // namespace vedette::store::sqlite
