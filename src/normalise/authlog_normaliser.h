// Owns: raw lines of auth.log, secure or the journal's text → log-in events (model::AuthEvent) and
// changes of accounts (model::ChangeEvent).
// Promises: every line is either an event, a change, a line we know and need not, a line of another
// program, or in the quarantine with its reason: the counts add up to the lines read. A record
// repeated by syslog
// ("message repeated N times", "last message repeated N times") counts N.
// Must not know: where lines come from, detectors. One instance for all sources of a run; one
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/auth_event.h"
#include "model/change_event.h"
#include "model/raw_batch.h"
#include "normalise/account_message.h"
#include "normalise/line_identity.h"
#include "normalise/line_split.h"
#include "normalise/line_stamp.h"
#include "normalise/quarantine.h"

namespace vedette::normalise {

struct AuthlogCounts {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;   // records that became log-in events
  std::uint64_t changes = 0;  // ... changes of accounts
  std::uint64_t known = 0;    // sshd's lines that are no log-in attempt
  std::uint64_t other_programs = 0;
  std::uint64_t duplicates = 0;  // the same record again
  std::uint64_t empty = 0;       // blank lines
  // Of sshd's lines: how many there were, and how many could not be read.
  std::uint64_t sshd_lines = 0;
  std::uint64_t sshd_unreadable = 0;
  std::uint64_t no_stamp = 0;  // lines that do not begin with a time stamp
  base::Timestamp last_time;   // event time of the latest line with a stamp
};

// A line that went to the quarantine. The views point into the batch and to constants.
struct RejectedLine {
  std::string_view reason;
  std::string_view line;
};

// The zone of a source that was learned from its lines.
struct LearnedZone {
  std::string source, zone;  // names
};

class AuthlogNormaliser {
 public:
  // As many events as are read at once: a few hundred kB, so that they stay in the cache.
  static constexpr std::size_t events_per_run_max = 512;
  // A run ends early at this many unreadable lines, so that a bad stretch of a long batch can be
  // judged before good lines hide it.
  static constexpr std::uint64_t unreadable_per_run_max = 20;

  explicit AuthlogNormaliser(StampOptions options);
  ~AuthlogNormaliser();

  // Starts on a batch; the events of `next` point into it.
  void begin(const model::RawBatch& batch);
  // Appends the next events, at most events_per_run_max; false when the batch is used up.
  [[nodiscard]] bool next(std::vector<model::AuthEvent>& events);
  // The same for whoever uses the memory again: the events are the first `used` of `room`, and what
  // lies behind them is not looked at, and need not be emptied before.
  [[nodiscard]] bool next(std::vector<model::AuthEvent>& room, std::size_t& used);

  [[nodiscard]] const AuthlogCounts& counts() const { return counts_; }
  [[nodiscard]] const Quarantine& quarantine() const { return quarantine_; }
  // What the user should know of how the lines are read ("stamps of FILE are 2 h ahead ...").
  [[nodiscard]] std::vector<std::string> take_notices();
  // Each line that is rejected is also put there, from now on; for who makes rows of them.
  void show_rejected(std::vector<RejectedLine>* rejected) { rejected_ = rejected; }
  // Changes are appended there from now on, in the order of their lines; who wants none leaves it.
  void show_changes(std::vector<model::ChangeEvent>* changes) { changes_ = changes; }
  // The zone in which the stamps of the latest batch's source are read.
  [[nodiscard]] const base::TimeZone& zone() const;
  // What must outlive a run, so that the next one need not read its first lines wrong. Before the
  // first batch; what names no zone is left out.
  [[nodiscard]] std::vector<LearnedZone> learned_zones() const;
  void recall(std::vector<LearnedZone> zones) { recalled_ = std::move(zones); }

 private:
  struct Source;

  Source& source_of(const model::RawBatch& batch);
  void read_line(std::string_view line, std::vector<model::AuthEvent>& events);
  // `tagged` begins with "sshd". False when the program only begins with that name.
  bool read_sshd(std::string_view line, std::string_view host, std::string_view tagged,
                 const Stamp& stamp, std::vector<model::AuthEvent>& events);
  // `tagged` begins like one of the programs of account_message.h. False: it is none of theirs, or
  // nothing that we need.
  bool read_account(std::string_view line, std::string_view host, std::string_view tagged,
                    const Stamp& stamp, std::vector<model::AuthEvent>& events);
  bool add_change(std::string_view line, std::string_view host, std::string_view program,
                  const AccountMessage& message, const Stamp& stamp);
  bool read_last_message_repeated(std::string_view line, std::string_view rest, const Stamp& stamp,
                                  std::vector<model::AuthEvent>& events);
  model::AuthEvent& add_event(std::string_view line, const Stamp& stamp,
                              std::vector<model::AuthEvent>& events);
  void identify(std::vector<model::AuthEvent>& events);
  void remember_last(const std::vector<model::AuthEvent>& events);
  void learn_zone();
  void recall_zone();
  void reject(std::string_view reason, std::string_view line);

  StampOptions options_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<LearnedZone> recalled_;  // of sources that were not met yet
  Source* source_ = nullptr;
  model::RawBatch batch_;
  LineSplit rest_;  // of the batch
  LineIdentity identity_;
  // During `next` the events are longer than they end up: places are made for many at once.
  std::size_t used_ = 0;
  std::size_t pending_ = 0;             // events added last that have no identity yet
  bool pending_have_fraction_ = false;  // do their stamps tell parts of a second?
  Quarantine quarantine_;
  AuthlogCounts counts_;
  std::vector<std::string> notices_;
  std::vector<RejectedLine>* rejected_ = nullptr;
  std::vector<model::ChangeEvent>* changes_ = nullptr;
};

}  // namespace vedette::normalise
