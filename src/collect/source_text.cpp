#include "collect/source_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::collect {
namespace {

constexpr std::size_t text_check_bytes = 64 * 1024;

}  // namespace

bool looks_binary(std::string_view head) {
  const std::string_view first = head.substr(0, text_check_bytes);
  if (first.find('\0') != std::string_view::npos) return true;
  return first.size() == text_check_bytes && first.find('\n') == std::string_view::npos;
}

std::string_view unpacker_of(std::string_view head) {
  using namespace std::string_view_literals;
  if (head.starts_with("\x1f\x8b"sv)) return "zcat";
  if (head.starts_with("\xfd"
                       "7zXZ\0"sv))
    return "xzcat";
  if (head.starts_with("BZh"sv)) return "bzcat";
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return "zstdcat";
  return {};
}

SourceNotice binary_notice(const std::string& source_name) {
  return {NoticeKind::binary, NoticeLevel::warning, source_name,
          fmt::format("{} does not look like a text log (NUL bytes, or no line end in its first "
                      "64 kB); its lines will probably not be understood",
                      source_name)};
}

SourceNotice compressed_notice(const std::string& source_name, std::string_view unpacker) {
  return {NoticeKind::refused, NoticeLevel::error, source_name,
          fmt::format("{} is compressed and is not read; to read it: {} FILE | vedette watch -",
                      source_name, unpacker)};
}

SourceNotice line_cut_notice(const std::string& source_name) {
  return {NoticeKind::line_cut, NoticeLevel::warning, source_name,
          fmt::format("{} has a line longer than {}: its beginning is read, its rest is skipped "
                      "(further ones are only counted)",
                      source_name, base::format_bytes(base::limits::line_bytes_max))};
}

void note(std::vector<SourceNotice>& notices, SourceNotice notice) {
  if (notices.size() < base::limits::source_notices_max) notices.push_back(std::move(notice));
}

base::Timestamp timestamp_of(const timespec& time) {
  return base::Timestamp::from_unix_seconds(time.tv_sec) + base::Duration{time.tv_nsec / 100};
}

}  // namespace vedette::collect
