#include "collect/saved_reads.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "collect/log_copy.h"
#include "collect/source_text.h"
#include "collect/tail_notices.h"

namespace vedette::collect {
namespace {

// Enough of a file to know it again; a line with its stamp is about half of it.
constexpr std::size_t head_bytes_max = 192;
constexpr std::size_t tail_bytes_max = 96;
// So that a cursor stays below limits::journal_name_bytes_max.
constexpr std::size_t reads_max = 64;

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

std::optional<std::string> from_hex(const base::Json& value) {
  const std::string* text = value.as_string();
  if (text == nullptr || text->size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    return c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10) : 16;
  };
  std::string bytes;
  for (std::size_t i = 0; i < text->size(); i += 2) {
    const unsigned high = digit((*text)[i]), low = digit((*text)[i + 1]);
    if (high > 15 || low > 15) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// Numbers of 64 bits without a sign stand as text: JSON's may not hold them.
std::optional<std::uint64_t> unsigned_of(const base::Json& value) {
  const std::string* text = value.as_string();
  return text == nullptr ? std::nullopt : base::parse_unsigned(*text);
}

std::optional<SavedRead> decode_read(const base::Json& json) {
  const auto device = unsigned_of(json["device"]), inode = unsigned_of(json["inode"]);
  const auto offset = unsigned_of(json["offset"]);
  auto head = from_hex(json["head"]), tail = from_hex(json["tail"]);
  const std::int64_t* modified = json["modified"].as_integer();
  if (!device || !inode || !offset || !head || !tail || modified == nullptr) return std::nullopt;
  if (tail->size() > *offset) return std::nullopt;
  SavedRead read;
  read.mark = {{*device, *inode}, *offset, std::move(*head), std::move(*tail), false};
  const bool* skipping = json["skipping"].as_bool();
  const bool* current = json["current"].as_bool();
  read.mark.skipping_line = skipping != nullptr && *skipping;
  read.is_current = current != nullptr && *current;
  read.modified = {*modified};
  return read;
}

}  // namespace

// A file in the folder of a followed one.
struct SavedReads::Beside {
  std::string name;
  FileDescriptor descriptor;
  FileIdentity identity;
  base::Timestamp modified;

  [[nodiscard]] TailedFile looked_at() const {
    TailedFile file(FileDescriptor(::dup(descriptor.get())), identity, 0, 0, name);
    [[maybe_unused]] const auto looked = file.look();  // one that fails holds nothing
    return file;
  }
};

std::string encode_cursor(const std::vector<SavedRead>& reads) {
  base::JsonWriter writer;
  writer.begin_object().key("files").begin_array();
  // The newest are the last; a name that was rotated more often keeps those.
  const std::size_t first = reads.size() > reads_max ? reads.size() - reads_max : 0;
  for (const auto& [mark, is_current, modified] : std::span(reads).subspan(first)) {
    const std::string_view head =
        std::string_view(mark.first_bytes)
            .substr(0, std::min<std::uint64_t>(head_bytes_max, mark.offset));
    std::string_view tail = mark.last_bytes;
    if (tail.size() > tail_bytes_max) tail.remove_prefix(tail.size() - tail_bytes_max);
    writer.begin_object()
        .member("device", std::to_string(mark.identity.device))
        .member("inode", std::to_string(mark.identity.inode))
        .member("offset", std::to_string(mark.offset))
        .member("head", to_hex(head))
        .member("tail", to_hex(tail));
    writer.key("modified").number(modified.ticks);
    if (is_current) writer.key("current").boolean(true);
    if (mark.skipping_line) writer.key("skipping").boolean(true);
    writer.end_object();
  }
  writer.end_array().end_object();
  return writer.take();
}

std::optional<std::vector<SavedRead>> decode_cursor(std::string_view text) {
  const auto json = base::parse_json(text);
  if (!json) return std::nullopt;
  const auto* files = (*json)["files"].as_array();
  if (files == nullptr || files->size() > reads_max) return std::nullopt;
  std::vector<SavedRead> reads;
  for (const auto& file : *files) {
    auto read = decode_read(file);
    if (!read) return std::nullopt;
    reads.push_back(std::move(*read));
  }
  return reads;
}

void SavedReads::load(const std::string& path, std::string_view cursor) {
  auto reads = decode_cursor(cursor);
  if (!reads) return note(notices_, cursor_unreadable_notice(path));
  for (auto& read : *reads) waiting_.push_back({std::move(read), path});
}

std::optional<SavedReads::Known> SavedReads::take(const TailedFile& file, const std::string& path) {
  // The same file first; then the same bytes under another inode.
  auto found = std::ranges::find_if(waiting_, [&](const Waiting& each) {
    return each.read.mark.identity == file.identity() && file.holds(each.read.mark);
  });
  if (found == waiting_.end())
    found = std::ranges::find_if(waiting_, [&](const Waiting& each) {
      return are_family(path, each.path) && file.continues(each.read.mark);
    });
  if (found == waiting_.end()) return std::nullopt;
  Known known{std::move(found->read.mark), std::move(found->path)};
  known.mark.identity = file.identity();
  waiting_.erase(found);
  return known;
}

std::vector<SavedReads::Beside> SavedReads::look_beside(
    const std::string& path, const std::function<bool(const FileIdentity&)>& is_open) {
  std::vector<Beside> beside;
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "./" : path.substr(0, slash + 1);
  const std::string prefix = slash == std::string::npos ? "" : folder;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  for (std::size_t seen = 0; entries && seen < base::limits::folder_entries_max; ++seen) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string other = prefix + entry->d_name;
    if (other == path || !are_family(path, other)) continue;
    FileDescriptor opened(
        ::open(other.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    struct stat status{};
    if (!opened.is_open() || ::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode))
      continue;
    const FileIdentity identity{status.st_dev, status.st_ino};
    if (is_open(identity) || beside.size() >= base::limits::released_files_max) continue;
    beside.push_back({other, std::move(opened), identity, timestamp_of(status.st_mtim)});
  }
  // Oldest first: the order they are read in.
  std::ranges::sort(beside, {},
                    [](const Beside& each) { return std::pair(each.modified, each.name); });
  return beside;
}

void SavedReads::find_rest_of(const std::string& path, std::vector<SavedRead> reads,
                              const std::function<bool(const FileIdentity&)>& is_open,
                              std::vector<Found>& found) {
  std::vector<Beside> beside = look_beside(path, is_open);
  std::optional<base::Timestamp> rotated_after;  // set: the name led elsewhere than now
  for (const SavedRead& read : reads) {
    const auto holder = [&](auto&& test) {
      return std::ranges::find_if(beside, [&](const Beside& each) {
        const TailedFile file = each.looked_at();
        return test(file);
      });
    };
    auto at = holder([&](const TailedFile& file) {
      return file.identity() == read.mark.identity && file.holds(read.mark);
    });
    if (at == beside.end())
      at = holder([&](const TailedFile& file) { return file.continues(read.mark); });
    const bool is_found = at != beside.end();
    if (read.is_current) rotated_after = is_found ? at->modified : read.modified;
    if (!is_found) {
      if (read.is_current && read.mark.offset > 0) note(notices_, rest_missing_notice(path));
      continue;
    }
    ReadMark mark = read.mark;
    mark.identity = at->identity;
    found.push_back({std::move(at->descriptor), at->identity, path, std::move(mark)});
    beside.erase(at);
  }
  if (!rotated_after) return;
  for (Beside& each : beside) {
    // Whole generations that came and went: auth.log.1 when the one we knew is auth.log.2 now.
    const bool generation = each.name.size() > path.size() && each.name.starts_with(path) &&
                            (each.name[path.size()] == '.' || each.name[path.size()] == '-');
    if (!generation || each.modified <= *rotated_after) continue;
    const TailedFile file = each.looked_at();
    if (const auto unpacker = unpacker_of(file.first_bytes()); !unpacker.empty()) {
      note(notices_, compressed_notice(each.name, unpacker));
      continue;
    }
    found.push_back({std::move(each.descriptor), each.identity, path, std::nullopt});
  }
}

std::vector<SavedReads::Found> SavedReads::find_rest(
    const std::function<bool(const FileIdentity&)>& is_open) {
  std::vector<Found> found;
  while (!waiting_.empty()) {
    const std::string path = waiting_.front().path;
    std::vector<SavedRead> reads;
    for (Waiting& each : waiting_)
      if (each.path == path) reads.push_back(std::move(each.read));
    std::erase_if(waiting_, [&](const Waiting& each) { return each.path == path; });
    find_rest_of(path, std::move(reads), is_open, found);
  }
  return found;
}

}  // namespace vedette::collect
