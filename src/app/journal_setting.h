// Owns: the settings of one systemd journal: [[systemd_journal]]. Promises: plain data with
// defaults that work; what is wrong is noted with its remedy. Must not know: what is done with
// them. Any thread.
#pragma once

#include <string>
#include <vector>

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct JournalSetting {
  std::string name = "system";  // in the log and as its source; unique
  std::string folder;           // of journal files; empty: this machine's own
  bool from_start = false;      // the first time it is seen: read what it holds already
  bool everything = false;      // not only what speaks of log-ins and accounts

  // "journal:system": how our own journal, health and the log call it.
  [[nodiscard]] std::string source() const { return "journal:" + name; }
};

// One [[systemd_journal]] of the file, added to the others.
void read_journal(const SettingNode& node, std::vector<JournalSetting>& journals,
                  ProblemList& problems);
[[nodiscard]] std::string show_journal(const JournalSetting& journal);
[[nodiscard]] std::vector<std::string> journal_setting_names();

}  // namespace vedette::app
