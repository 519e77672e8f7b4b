// Owns: where a Linux system keeps its log-in records, for a user who names no file.
// Must not know: how they are read. Called from any thread.
#pragma once

#include <string>
#include <vector>

namespace vedette::collect {

struct FoundLogs {
  std::vector<std::string> readable;
  std::vector<std::string> unreadable;  // there, but not for us
  std::string message;  // what to tell the user; never empty when nothing is readable
};

// /var/log/auth.log and /var/log/secure; /var/log/messages only where neither exists. `root` is put
// before these paths.
[[nodiscard]] FoundLogs find_logs(const std::string& root = {});

// No file of these is there, and a systemd journal is: Debian 12's way.
[[nodiscard]] bool is_journal_the_place();

}  // namespace vedette::collect
