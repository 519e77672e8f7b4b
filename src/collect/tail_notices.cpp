#include "collect/tail_notices.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace vedette::collect {
namespace {

// The group whose members may read the file; empty when there is none, or we cannot tell.
std::string reading_group_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & S_IRGRP) == 0) return {};
  struct group entry{};
  struct group* found = nullptr;
  std::array<char, 16 * 1024> text{};
  if (::getgrgid_r(status.st_gid, &entry, text.data(), text.size(), &found) != 0) return {};
  return found == nullptr ? std::string() : std::string(entry.gr_name);
}

}  // namespace

SourceNotice cannot_open_notice(const std::string& path, int error_number) {
  std::string text = fmt::format("cannot open {}: {}", path, std::strerror(error_number));
  if (error_number == EACCES || error_number == EPERM) {
    const std::string group = reading_group_of(path);
    text += group.empty() || group == "root"
                ? "; run as root"
                : fmt::format(
                      "; run as root, or add yourself to group {0} (sudo usermod -aG {0} "
                      "$USER) and log in again",
                      group);
  }
  return {NoticeKind::cannot_open, NoticeLevel::error, path, std::move(text)};
}

SourceNotice refused_notice(const std::string& path, unsigned mode) {
  std::string text;
  if (S_ISDIR(mode))
    text = fmt::format(
        "{0} is a folder, not a log file; name the files in it, for example '{0}/*.log'", path);
  else if (S_ISFIFO(mode) || S_ISCHR(mode))
    text = fmt::format("{} became a pipe or device while it was watched; it is not read", path);
  else
    text = fmt::format("{} is a socket or a disk, not a log file; it is not read", path);
  return {NoticeKind::refused, NoticeLevel::error, path, std::move(text)};
}

SourceNotice waiting_notice(const std::string& path) {
  return {NoticeKind::waiting, NoticeLevel::warning, path,
          fmt::format("{} does not exist yet; waiting for it", path)};
}

SourceNotice deleted_notice(const std::string& path, bool was_renamed) {
  return {NoticeKind::deleted, was_renamed ? NoticeLevel::information : NoticeLevel::warning, path,
          fmt::format("{} was {}; waiting for it to return", path,
                      was_renamed ? "moved away" : "deleted")};
}

SourceNotice appeared_notice(const std::string& path) {
  return {NoticeKind::appeared, NoticeLevel::information, path,
          fmt::format("{} is there now and is followed", path)};
}

SourceNotice rotated_notice(const std::string& path) {
  return {NoticeKind::rotated, NoticeLevel::information, path,
          fmt::format("{} was rotated: the old file is read to its end, the new one is followed",
                      path)};
}

SourceNotice truncated_notice(const std::string& path, bool found_copy) {
  if (found_copy)
    return {NoticeKind::truncated, NoticeLevel::information, path,
            fmt::format("{} was cut and begun again; what was not read yet is read from its copy",
                        path)};
  return {NoticeKind::truncated, NoticeLevel::warning, path,
          fmt::format(
              "{} was cut and begun again, and there is no copy of it beside it: lines that were "
              "written just before can be lost (rotation by rename loses nothing)",
              path)};
}

SourceNotice shortened_notice(const std::string& path) {
  return {
      NoticeKind::truncated, NoticeLevel::warning, path,
      fmt::format("the last lines of {} were taken out; it is followed from its new end", path)};
}

SourceNotice read_failed_notice(const std::string& path, const std::string& reason) {
  return {NoticeKind::read_failed, NoticeLevel::error, path,
          fmt::format("cannot read on in {}: {}; it is not read any further unless it is replaced",
                      path, reason)};
}

SourceNotice polling_notice(const std::string& reason) {
  return {NoticeKind::polling,
          NoticeLevel::warning,
          {},
          fmt::format("file changes are looked for four times a second, since the system does not "
                      "report them ({})",
                      reason)};
}

SourceNotice too_many_files_notice(const std::string& path) {
  return {NoticeKind::too_many_files, NoticeLevel::error, path,
          fmt::format(
              "{} files are followed already, which is the most; {} and further ones are not read",
              base::limits::tailed_files_max, path)};
}

SourceNotice rest_missing_notice(const std::string& path) {
  return {NoticeKind::deleted, NoticeLevel::warning, path,
          fmt::format("{} was rotated while Vedette was not running, and the file that it was is "
                      "not beside it any more (or is compressed): lines that were written to that "
                      "one after Vedette stopped are not read",
                      path)};
}

SourceNotice cursor_unreadable_notice(const std::string& path) {
  return {NoticeKind::read_failed, NoticeLevel::error, path,
          fmt::format("{}: it is not known how far it was read; it is read from its start", path)};
}

}  // namespace vedette::collect
