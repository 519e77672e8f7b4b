#include "collect/followed_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "collect/log_copy.h"
#include "collect/path_walk.h"
#include "collect/source_text.h"
#include "collect/tail_notices.h"

namespace vedette::collect {
namespace {

// A file that was rotated away may still be written to by a program that has not been told yet.
constexpr base::Duration rotated_idle_time = base::Duration::seconds(30);
// A deleted file that does not return is held for so long after its last line; its disk space with
// it.
constexpr base::Duration deleted_idle_time = base::Duration::minutes(10);
constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

FileIdentity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

bool is_absence(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
}

}  // namespace

FollowedFiles::FollowedFiles(const TailOptions& options, const ports::Clock& clock,
                             FileEvents& events, std::vector<SourceNotice>& notices)
    : options_(options),
      clock_(clock),
      events_(events),
      notices_(notices),
      next_source_(options.first_source) {}

std::vector<FollowedFiles::NamedPath> FollowedFiles::walk_targets() {
  std::vector<NamedPath> named;
  // A folder that was not watched until now is walked once more: it may have changed in between.
  bool again = true;
  for (int round = 0; again && round < 4; ++round) {
    PathWalk walk;
    named.clear();
    const auto add = [&](const std::string& target, bool from_start) {
      const std::size_t first = walk.paths.size();
      const bool pattern = walk_target(target, walk);
      for (std::size_t i = first; i < walk.paths.size(); ++i)
        named.push_back({walk.paths[i], !pattern, from_start});
    };
    for (const std::string& target : options_.targets) add(target, options_.from_start);
    for (const std::string& target : options_.targets_from_start) add(target, true);
    again = !options_.read_once && events_.watch_folders(walk.lookups);
  }
  return named;
}

void FollowedFiles::look_up_names() {
  const std::vector<NamedPath> named = walk_targets();
  for (auto& [path, name] : names_) name.was_seen = false;
  const std::size_t first_new = files_.size();
  // All are met before one is opened: what one name was rotated to may be another one's file.
  for (const NamedPath& each : named) meet(each);
  for (const NamedPath& each : named) look_up(each.path);
  std::erase_if(names_, [](const auto& entry) { return !entry.second.was_seen; });
  begin_new_files(first_new);
  release_unnamed();
  is_first_look_ = false;
}

void FollowedFiles::meet(const NamedPath& named) {
  const auto [entry, is_new] = names_.try_emplace(named.path);
  Name& name = entry->second;
  name.was_seen = true;
  name.is_explicit = name.is_explicit || named.is_explicit;
  name.from_start = name.from_start || named.from_start;
  if (!is_new) return;
  name.source = next_source_++;
  if (!options_.cursor_of) return;
  if (const auto cursor = options_.cursor_of(named.path)) {
    name.was_read = true;
    saved_.load(named.path, *cursor);
  }
}

void FollowedFiles::look_up(const std::string& path) {
  Name& name = names_.find(path)->second;
  if (name.is_refused) return;
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return tell_absent(path, name, errno);
  if (!S_ISREG(status.st_mode)) return look_up_special(path, name, status.st_mode);
  const FileIdentity identity = identity_of(status);
  if (name.rejected == identity) return;
  if (const OpenFile* open = find(identity)) return link(path, name, *open, false);
  open_file(path, name);
}

void FollowedFiles::look_up_special(const std::string& path, Name& name, unsigned mode) {
  name.file = 0;
  if (!name.is_explicit) return;  // a folder or socket that a pattern matches is not meant
  if (is_first_look_ && (S_ISFIFO(mode) || S_ISCHR(mode))) {
    streams_.push_back({path, name.source});
    name.is_refused = true;  // as a file; it is read as a stream
    return;
  }
  if (name.told != NoticeKind::refused) note(notices_, refused_notice(path, mode));
  name.told = NoticeKind::refused;
  // What was no log when we started will not become one; what takes a log's place may go again.
  name.is_refused = is_first_look_;
}

void FollowedFiles::open_file(const std::string& path, Name& name) {
  if (files_.size() >= base::limits::tailed_files_max) {
    if (!std::exchange(told_too_many_, true)) note(notices_, too_many_files_notice(path));
    return;
  }
  FileDescriptor descriptor(::open(path.c_str(), open_flags));
  if (!descriptor.is_open()) return tell_absent(path, name, errno);
  struct stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return tell_absent(path, name, errno);
  // Between the two looks the name may have come to mean something else.
  if (!S_ISREG(status.st_mode)) return;
  const FileIdentity identity = identity_of(status);
  if (const OpenFile* open = find(identity)) return link(path, name, *open, false);
  OpenFile open;
  open.path = path;
  open.last_content = clock_.monotonic();
  open.file = std::make_unique<TailedFile>(std::move(descriptor), identity, next_number_++,
                                           name.source, path);
  // The watch comes before the first look, so that nothing is written unseen between them.
  if (!options_.read_once) events_.watch_file(open.file->descriptor(), open.file->number());
  files_.push_back(std::move(open));
  link(path, name, files_.back(), true);
}

void FollowedFiles::link(const std::string& path, Name& name, const OpenFile& open, bool is_new) {
  const std::uint64_t before = std::exchange(name.file, open.file->number());
  if (before == name.file) return;
  if (is_new && before != 0) {
    note(notices_, rotated_notice(path));
    // What is left in the old file comes before the new one, also where another name leads to it
    // now.
    if (OpenFile* old = find(before)) {
      old->reads_first = true;
      old->file->wake();
    }
  }
  if (before == 0 && name.told) note(notices_, appeared_notice(path));
  name.told.reset();
  name.rejected.reset();
}

void FollowedFiles::tell_absent(const std::string& path, Name& name, int error_number) {
  const bool absent = is_absence(error_number);
  const NoticeKind kind = absent ? NoticeKind::waiting : NoticeKind::cannot_open;
  OpenFile* before = absent ? find(name.file) : nullptr;
  name.file = 0;
  if (name.told == kind) return;
  name.told = kind;
  if (!absent || options_.read_once) {
    note(notices_, cannot_open_notice(path, error_number));
  } else if (before != nullptr) {
    [[maybe_unused]] const auto looked = before->file->look();  // only for whether a link is left
    note(notices_, deleted_notice(path, !before->file->is_deleted()));
  } else {
    note(notices_, waiting_notice(path));
  }
}

void FollowedFiles::begin_new_files(std::size_t first_new) {
  for (std::size_t i = first_new; i < files_.size(); ++i) begin_new_file(files_[i]);
  for (SavedReads::Found& found :
       saved_.find_rest([this](const FileIdentity& identity) { return find(identity) != nullptr; }))
    open_saved(std::move(found));
  // Oldest first; files of one time stay in the order they were named in.
  std::ranges::sort(
      files_.begin() + static_cast<std::ptrdiff_t>(first_new), files_.end(), {},
      [](const OpenFile& open) { return std::pair(open.file->modified(), open.file->number()); });
}

void FollowedFiles::begin_new_file(OpenFile& open) {
  TailedFile& file = *open.file;
  // A failure shows itself again, and is told, when the file is read.
  [[maybe_unused]] const auto looked = file.look();
  const auto known = std::ranges::find(closed_, file.identity(), &ReadMark::identity);
  const bool was_closed = known != closed_.end();
  const auto name = names_.find(open.path);
  const bool wants_old = options_.read_once || (name != names_.end() &&
                                                (name->second.from_start || name->second.was_read));
  open.may_be_copy = !is_first_look_ && !was_closed;
  if (was_closed && file.continues(*known)) {
    file.begin_at(*known);
  } else if (const auto saved = saved_.take(file, open.path)) {
    file.begin_at(saved->mark);
    file.count_as_existing();
    open.reads_first = open.path != saved->path;  // it was rotated away
    open.path = saved->path;  // so that its place stays in the cursor that it stands in
    open.may_be_copy = false;
  } else if (is_first_look_ && !wants_old) {
    file.begin_at_end();
  } else {
    file.begin_at_start(is_first_look_);
  }
  if (was_closed) closed_.erase(known);
}

// A file of an earlier run that no name leads to now, with lines that were not read.
void FollowedFiles::open_saved(SavedReads::Found found) {
  if (files_.size() >= base::limits::tailed_files_max) return;
  const auto name = names_.find(found.path);
  OpenFile open;
  open.path = found.path;
  open.last_content = clock_.monotonic();
  open.file = std::make_unique<TailedFile>(
      std::move(found.descriptor), found.identity, next_number_++,
      name == names_.end() ? next_source_++ : name->second.source, found.path);
  [[maybe_unused]] const auto looked = open.file->look();
  if (found.mark) {
    open.file->begin_at(*found.mark);
    open.file->count_as_existing();
  } else {
    open.file->begin_at_start(true);
  }
  if (!options_.read_once) events_.watch_file(open.file->descriptor(), open.file->number());
  files_.push_back(std::move(open));
}

std::string FollowedFiles::cursor_of(const std::string& path) const {
  std::vector<SavedRead> reads;
  for (const OpenFile& open : files_)
    if (open.path == path)
      reads.push_back({open.file->mark(), !open.is_released, open.file->modified()});
  return encode_cursor(reads);
}

std::uint64_t FollowedFiles::place_of(const std::string& path) const {
  std::uint64_t place = 1;
  for (const OpenFile& open : files_) {
    if (open.path != path) continue;
    const FileIdentity& identity = open.file->identity();
    place = base::hash_words(place, base::hash_words(identity.device, identity.inode));
    place = base::hash_words(place, open.file->consumed_bytes() * 2 + (open.is_released ? 1 : 0));
  }
  return place;
}

std::vector<std::string> FollowedFiles::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, name] : names_)
    if (std::ranges::any_of(files_, [&](const OpenFile& open) { return open.path == path; }))
      paths.push_back(path);
  return paths;
}

void FollowedFiles::release_unnamed() {
  for (OpenFile& open : files_) {
    const bool named = std::ranges::any_of(
        names_, [&](const auto& entry) { return entry.second.file == open.file->number(); });
    if (!named && !open.is_released) {
      open.last_content = clock_.monotonic();
      open.file->wake();  // one more look, before its successor is read
    }
    open.is_released = !named;
    open.reads_first = !named || (open.reads_first && !open.file->at_end());
    if (named) open.is_closing = false;
  }
}

void FollowedFiles::wake(std::uint64_t number) {
  if (OpenFile* open = find(number)) open->file->wake();
}

void FollowedFiles::wake_all() {
  for (OpenFile& open : files_) open.file->wake();
}

bool FollowedFiles::is_ready(OpenFile& open) {
  if (open.file->at_end()) return open.is_closing || options_.read_once;
  return !open.may_be_copy || !is_held_as_copy(open);
}

OpenFile* FollowedFiles::next_to_read() {
  // First what was rotated away, then what was there before us (oldest first), then by turns.
  OpenFile* next = nullptr;
  for (OpenFile& open : files_)
    if (open.reads_first && is_ready(open)) return &open;
  for (OpenFile& open : files_)
    if ((options_.read_once || open.file->is_catching_up()) && is_ready(open)) return &open;
  for (OpenFile& open : files_) {
    if (!is_ready(open)) continue;
    const std::uint64_t number = open.file->number();
    const bool later = number > last_read_;
    const bool next_later = next != nullptr && next->file->number() > last_read_;
    if (next == nullptr || (later && !next_later) ||
        (later == next_later && number < next->file->number()))
      next = &open;
  }
  if (next != nullptr) last_read_ = next->file->number();
  return next;
}

// A new file that begins like one we read is a copy being made (copytruncate), or the same log
// under a new inode (an editor). It waits until that one is done with; then it goes on where that
// one ended.
bool FollowedFiles::is_held_as_copy(OpenFile& open) {
  TailedFile& file = *open.file;
  if (!file.look() || file.size_bytes() == 0) return false;
  const auto original_of = [&](const OpenFile& other) {
    return &other != &open && !other.may_be_copy && are_family(open.path, other.path) &&
           file.begins_like(*other.file);
  };
  const auto other = std::ranges::find_if(files_, original_of);
  if (other != files_.end()) {
    TailedFile& original = *other->file;
    const auto change = original.look();
    if (!change || *change != Change::none || original.has_unseen()) original.wake();
    if (!original.at_end()) return true;  // it is read, or begun again, first
    const bool has_more = file.size_bytes() > original.size_bytes();
    if (!other->is_released && !has_more) return true;
    if (original.is_copied_in(file.descriptor()))
      file.begin_at(original.mark());
    else if (file.is_part_of(original))
      file.begin_at_end();
  }
  open.may_be_copy = false;
  return false;
}

void FollowedFiles::begin_again(OpenFile& open, Change change) {
  if (change == Change::shortened) {
    note(notices_, shortened_notice(open.path));
    return open.file->begin_at_end();
  }
  const std::uint64_t number = open.file->number();
  const bool had_content = open.file->consumed_bytes() > 0;
  const bool found_copy = take_over_copy(open);  // may move the files about
  OpenFile& again = *find(number);
  again.file->begin_again(found_copy);
  if (had_content) note(notices_, truncated_notice(again.path, found_copy));
}

bool FollowedFiles::take_over_copy(const OpenFile& original) {
  std::optional<LogCopy> copy = find_copy(*original.file);
  if (!copy) return false;
  const ReadMark mark = original.file->mark();
  if (OpenFile* open = find(copy->identity)) {
    if (!open->may_be_copy) return true;  // it was found to be one before, and is read already
    open->may_be_copy = false;
    open->reads_first = true;
    open->file->begin_at(mark);
    open->file->wake();
    return true;
  }
  OpenFile open;
  open.path = original.path;
  open.is_released = true;
  open.reads_first = true;
  open.last_content = clock_.monotonic();
  open.file = std::make_unique<TailedFile>(std::move(copy->descriptor), copy->identity,
                                           next_number_++, original.file->source(), original.path);
  open.file->begin_at(mark);
  files_.push_back(std::move(open));
  return true;
}

void FollowedFiles::retire_idle() {
  const base::Duration now = clock_.monotonic();
  std::size_t released = 0;
  for (OpenFile& open : files_) {
    if (!open.is_released || !open.file->at_end()) continue;
    ++released;
    const auto idle = base::Duration{now.ticks - open.last_content.ticks};
    const OpenFile* successor = successor_of(open);
    const bool replaced = successor != nullptr && successor->file->consumed_bytes() > 0;
    if ((replaced && idle >= rotated_idle_time) ||
        (open.file->is_deleted() && idle >= deleted_idle_time))
      open.is_closing = true;
  }
  if (released <= base::limits::released_files_max) return;
  const auto oldest = std::ranges::find_if(
      files_, [](const OpenFile& open) { return open.is_released && open.file->at_end(); });
  oldest->is_closing = true;
}

void FollowedFiles::close(std::uint64_t number) {
  const auto open =
      std::ranges::find(files_, number, [](const OpenFile& o) { return o.file->number(); });
  if (open == files_.end()) return;
  events_.forget_file(number);
  if (!open->file->is_deleted()) closed_.push_back(open->file->mark());
  if (closed_.size() > base::limits::closed_files_remembered_max) closed_.pop_front();
  for (auto& [path, name] : names_)
    if (name.file == number) name.file = 0;
  files_.erase(open);
}

void FollowedFiles::reject(const OpenFile& open, NoticeKind told) {
  const std::uint64_t number = open.file->number();
  for (auto& [path, name] : names_) {
    if (name.file != number) continue;
    name.rejected = open.file->identity();
    name.told = told;
  }
  close(number);
}

void FollowedFiles::refuse(const OpenFile& open) {
  note(notices_, compressed_notice(open.path, unpacker_of(open.file->first_bytes())));
  reject(open, NoticeKind::refused);
}

void FollowedFiles::fail(const OpenFile& open, const std::string& reason) {
  note(notices_, read_failed_notice(open.path, reason));
  reject(open, NoticeKind::read_failed);
}

bool FollowedFiles::is_hopeless() const {
  return !is_first_look_ && files_.empty() && std::ranges::none_of(options_.targets, is_pattern) &&
         std::ranges::all_of(names_, [](const auto& entry) { return entry.second.is_refused; });
}

OpenFile* FollowedFiles::find(const FileIdentity& identity) {
  const auto open =
      std::ranges::find(files_, identity, [](const OpenFile& o) { return o.file->identity(); });
  return open == files_.end() ? nullptr : &*open;
}

OpenFile* FollowedFiles::find(std::uint64_t number) {
  const auto open =
      std::ranges::find(files_, number, [](const OpenFile& o) { return o.file->number(); });
  return open == files_.end() ? nullptr : &*open;
}

const OpenFile* FollowedFiles::successor_of(const OpenFile& open) {
  const auto name = names_.find(open.path);
  return name == names_.end() ? nullptr : find(name->second.file);
}

}  // namespace vedette::collect
