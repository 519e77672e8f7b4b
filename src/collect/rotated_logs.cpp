#include "collect/rotated_logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "base/door_limits.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "collect/file_descriptor.h"
#include "collect/gzip_stream.h"
#include "collect/source_text.h"
#include "collect/tail_notices.h"

namespace vedette::collect {
namespace {

using base::Result;

namespace limits = base::limits;

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t beginning_bytes = 1024;  // of the content, by which a file is known
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view packed_ending = ".gz";

// How old a rotated file is by its name: what is greater is older; empty: it is none of the log's.
std::optional<std::uint64_t> age_of(std::string_view name, std::string_view log_name) {
  constexpr std::uint64_t youngest_date = 100'000'000;
  if (!name.starts_with(log_name)) return std::nullopt;
  name.remove_prefix(log_name.size());
  if (name.ends_with(packed_ending)) name.remove_suffix(packed_ending.size());
  if (name.size() < 2) return std::nullopt;
  const auto number = base::parse_unsigned(name.substr(1));
  if (!number) return std::nullopt;
  if (name[0] == '.' && *number > 0 && *number < 100'000) return number;
  // "-20260601": the greater, the younger; before all that are numbered.
  if (name[0] == '-' && name.size() == sizeof("-20260601") - 1)
    return 100'000 + youngest_date - *number;
  return std::nullopt;
}

// One file's content, unpacked where it is packed.
class Content {
 public:
  static Result<Content> open(const std::string& path) {
    Content content;
    content.file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!content.file_.is_open() || ::fstat(content.file_.get(), &status) != 0)
      return base::system_failure("cannot open", errno);
    if (!S_ISREG(status.st_mode))
      return base::failure(base::ErrorCode::invalid_argument, "is no file");
    content.modified_ = timestamp_of(status.st_mtim);
    VEDETTE_TRY_VOID(content.fill());
    if (content.packed_.starts_with(gzip_magic)) content.unpacker_.emplace();
    return content;
  }

  // The next bytes; none at the end.
  Result<std::string_view> next() {
    if (!unpacker_) {
      if (left_.empty()) VEDETTE_TRY_VOID(fill());
      return std::exchange(left_, {});
    }
    for (;;) {
      if (left_.empty()) VEDETTE_TRY_VOID(fill());
      if (left_.empty()) {
        if (unpacker_->is_whole()) return std::string_view();
        return base::failure(base::ErrorCode::malformed, "is cut off");
      }
      piece_.resize(piece_bytes);
      const std::size_t written = VEDETTE_TRY(unpacker_->read(left_, piece_));
      if (written > 0) return std::string_view(piece_).substr(0, written);
    }
  }
  [[nodiscard]] base::Timestamp modified() const { return modified_; }

 private:
  Result<void> fill() {
    packed_.resize(piece_bytes);
    ssize_t got = 0;
    do got = ::read(file_.get(), packed_.data(), packed_.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) return base::system_failure("cannot read", errno);
    packed_.resize(static_cast<std::size_t>(got));
    left_ = packed_;
    return {};
  }

  FileDescriptor file_;
  std::string packed_, piece_;
  std::string_view left_;  // of packed_
  std::optional<GzipStream> unpacker_;
  base::Timestamp modified_;
};

// "HASH OFFSET": of the file that is being read, and where its next line begins.
struct Place {
  std::uint64_t beginning = 0, offset = 0;
};

std::optional<Place> read_place(std::string_view text) {
  const std::size_t blank = text.find(' ');
  const auto beginning = base::parse_unsigned(text.substr(0, blank));
  if (!beginning || blank == std::string_view::npos) return std::nullopt;
  const auto offset = base::parse_unsigned(text.substr(blank + 1));
  if (!offset) return std::nullopt;
  return Place{*beginning, *offset};
}

}  // namespace

std::vector<std::string> find_rotated(const std::string& log) {
  const std::filesystem::path path(log);
  const std::string log_name = path.filename().string();
  std::vector<std::pair<std::uint64_t, std::string>> found;
  std::error_code error;
  std::filesystem::directory_iterator folder(
      path.has_parent_path() ? path.parent_path() : std::filesystem::path("."), error);
  for (std::size_t looked = 0; !error && folder != std::filesystem::directory_iterator() &&
                               looked < limits::folder_entries_max;
       ++looked, folder.increment(error)) {
    const std::string name = folder->path().filename().string();
    if (const auto age = age_of(name, log_name)) found.emplace_back(*age, folder->path().string());
  }
  // The plain file before its packed copy, which is being made of it: that one is passed over.
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  const auto copies = std::ranges::unique(found, {}, &std::pair<std::uint64_t, std::string>::first);
  found.erase(copies.begin(), copies.end());
  if (found.size() > limits::rotated_logs_max)
    found.erase(found.begin(), found.end() - limits::rotated_logs_max);
  std::vector<std::string> paths;
  for (auto& [age, rotated] : found) paths.push_back(std::move(rotated));
  return paths;
}

bool is_packed_name(const std::string& path) {
  return path.ends_with(packed_ending);
}

class RotatedLogs::Body {
 public:
  Body(RotatedLogsOptions options, const ports::Clock& clock)
      : options_(std::move(options)), clock_(clock), next_source_(options_.first_source) {
    if (options_.cursor) begins_at_ = read_place(*options_.cursor);
    files_ = look();
    skip_what_was_read();
  }

  std::optional<model::RawBatch> next(const std::stop_token& stop);
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] Progress progress() const;
  std::vector<SourceNotice> take_notices() { return std::exchange(notices_, {}); }
  [[nodiscard]] std::uint64_t cut_lines() const { return cut_lines_; }

 private:
  [[nodiscard]] std::vector<std::string> look() const;
  [[nodiscard]] static std::uint64_t beginning_of(const std::string& path);
  void skip_what_was_read();
  bool open_next();
  bool take_more();
  [[nodiscard]] std::optional<model::RawBatch> take_lines(bool at_end);
  void give_up(const std::string& reason);

  const RotatedLogsOptions options_;
  const ports::Clock& clock_;
  std::optional<Place> begins_at_;
  std::vector<std::string> files_;
  std::size_t at_file_ = 0;
  std::set<std::uint64_t> read_;  // beginnings
  std::optional<Content> content_;
  std::string path_, cursor_;
  std::uint64_t beginning_ = 0, offset_ = 0, unpacked_ = 0, skip_ = 0;
  std::string pending_;  // unpacked and not handed out, from pending_at_ on
  std::size_t pending_at_ = 0;
  bool skips_line_ = false;
  std::uint32_t next_source_, source_ = 0;
  std::uint64_t bytes_read_ = 0, cut_lines_ = 0;
  std::vector<SourceNotice> notices_;
  bool finished_ = false;
};

std::vector<std::string> RotatedLogs::Body::look() const {
  std::vector<std::string> paths = options_.files;
  for (const auto& log : options_.logs)
    std::ranges::move(find_rotated(log), std::back_inserter(paths));
  return paths;
}

// 0: it has no content, or cannot be read.
std::uint64_t RotatedLogs::Body::beginning_of(const std::string& path) {
  auto content = Content::open(path);
  std::string bytes;
  while (content && bytes.size() < beginning_bytes) {
    const auto more = content->next();
    if (!more || more->empty()) break;
    bytes += *more;
  }
  if (bytes.empty()) return 0;
  return base::hash_bytes(std::string_view(bytes).substr(0, beginning_bytes)) | 1;
}

// All that is older than the file of the cursor was read before.
void RotatedLogs::Body::skip_what_was_read() {
  if (!begins_at_) return;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (beginning_of(files_[i]) != begins_at_->beginning) continue;
    for (std::size_t older = 0; older < i; ++older) read_.insert(beginning_of(files_[older]));
    at_file_ = i;
    return;
  }
  begins_at_.reset();  // it is gone, so those that are left are younger
}

bool RotatedLogs::Body::open_next() {
  for (;; ++at_file_) {
    if (at_file_ == files_.size()) {
      // What was rotated meanwhile has come in under another name.
      std::vector<std::string> again = look();
      std::erase_if(again, [this](const std::string& path) {
        const std::uint64_t beginning = beginning_of(path);
        return beginning == 0 || read_.contains(beginning);
      });
      if (again.empty()) return false;
      files_ = std::move(again);
      at_file_ = 0;
    }
    path_ = files_[at_file_];
    beginning_ = beginning_of(path_);
    if (beginning_ != 0 && !read_.insert(beginning_).second) continue;
    auto content = Content::open(path_);
    if (!content || beginning_ == 0) {
      if (!content)
        note(notices_, {NoticeKind::cannot_open, NoticeLevel::error, path_,
                        path_ + ": " + content.error().message});
      continue;
    }
    content_.emplace(std::move(*content));
    skip_ = begins_at_ && begins_at_->beginning == beginning_ ? begins_at_->offset : 0;
    offset_ = skip_;
    unpacked_ = 0;
    skips_line_ = false;
    source_ = next_source_++;
    ++at_file_;
    return true;
  }
}

void RotatedLogs::Body::give_up(const std::string& reason) {
  note(notices_, read_failed_notice(path_, reason));
  content_.reset();
}

// More of the file; false at its end.
bool RotatedLogs::Body::take_more() {
  const auto more = content_->next();
  if (!more) give_up(more.error().message);
  if (!more || more->empty()) return false;
  std::string_view bytes = *more;
  bytes_read_ += bytes.size();
  unpacked_ += bytes.size();
  if (unpacked_ > limits::unpacked_log_bytes_max) {
    give_up(fmt::format("it unpacks to more than {} bytes; the rest is left",
                        limits::unpacked_log_bytes_max));
    return false;
  }
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
  skip_ -= skipped;
  bytes.remove_prefix(skipped);
  pending_.erase(0, pending_at_);
  pending_at_ = 0;
  pending_ += bytes;
  return true;
}

std::optional<model::RawBatch> RotatedLogs::Body::take_lines(bool at_end) {
  if (skips_line_) {
    const std::size_t end = pending_.find('\n');
    const std::size_t skipped = end == std::string::npos ? pending_.size() : end + 1;
    offset_ += skipped;
    pending_.erase(0, skipped);
    skips_line_ = end == std::string::npos && !at_end;
  }
  if (at_end && !pending_.empty() && pending_.back() != '\n') pending_ += '\n';
  std::size_t bytes = pending_.rfind('\n') + 1;  // 0: there is none
  const std::uint64_t from = offset_;
  if (bytes == 0 && pending_.size() > limits::line_bytes_max) {
    pending_.resize(limits::line_bytes_max);
    pending_ += '\n';
    bytes = pending_.size();
    ++cut_lines_;
    skips_line_ = true;
  }
  if (bytes == 0) return std::nullopt;
  offset_ += bytes;
  pending_at_ = bytes;
  cursor_ = fmt::format("{} {}", beginning_, offset_);
  model::RawBatch batch;
  batch.source = source_;
  batch.source_name = path_;
  batch.position = from;
  batch.received = clock_.now();
  batch.source_modified = content_ ? content_->modified() : batch.received;
  batch.bytes = std::string_view(pending_).substr(0, bytes);
  batch.cursor = cursor_;
  return batch;
}

std::optional<model::RawBatch> RotatedLogs::Body::next(const std::stop_token& stop) {
  pending_.erase(0, std::exchange(pending_at_, 0));
  while (!stop.stop_requested()) {
    if (!content_ && !open_next()) {
      finished_ = true;
      return std::nullopt;
    }
    const bool more = take_more();
    auto lines = take_lines(!more);
    if (!more) {
      content_.reset();
      if (!lines) pending_.clear();
    }
    if (lines) return lines;
  }
  return std::nullopt;
}

Progress RotatedLogs::Body::progress() const {
  Progress progress;
  progress.bytes_read = bytes_read_;
  progress.files = content_ ? 1 : 0;
  progress.current_name = path_;
  progress.catching_up = !finished_;
  return progress;
}

RotatedLogs::RotatedLogs(RotatedLogsOptions options, const ports::Clock& clock)
    : body_(std::make_unique<Body>(std::move(options), clock)) {}
RotatedLogs::~RotatedLogs() = default;

Result<std::optional<model::RawBatch>> RotatedLogs::next(base::Duration /*wait*/,
                                                         const std::stop_token& stop) {
  return body_->next(stop);
}
bool RotatedLogs::finished() const {
  return body_->finished();
}
Progress RotatedLogs::progress() const {
  return body_->progress();
}
std::vector<SourceNotice> RotatedLogs::take_notices() {
  return body_->take_notices();
}
std::uint64_t RotatedLogs::cut_lines() const {
  return body_->cut_lines();
}

Result<std::optional<model::RawBatch>> WithRotatedLogs::next(base::Duration wait,
                                                             const std::stop_token& stop) {
  if (!is_then_) {
    auto read = VEDETTE_TRY(before_->next(wait, stop));
    if (read || !before_->finished()) return read;
    is_then_ = true;
  }
  return then_->next(wait, stop);
}

bool WithRotatedLogs::exchange_buffer(LineBuffer& other) {
  return is_then_ && then_->exchange_buffer(other);
}

Progress WithRotatedLogs::progress() const {
  if (!is_then_) return before_->progress();
  Progress progress = then_->progress();
  const std::uint64_t before = before_->progress().bytes_read;
  progress.bytes_read += before;
  if (progress.bytes_known_total > 0) progress.bytes_known_total += before;
  return progress;
}

std::vector<SourceNotice> WithRotatedLogs::take_notices() {
  auto notices = before_->take_notices();
  std::ranges::move(then_->take_notices(), std::back_inserter(notices));
  return notices;
}

}  // namespace vedette::collect
