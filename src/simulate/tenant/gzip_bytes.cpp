#include "simulate/tenant/gzip_bytes.h"

#include <algorithm>
#include <array>

namespace vedette::simulate::tenant {
namespace {

// Method 8 (deflate), no name, no time, unknown system.
constexpr std::string_view gzip_header("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);

constexpr std::array<std::uint32_t, 256> make_checksum_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1) != 0 ? 0xEDB8'8320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

std::uint32_t checksum(std::string_view text) {
  static constexpr auto table = make_checksum_table();
  std::uint32_t value = ~0U;
  for (const char character : text)
    value = table[(value ^ static_cast<unsigned char>(character)) & 0xFF] ^ (value >> 8);
  return ~value;
}

void append_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// Bits from the lowest on, as deflate packs them.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void put(std::uint32_t bits, int count) {
    held_ |= std::uint64_t{bits} << held_count_;
    for (held_count_ += count; held_count_ >= 8; held_count_ -= 8, held_ >>= 8)
      out_ += static_cast<char>(held_ & 0xFF);
  }
  // A Huffman code goes from its highest bit on.
  void put_code(std::uint32_t code, int count) {
    for (int i = count - 1; i >= 0; --i) put(code >> i & 1, 1);
  }
  void flush() {
    if (held_count_ > 0) put(0, 8 - held_count_);
  }

 private:
  std::string& out_;
  std::uint64_t held_ = 0;
  int held_count_ = 0;
};

}  // namespace

std::string gzip_stored(std::string_view text) {
  constexpr std::size_t block_bytes_max = 65'535;
  std::string out(gzip_header);
  std::string_view left = text;
  do {
    const std::string_view block = left.substr(0, block_bytes_max);
    left.remove_prefix(block.size());
    out += left.empty() ? '\x01' : '\x00';  // stored; is it the last?
    append_little_endian(out, block.size(), 2);
    append_little_endian(out, ~block.size(), 2);
    out += block;
  } while (!left.empty());
  append_little_endian(out, checksum(text), 4);
  append_little_endian(out, text.size(), 4);
  return out;
}

std::string gzip_zeros(std::uint64_t unpacked_bytes) {
  constexpr std::uint64_t run_bytes = 258;
  std::string out(gzip_header);
  BitWriter bits(out);
  bits.put(1, 1);                // the last block
  bits.put(1, 2);                // fixed Huffman codes
  bits.put_code(0b00110000, 8);  // the byte 0
  const std::uint64_t runs = unpacked_bytes / run_bytes;
  for (std::uint64_t i = 0; i < runs; ++i) {
    bits.put_code(0b11000101, 8);  // 258 bytes ...
    bits.put_code(0, 5);           // ... from one byte back
  }
  bits.put_code(0, 7);  // the end
  bits.flush();
  // Nobody should unpack far enough to check this.
  append_little_endian(out, 0, 4);
  append_little_endian(out, runs * run_bytes + 1, 4);
  return out;
}

}  // namespace vedette::simulate::tenant
