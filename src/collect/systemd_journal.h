// Owns: the systemd journal of this machine (or of a folder of journal files), read by journalctl
// as a child process, as lines that syslog would have written. Promises: every entry once, in the
// journal's order; each batch has the cursor behind its last entry, and a source that is begun with
// it goes on there. A child that ends is started again behind the last entry that was handed over,
// after a pause that grows; entries that the journal has deleted meanwhile are passed over. What
// journalctl complains of is a notice. At the end the child is ended and waited for. Must not know:
// what entries say. One thread; a stop from any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/line_source.h"
#include "ports/clock.h"

namespace vedette::collect {

struct SystemdJournalOptions {
  std::string name = "systemd journal";  // for people, and in batches
  std::string program = "journalctl";
  std::string folder;                 // of journal files; empty: this machine's own
  std::optional<std::string> cursor;  // where `cursor` was; empty: nothing was read yet
  bool from_start = false;            // without a cursor: what is there already too
  bool read_once = false;             // end at the end of what is there (implies from_start)
  // Only what these programs say (SYSLOG_IDENTIFIER); empty: everything.
  std::vector<std::string> identifiers;
  std::uint32_t source = 0;  // RawBatch::source
};

// Whether this machine keeps a journal that can be asked for.
[[nodiscard]] bool has_systemd_journal();

class SystemdJournal : public LineSource {
 public:
  SystemdJournal(SystemdJournalOptions options, const ports::Clock& clock);
  ~SystemdJournal() override;
  SystemdJournal(const SystemdJournal&) = delete;
  SystemdJournal& operator=(const SystemdJournal&) = delete;

  [[nodiscard]] base::Result<std::optional<model::RawBatch>> next(
      base::Duration wait, const std::stop_token& stop) override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] Progress progress() const override;
  [[nodiscard]] std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] std::uint64_t cut_lines() const override;
  // Where to go on: behind the last entry that was handed over, or at the time of the start.
  [[nodiscard]] const std::string& cursor() const;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::collect
