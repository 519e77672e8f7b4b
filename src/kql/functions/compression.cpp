// gzip and zlib inside base64 text.
#include <zlib.h>

#include "base/limits.h"
#include "kql/functions/base64.h"
#include "kql/functions/function.h"
#include "kql/native/characters.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// zlib's window sizes: 15 bits, and 16 more for gzip's header.
constexpr int zlib_window = 15;
constexpr int gzip_window = zlib_window + 16;

// Owns a stream of zlib's for as long as it lives.
struct Inflating {
  z_stream stream{};
  bool ready = false;
  explicit Inflating(int window) { ready = inflateInit2(&stream, window) == Z_OK; }
  ~Inflating() { inflateEnd(&stream); }
  Inflating(const Inflating&) = delete;
  Inflating& operator=(const Inflating&) = delete;
};
struct Deflating {
  z_stream stream{};
  bool ready = false;
  Deflating(int window, int level) {
    ready = deflateInit2(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflating() { deflateEnd(&stream); }
  Deflating(const Deflating&) = delete;
  Deflating& operator=(const Deflating&) = delete;
};

Bytef* bytes_of(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text));  // zlib reads through it only
}

// What does not fit into a dynamic value is not unpacked: a few bytes can stand for gigabytes.
std::optional<std::string> unpacked(std::string_view bytes, int window) {
  Inflating work(window);
  if (!work.ready) return std::nullopt;
  std::string out(base::limits::dynamic_bytes_max, '\0');
  work.stream.next_in = bytes_of(bytes.data());
  work.stream.avail_in = static_cast<uInt>(bytes.size());
  work.stream.next_out = bytes_of(out.data());
  work.stream.avail_out = static_cast<uInt>(out.size());
  if (inflate(&work.stream, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  out.resize(work.stream.total_out);
  return native::is_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}
std::optional<std::string> packed(std::string_view text, int window, int level) {
  Deflating work(window, level);
  if (!work.ready) return std::nullopt;
  std::string out(deflateBound(&work.stream, text.size()) + 32, '\0');
  work.stream.next_in = bytes_of(text.data());
  work.stream.avail_in = static_cast<uInt>(text.size());
  work.stream.next_out = bytes_of(out.data());
  work.stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&work.stream, Z_FINISH) != Z_STREAM_END) return std::nullopt;
  out.resize(work.stream.total_out);
  return out;
}
// As Microsoft's: what deflating does not make shorter is stored as it is, and a gzip header does
// not tell the system.
std::optional<std::string> packed(std::string_view text, int window) {
  const std::size_t around = window == gzip_window ? 18 : 6;  // header and checksum
  std::optional<std::string> out = packed(text, window, Z_DEFAULT_COMPRESSION);
  if (out && !text.empty() && out->size() >= text.size() + around)
    out = packed(text, window, Z_NO_COMPRESSION);
  if (out && window == gzip_window) {
    (*out)[8] = 0;
    (*out)[9] = '\xff';
  }
  return out;
}

template <int window>
void unpack(Call& call) {
  const auto bytes = decode_base64(call.text(0));
  if (!bytes) return;
  if (const auto text = unpacked(*bytes, window)) call.give_text(*text);
}
template <int window>
void pack(Call& call) {
  if (const auto bytes = packed(call.text(0), window)) call.give_text(encode_base64(*bytes));
}

constexpr Function row(std::string_view name, native::Body run, std::string_view example,
                       std::string_view gives) {
  return body_row(name, "string", "string", run, example, gives);
}

constexpr Function rows[] = {
    row("gzip_compress_to_base64_string", pack<gzip_window>,
        "gzip_decompress_from_base64_string(gzip_compress_to_base64_string('abc'))", "abc"),
    row("gzip_decompress_from_base64_string", unpack<gzip_window>,
        "gzip_decompress_from_base64_string('H4sIAAAAAAAA/"
        "wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==')",
        "1234567890qwertyuiop"),
    row("zlib_compress_to_base64_string", pack<zlib_window>,
        "zlib_decompress_from_base64_string(zlib_compress_to_base64_string('abc'))", "abc"),
    row("zlib_decompress_from_base64_string", unpack<zlib_window>,
        "zlib_decompress_from_base64_string('eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=')",
        "Test string 123"),
};

}  // namespace

std::span<const Function> compression_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
