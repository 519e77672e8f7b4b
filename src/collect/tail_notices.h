// Owns: what a user is told about a followed file, in words with the remedy.
// Must not know: how files are followed. Called from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "collect/line_source.h"

namespace vedette::collect {

// `error_number` is errno of the failed call.
[[nodiscard]] SourceNotice cannot_open_notice(const std::string& path, int error_number);
// `mode` is st_mode: a folder, socket, block device, or a FIFO that was not there at the start.
[[nodiscard]] SourceNotice refused_notice(const std::string& path, unsigned mode);
[[nodiscard]] SourceNotice waiting_notice(const std::string& path);
[[nodiscard]] SourceNotice deleted_notice(const std::string& path, bool was_renamed);
[[nodiscard]] SourceNotice appeared_notice(const std::string& path);
[[nodiscard]] SourceNotice rotated_notice(const std::string& path);
[[nodiscard]] SourceNotice truncated_notice(const std::string& path, bool found_copy);
[[nodiscard]] SourceNotice shortened_notice(const std::string& path);
[[nodiscard]] SourceNotice read_failed_notice(const std::string& path, const std::string& reason);
[[nodiscard]] SourceNotice polling_notice(const std::string& reason);
[[nodiscard]] SourceNotice too_many_files_notice(const std::string& path);
// At the start: the file that was read last is gone, with what it had not been read of.
[[nodiscard]] SourceNotice rest_missing_notice(const std::string& path);
[[nodiscard]] SourceNotice cursor_unreadable_notice(const std::string& path);

}  // namespace vedette::collect
