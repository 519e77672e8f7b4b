// Owns: a record of syslog messages that came over the network → its messages, understood, and the
// log-in events in them. Promises: every message is an entry in its order; an event's identity is
// its place in the journal, so that nothing is taken for a repeat and a replay gives the same; who
// sent a message is its address, never the name in it: events of two senders that call themselves
// alike stay apart. Must not know: sockets, rows. One instance a run; one thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "model/auth_event.h"
#include "model/change_event.h"
#include "model/raw_batch.h"
#include "model/sent_messages.h"
#include "normalise/authlog_normaliser.h"
#include "normalise/quarantine.h"
#include "normalise/syslog_message.h"

namespace vedette::normalise {

struct SyslogEntry {
  model::SentMessage sent;  // views of the batch
  SyslogMessage message;
  base::Timestamp time;
  std::uint64_t id = 0;
  std::size_t event = no_event;  // its index among the events

  static constexpr std::size_t no_event = SIZE_MAX;
};

struct SyslogCounts {
  std::uint64_t messages = 0;
  std::uint64_t readable = 0;  // of sshd
  base::Timestamp last_time;
};

class SyslogNormaliser {
 public:
  explicit SyslogNormaliser(const base::TimeZone& zone) : reader_(zone) {}

  // Appends the events and the messages that were rejected; the views point into the batch.
  void read(const model::RawBatch& batch, std::vector<model::AuthEvent>& events,
            std::vector<RejectedLine>& rejected);
  // Changes of accounts are appended there from now on.
  void show_changes(std::vector<model::ChangeEvent>* changes) { changes_ = changes; }
  // Of the last batch.
  [[nodiscard]] const std::vector<SyslogEntry>& entries() const { return entries_; }
  [[nodiscard]] const SyslogCounts& counts() const { return counts_; }
  [[nodiscard]] const Quarantine& quarantine() const { return quarantine_; }

 private:
  bool read_login(const SyslogEntry& entry, model::AuthEvent& event,
                  std::vector<RejectedLine>& rejected);
  // An event of another program than sshd; a change is put where changes are shown.
  bool read_account(const SyslogEntry& entry, model::AuthEvent& event);
  void reject(std::string_view reason, std::string_view text, std::vector<RejectedLine>& rejected);

  SyslogReader reader_;
  std::vector<SyslogEntry> entries_;
  SyslogCounts counts_;
  Quarantine quarantine_;
  std::string_view source_name_;
  std::vector<model::ChangeEvent>* changes_ = nullptr;
};

}  // namespace vedette::normalise
