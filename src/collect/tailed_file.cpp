#include "collect/tailed_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "collect/source_text.h"

namespace vedette::collect {
namespace {

constexpr std::size_t first_bytes_max = 1024;
constexpr std::size_t last_bytes_max = 256;
// Fewer equal bytes than a log line with its time stamp has do not prove that two files are one.
constexpr std::size_t copy_bytes_min = 64;

// pread(2) that is not stopped by a signal. Fewer bytes than asked for means the end of the file.
base::Result<std::size_t> read_at(int descriptor, std::span<char> into, std::uint64_t offset) {
  while (true) {
    const ssize_t got = ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return base::system_failure("cannot read", errno);
  }
}

bool holds_at(int descriptor, std::string_view expected, std::uint64_t offset) {
  std::array<char, first_bytes_max> bytes{};
  assert(expected.size() <= bytes.size());
  const auto got = read_at(descriptor, std::span(bytes).first(expected.size()), offset);
  return got && std::string_view(bytes.data(), *got) == expected;
}

bool holds_mark(int descriptor, const ReadMark& mark) {
  const std::size_t known = std::min<std::uint64_t>(mark.first_bytes.size(), mark.offset);
  if (known < copy_bytes_min) return false;
  return holds_at(descriptor, std::string_view(mark.first_bytes).substr(0, known), 0) &&
         holds_at(descriptor, mark.last_bytes, mark.offset - mark.last_bytes.size());
}

}  // namespace

TailedFile::TailedFile(FileDescriptor descriptor, FileIdentity identity, std::uint64_t number,
                       std::uint32_t source, std::string name)
    : descriptor_(std::move(descriptor)),
      identity_(identity),
      number_(number),
      source_(source),
      name_(std::move(name)) {
  ::posix_fadvise(descriptor_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
}

void TailedFile::begin_at_start(bool existing) {
  consumed_ = 0;
  existing_until_ = existing ? size_ : 0;
}

void TailedFile::begin_at_end() {
  std::array<char, 4096> block{};
  std::uint64_t end = size_;
  const std::uint64_t search_until =
      size_ - std::min<std::uint64_t>(size_, base::limits::line_bytes_max);
  unfinished_.clear();
  skipping_line_ = false;
  consumed_ = size_;  // one endless line: what comes is the rest of it
  while (end > search_until) {
    const std::uint64_t from = end - std::min<std::uint64_t>(end, block.size());
    const auto got = read_at(descriptor_.get(), std::span(block).first(end - from), from);
    if (!got) break;
    if (const void* newline = ::memrchr(block.data(), '\n', *got)) {
      const auto index = static_cast<const char*>(newline) - block.data();
      consumed_ = from + static_cast<std::uint64_t>(index) + 1;
      break;
    }
    end = from;
    if (end == 0) consumed_ = 0;
  }
  existing_until_ = consumed_;
  last_bytes_.resize(std::min<std::uint64_t>(consumed_, last_bytes_max));
  const auto got = read_at(descriptor_.get(), last_bytes_, consumed_ - last_bytes_.size());
  last_bytes_.resize(got.value_or(0));
}

void TailedFile::begin_at(const ReadMark& mark) {
  consumed_ = mark.offset;
  existing_until_ = mark.offset;
  last_bytes_ = mark.last_bytes;
  skipping_line_ = mark.skipping_line;
}

base::Result<Change> TailedFile::look() {
  struct stat status{};
  if (::fstat(descriptor_.get(), &status) != 0)
    return base::system_failure("cannot look at it", errno);
  size_ = static_cast<std::uint64_t>(status.st_size);
  links_ = status.st_nlink;
  modified_ = timestamp_of(status.st_mtim);
  std::array<char, first_bytes_max> bytes{};
  const std::size_t got = VEDETTE_TRY(read_at(descriptor_.get(), bytes, 0));
  // A file of /proc or /sys says that it is empty, and is not: its size tells nothing.
  if (size_ == 0 && got > 0) size_ = std::max<std::uint64_t>(consumed_, got);
  const std::string_view now(bytes.data(), got);
  // Only bytes that were consumed speak for the file: what lies behind may still be written anew.
  const std::size_t known = std::min<std::uint64_t>(first_bytes_.size(), consumed_);
  const std::size_t compared = std::min(known, now.size());
  const bool same = now.substr(0, compared) == std::string_view(first_bytes_).substr(0, compared);
  if (size_ < consumed_ || compared < known)
    return same && compared >= copy_bytes_min ? Change::shortened : Change::cut;
  if (!same) return Change::cut;
  first_bytes_ = now;
  return Change::none;
}

void TailedFile::begin_again(bool forget_unfinished) {
  if (!forget_unfinished && !unfinished_.empty() && !skipping_line_) orphan_ = unfinished_ + '\n';
  unfinished_.clear();
  first_bytes_.clear();
  last_bytes_.clear();
  consumed_ = 0;
  existing_until_ = 0;
  skipping_line_ = false;
  skipping_hole_ = true;
  at_end_ = false;
}

TailedFile::Lines TailedFile::take_orphan(std::span<char> buffer) {
  assert(orphan_.size() <= buffer.size());
  std::ranges::copy(orphan_, buffer.begin());
  const Lines lines{orphan_.size(), consumed_, 0, true};
  orphan_.clear();
  return lines;
}

TailedFile::Lines TailedFile::hand_out(std::span<const char> lines, std::uint64_t cut_lines) {
  const Lines out{lines.size(), consumed_, cut_lines, consumed_ >= existing_until_};
  // For a cut line the newline stands in place of the first skipped byte, so the count is right.
  consumed_ += lines.size();
  if (cut_lines > 0) {
    // The newline was put there by us and is no byte of the file's.
    last_bytes_.clear();
    return out;
  }
  const std::string_view text(lines.data(), lines.size());
  if (text.size() >= last_bytes_max) {
    last_bytes_ = text.substr(text.size() - last_bytes_max);
  } else {
    last_bytes_ += text;
    if (last_bytes_.size() > last_bytes_max)
      last_bytes_.erase(0, last_bytes_.size() - last_bytes_max);
  }
  return out;
}

// How many bytes at the front belong to a hole or to the rest of a line that was cut.
std::size_t TailedFile::skip(std::span<const char> bytes) {
  std::size_t dropped = 0;
  if (skipping_hole_) {
    while (dropped < bytes.size() && bytes[dropped] == '\0') ++dropped;
    hole_bytes_ += dropped;
    skipping_hole_ = dropped == bytes.size();
    last_bytes_.clear();
  }
  if (skipping_line_) {
    const void* newline = std::memchr(bytes.data(), '\n', bytes.size());
    dropped = newline == nullptr
                  ? bytes.size()
                  : static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data()) + 1;
    skipping_line_ = newline == nullptr;
    last_bytes_.clear();
  }
  return dropped;
}

// Old content in pieces that stay in the processor's cache on their way to the detectors. No lines
// when it is not that simple; then nothing has happened.
base::Result<TailedFile::Lines> TailedFile::read_piece(std::span<char> buffer) {
  constexpr std::size_t piece_bytes = base::limits::file_piece_bytes;
  const bool simple = consumed_ > 0 && !skipping_hole_ && !skipping_line_ &&
                      existing_until_ > consumed_ + piece_bytes && size_ > consumed_ + piece_bytes;
  if (!simple) return Lines{};
  const std::span<char> into = buffer.first(piece_bytes);
  const std::size_t got = VEDETTE_TRY(read_at(descriptor_.get(), into, consumed_));
  const void* newline = got == into.size() ? ::memrchr(into.data(), '\n', got) : nullptr;
  if (newline == nullptr) return Lines{};
  read_until_ = consumed_ + got;
  at_end_ = false;
  unfinished_.clear();
  const auto end = static_cast<const char*>(newline) - into.data() + 1;
  return hand_out(into.first(static_cast<std::size_t>(end)), 0);
}

base::Result<TailedFile::Lines> TailedFile::read(std::span<char> buffer) {
  assert(buffer.size() == base::limits::line_bytes_max + 1);
  if (!orphan_.empty()) return take_orphan(buffer);
  if (const Lines piece = VEDETTE_TRY(read_piece(buffer)); piece.bytes > 0) return piece;
  while (true) {
    // Content from before us and content written since do not share a batch.
    std::span<char> into = buffer;
    if (consumed_ < existing_until_)
      into = buffer.first(std::min<std::uint64_t>(buffer.size(), existing_until_ - consumed_));
    const std::size_t got = VEDETTE_TRY(read_at(descriptor_.get(), into, consumed_));
    read_until_ = consumed_ + got;
    if (consumed_ == 0) looks_binary_ = collect::looks_binary({buffer.data(), got});
    if ((skipping_hole_ || skipping_line_) && got > 0) {
      if (const std::size_t dropped = skip(into.first(got)); dropped > 0) {
        consumed_ += dropped;
        unfinished_.clear();
        return Lines{};
      }
    }
    if (const void* newline = ::memrchr(buffer.data(), '\n', got)) {
      const auto end = static_cast<const char*>(newline) - buffer.data() + 1;
      const std::span<const char> lines = buffer.first(static_cast<std::size_t>(end));
      const std::span<const char> rest = buffer.subspan(lines.size(), got - lines.size());
      at_end_ = got < buffer.size() && into.size() == buffer.size();
      if (at_end_ && rest.size() <= base::limits::unfinished_line_bytes_max)
        unfinished_.assign(rest.data(), rest.size());
      else
        unfinished_.clear();
      return hand_out(lines, 0);
    }
    if (got == buffer.size()) {
      // Longer than a line may be: its head, with the newline in place of the first byte too many.
      buffer.back() = '\n';
      unfinished_.clear();
      skipping_line_ = true;
      return hand_out(buffer, 1);
    }
    if (into.size() < buffer.size()) {
      existing_until_ =
          consumed_;  // an unfinished line stood there: its end is new, so the line is
      continue;
    }
    at_end_ = true;
    // Nothing at all where part of a line was: the file was cut just now, which the next look
    // notices.
    if (got == 0) return Lines{};
    if (got <= base::limits::unfinished_line_bytes_max)
      unfinished_.assign(buffer.data(), got);
    else
      unfinished_.clear();
    return Lines{};
  }
}

base::Result<TailedFile::Lines> TailedFile::read_unfinished(std::span<char> buffer) {
  if (skipping_line_) return Lines{};
  const std::size_t got = VEDETTE_TRY(
      read_at(descriptor_.get(), buffer.first(base::limits::line_bytes_max), consumed_));
  if (got == 0) return Lines{};
  buffer[got] = '\n';
  const Lines lines = hand_out(buffer.first(got + 1), 0);
  consumed_ -= 1;  // the newline is ours
  last_bytes_.clear();
  unfinished_.clear();
  return lines;
}

bool TailedFile::begins_like(const TailedFile& other) const {
  const std::size_t known = std::min<std::uint64_t>(other.first_bytes_.size(), other.consumed_);
  const std::size_t compared = std::min(known, first_bytes_.size());
  return compared >= copy_bytes_min && std::string_view(first_bytes_).substr(0, compared) ==
                                           std::string_view(other.first_bytes_).substr(0, compared);
}

bool TailedFile::is_copied_in(int other_descriptor) const {
  const ReadMark here = mark();
  return holds_mark(other_descriptor, here);
}

bool TailedFile::is_part_of(const TailedFile& other) const {
  std::array<char, last_bytes_max> bytes{};
  const std::uint64_t from = size_ - std::min<std::uint64_t>(size_, bytes.size());
  const auto got = read_at(descriptor_.get(), bytes, from);
  return got && *got >= copy_bytes_min && size_ <= other.size_ &&
         holds_at(other.descriptor_.get(), {bytes.data(), *got}, from);
}

bool TailedFile::continues(const ReadMark& mark) const {
  return holds_mark(descriptor_.get(), mark);
}

bool TailedFile::holds(const ReadMark& mark) const {
  const std::size_t known = std::min<std::uint64_t>(mark.first_bytes.size(), mark.offset);
  const int descriptor = descriptor_.get();
  return size_ >= mark.offset &&
         holds_at(descriptor, std::string_view(mark.first_bytes).substr(0, known), 0) &&
         holds_at(descriptor, mark.last_bytes, mark.offset - mark.last_bytes.size());
}

}  // namespace vedette::collect
