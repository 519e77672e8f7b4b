// Owns: finding the copy that copytruncate leaves beside a log file (auth.log.1, auth.log-20260601,
// auth-20260601.log), so that lines written between our last read and the cut are not lost.
// Promises: only regular files of the same folder and name family, proved by their bytes.
// Must not know: what is done with it. One thread.
#pragma once

#include <optional>
#include <string_view>

#include "collect/tailed_file.h"

namespace vedette::collect {

struct LogCopy {
  FileDescriptor descriptor;
  FileIdentity identity;
};

// True for names in one folder that rotation makes of each other: auth.log, auth.log.1.
[[nodiscard]] bool are_family(std::string_view path, std::string_view other_path);
// A file beside `original` that holds what was read of it, and perhaps more: the newest such.
[[nodiscard]] std::optional<LogCopy> find_copy(const TailedFile& original);

}  // namespace vedette::collect
