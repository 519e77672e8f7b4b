#include "collect/file_events.h"

#include <fmt/format.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace vedette::collect {
namespace {

constexpr std::uint32_t file_mask = IN_MODIFY | IN_CLOSE_WRITE;
// IN_ATTRIB: a permission that was missing may have been given.
constexpr std::uint32_t folder_mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                      IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

FileEvents::FileEvents(bool enabled) {
  if (!enabled) {
    problem_ = "switched off";
    return;
  }
  inotify_ = FileDescriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_.is_open()) give_up("cannot start inotify", errno);
}

void FileEvents::give_up(const std::string& what, int error_number) {
  problem_ = fmt::format("{}: {}", what, std::strerror(error_number));
  inotify_.reset();
  files_.clear();
  folders_.clear();
}

void FileEvents::watch_file(int file_descriptor, std::uint64_t file) {
  if (!inotify_.is_open()) return;
  // By way of /proc the watch is on the file we hold, not on what its name means by now.
  const std::string path = fmt::format("/proc/self/fd/{}", file_descriptor);
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), file_mask);
  if (watch >= 0)
    files_[watch] = file;
  else
    give_up("cannot watch another file", errno);
}

void FileEvents::forget_file(std::uint64_t file) {
  std::erase_if(files_, [&](const auto& entry) {
    if (entry.second != file) return false;
    ::inotify_rm_watch(inotify_.get(), entry.first);
    return true;
  });
}

bool FileEvents::watch_folders(const std::vector<Lookup>& lookups) {
  if (!inotify_.is_open()) return false;
  std::map<int, std::vector<Lookup>> wanted;
  bool added = false;
  std::map<std::string, int> watched;  // several lookups in one folder cost one system call
  for (const Lookup& lookup : lookups) {
    auto known = watched.find(lookup.folder);
    if (known == watched.end()) {
      const int watch = ::inotify_add_watch(inotify_.get(), lookup.folder.c_str(), folder_mask);
      if (watch < 0 && (errno == ENOSPC || errno == ENOMEM)) {
        give_up("cannot watch another folder", errno);
        return false;
      }
      known = watched.emplace(lookup.folder, watch).first;
    }
    // A folder that may not be read cannot be watched; the regular look at all paths covers it.
    if (known->second < 0) continue;
    added = added || !folders_.contains(known->second);
    wanted[known->second].push_back(lookup);
  }
  for (const auto& [watch, names] : folders_)
    if (!wanted.contains(watch)) ::inotify_rm_watch(inotify_.get(), watch);
  folders_ = std::move(wanted);
  return added;
}

void FileEvents::note_event(int watch, std::uint32_t mask, const std::string& name,
                            Changes& changes) const {
  if ((mask & IN_Q_OVERFLOW) != 0) changes.overflowed = true;
  if (const auto file = files_.find(watch); file != files_.end() && (mask & file_mask) != 0)
    changes.files.push_back(file->second);
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return;
  if (name.empty() || (mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0 ||
      std::ranges::any_of(folder->second,
                          [&](const Lookup& lookup) { return matches(lookup, name); }))
    changes.names = true;
}

FileEvents::Changes FileEvents::take() {
  Changes changes;
  if (!inotify_.is_open()) return changes;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer{};
  // Bounded, so that somebody who keeps creating names cannot hold us here.
  for (int round = 0; round < 64; ++round) {
    const ssize_t bytes = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (bytes <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(bytes);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      note_event(event.wd, event.mask, event.len > 0 ? std::string(name) : std::string(), changes);
      // A folder that went away takes its watch along; the next look adds it anew.
      if ((event.mask & IN_IGNORED) != 0) {
        folders_.erase(event.wd);
        files_.erase(event.wd);
      }
      at += sizeof event + event.len;
    }
  }
  return changes;
}

}  // namespace vedette::collect
