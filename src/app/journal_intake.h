// Owns: systemd journals → our journal: a thread for each. Promises: where a journal goes on is
// durable in one commit with the lines before it, so after a stop or a crash each entry is read
// again from there: none is lost and none doubled. Must not know: what entries say. Started and
// stopped by one thread; `is_finished` from any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/intake.h"
#include "app/journal_setting.h"
#include "collect/systemd_journal.h"
#include "ports/journal.h"

namespace vedette::app {

// The programs whose entries speak of log-ins and accounts.
[[nodiscard]] std::vector<std::string> login_identifiers();

struct JournalIntakeRooms {
  ports::Journal& journal;  // for the cursors of earlier runs
  Intake& intake;           // the way in
  ports::Clock& clock;
  std::function<void(collect::NoticeLevel level, const std::string& text)> notice;
};

class JournalIntake {
 public:
  // All of it outlives this.
  explicit JournalIntake(JournalIntakeRooms rooms) : rooms_(std::move(rooms)) {}
  ~JournalIntake();

  // `read_once`: to the end of what is there.
  void open(const JournalSetting& setting, bool read_once);
  void stop();
  // Read-once: everything is in our journal.
  [[nodiscard]] bool is_finished() const;

 private:
  struct Lane {
    std::string source;
    std::unique_ptr<collect::SystemdJournal> journal;
    bool is_new = false;  // it has no place in our journal yet
    std::atomic<bool> is_finished = false;
    std::jthread thread;
  };

  void run(Lane& lane, const std::stop_token& stop);
  [[nodiscard]] ports::RawRecord place_of(const Lane& lane) const;

  JournalIntakeRooms rooms_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace vedette::app
