#include "collect/gzip_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>

namespace vedette::collect {
namespace {

std::string pack(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(::deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

TEST(GzipStream, UnpacksSeveralMembersInAnyPieces) {
  const std::string text = "one\n" + std::string(200'000, 'x') + "\ntwo\n";
  const std::string packed = pack(text) + pack("") + pack("three\n") + std::string(10, '\0');
  EXPECT_EQ(*unpack_gzip(packed, 1'000'000), text + "three\n");
  GzipStream stream;
  std::string content;
  std::array<char, 7> into{};
  for (std::size_t at = 0; at < packed.size(); at += 3) {
    std::string_view piece = std::string_view(packed).substr(at, 3);
    for (;;) {
      const auto written = stream.read(piece, into);
      ASSERT_TRUE(written);
      if (*written == 0) break;
      content.append(into.data(), *written);
    }
  }
  EXPECT_EQ(content, text + "three\n");
  EXPECT_TRUE(stream.is_whole());
}

TEST(GzipStream, ABombIsBounded) {
  const std::string bomb = pack(std::string(50'000'000, '\0'));
  EXPECT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(unpack_gzip(bomb, 1'000'000).error().code, base::ErrorCode::limit_exceeded);
}

TEST(GzipStream, DamageAndOtherFormatsAreErrors) {
  const std::string text = "some text that is long enough to be cut";
  const std::string packed = pack(text);
  for (std::size_t bytes = 1; bytes < packed.size(); ++bytes)
    EXPECT_FALSE(unpack_gzip(packed.substr(0, bytes), 1'000)) << bytes;
  for (std::size_t at = 10; at + 1 < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    const auto content = unpack_gzip(damaged, 1'000);
    EXPECT_TRUE(!content || *content == text) << at;  // some bits mean nothing
  }
  EXPECT_FALSE(unpack_gzip("plain text", 1'000));
  EXPECT_FALSE(unpack_gzip("\x28\xb5\x2f\xfd zstd", 1'000));
  EXPECT_EQ(*unpack_gzip("", 10), "");
}

}  // namespace
}  // namespace vedette::collect
