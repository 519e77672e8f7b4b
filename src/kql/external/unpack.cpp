#include "kql/external/unpack.h"

#include <zlib.h>

#include <optional>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/native/wildcard.h"

namespace vedette::kql::external {

namespace {

using base::ErrorCode;

constexpr int raw_window = -15;       // deflate without a header, as zip has it
constexpr int gzip_window = 15 + 16;  // with gzip's
constexpr std::size_t piece_bytes = 256 * 1024;

constexpr std::string_view gzip_mark = "\x1f\x8b";
constexpr std::string_view zip_mark = "PK\x03\x04";

std::unexpected<base::Error> broken(std::string_view what) {
  return base::failure(ErrorCode::malformed, fmt::format("the {} archive is broken", what));
}
std::unexpected<base::Error> too_large() {
  return base::failure(
      ErrorCode::limit_exceeded,
      fmt::format("it is larger than {} MB", base::limits::external_bytes_max >> 20));
}

// Owns a stream of zlib's for as long as it lives.
struct Inflater {
  z_stream stream{};
  bool ready = false;
  explicit Inflater(int window) { ready = inflateInit2(&stream, window) == Z_OK; }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

// Archives may stand one behind the other (gzip's members) where `members` says so.
base::Result<std::string> inflated(std::string_view bytes, int window, bool members,
                                   std::string_view what) {
  Inflater work(window);
  if (!work.ready) return broken(what);
  work.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // only read
  work.stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  while (true) {
    const std::size_t before = out.size();
    out.resize(before + piece_bytes);
    work.stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    work.stream.avail_out = static_cast<uInt>(piece_bytes);
    const int state = inflate(&work.stream, Z_NO_FLUSH);
    out.resize(before + piece_bytes - work.stream.avail_out);
    if (out.size() > base::limits::external_bytes_max) return too_large();
    if (state == Z_STREAM_END) {
      if (!members || work.stream.avail_in == 0) return out;
      if (inflateReset(&work.stream) != Z_OK) return broken(what);
    } else if (state != Z_OK || (work.stream.avail_in == 0 && work.stream.avail_out > 0)) {
      return broken(what);
    }
  }
}

// A number in a zip archive: little endian. Empty behind its end.
std::optional<std::size_t> number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size() || bytes.size() - at < size) return std::nullopt;
  std::size_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Member {
  std::string_view name, packed;
  std::size_t method = 0;  // 0: as it is; 8: deflate
};

// The entry of the central directory that begins at `at`, which moves behind it.
std::optional<Member> next_member(std::string_view archive, std::size_t& at) {
  const auto method = number_at(archive, at + 10, 2), packed_size = number_at(archive, at + 20, 4);
  const auto name_size = number_at(archive, at + 28, 2),
             extra_size = number_at(archive, at + 30, 2);
  const auto comment_size = number_at(archive, at + 32, 2), begin = number_at(archive, at + 42, 4);
  if (!begin || archive.size() - at < 46 + *name_size) return std::nullopt;
  Member member{archive.substr(at + 46, *name_size), {}, *method};
  at += 46 + *name_size + *extra_size + *comment_size;
  // The file's own header says again how long its name is, and has another extra field.
  const auto own_name = number_at(archive, *begin + 26, 2),
             own_extra = number_at(archive, *begin + 28, 2);
  if (!own_extra) return std::nullopt;
  const std::size_t data = *begin + 30 + *own_name + *own_extra;
  if (data > archive.size() || archive.size() - data < *packed_size) return std::nullopt;
  member.packed = archive.substr(data, *packed_size);
  return member;
}

base::Result<std::vector<std::string>> unzipped(std::string_view archive,
                                                std::string_view pattern) {
  const std::size_t end = archive.rfind("PK\x05\x06");
  if (end == std::string_view::npos) return broken("zip");
  const auto count = number_at(archive, end + 10, 2), directory = number_at(archive, end + 16, 4);
  if (!count || !directory) return broken("zip");
  std::vector<std::string> texts;
  std::size_t bytes = 0, at = *directory;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto member = next_member(archive, at);
    if (!member) return broken("zip");
    if (member->name.ends_with('/') ||
        (!pattern.empty() && !native::matches_wildcard(pattern, member->name)))
      continue;
    if (member->method != 0 && member->method != 8)
      return base::failure(ErrorCode::refused, "the zip archive is packed in a way not known here");
    texts.push_back(member->method == 0
                        ? std::string(member->packed)
                        : VEDETTE_TRY(inflated(member->packed, raw_window, false, "zip")));
    bytes += texts.back().size();
    if (bytes > base::limits::external_bytes_max) return too_large();
  }
  if (texts.empty())
    return base::failure(ErrorCode::not_found, "no file in the zip archive has the wanted name");
  return texts;
}

}  // namespace

base::Result<std::vector<std::string>> unpack(std::string bytes, std::string_view zip_pattern) {
  std::vector<std::string> texts;
  if (bytes.starts_with(zip_mark)) return unzipped(bytes, zip_pattern);
  if (bytes.starts_with(gzip_mark))
    texts.push_back(VEDETTE_TRY(inflated(bytes, gzip_window, true, "gzip")));
  else
    texts.push_back(std::move(bytes));
  return texts;
}

}  // namespace vedette::kql::external
