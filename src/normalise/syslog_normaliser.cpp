#include "normalise/syslog_normaliser.h"

#include "base/hash.h"
#include "normalise/account_message.h"
#include "normalise/sshd_message.h"

namespace vedette::normalise {

using model::AuthEvent;

namespace {

bool is_sshd(std::string_view process) {
  return process == "sshd" || process == "sshd-session" || process == "sshd-auth" ||
         process == "sshd(pam_unix)";
}

// Who logged it: the address it came from, and the name in it only beside that.
template <typename Event>
void set_host(Event& event, const SyslogEntry& entry) {
  event.host = entry.message.host.empty() ? entry.sent.sender : entry.message.host;
  event.host_hash = base::hash_bytes(event.host, base::hash_bytes(entry.sent.sender));
  event.id = entry.id;
  event.time = entry.time;
  event.record = entry.sent.text;
}

void set_session(AuthEvent& event, const SyslogEntry& entry) {
  const auto process_id = static_cast<std::uint64_t>(entry.message.process_id.value_or(0));
  event.session = process_id == 0 ? 0 : base::hash_words(event.host_hash, process_id);
}

}  // namespace

void SyslogNormaliser::read(const model::RawBatch& batch, std::vector<model::AuthEvent>& events,
                            std::vector<RejectedLine>& rejected) {
  source_name_ = batch.source_name;
  entries_.clear();
  model::SentMessages messages(batch.bytes);
  SyslogEntry entry;
  for (std::uint64_t number = 1; messages.next(entry.sent); ++number) {
    ++counts_.messages;
    entry.message = reader_.read(entry.sent.text, batch.received);
    entry.time = time_of(entry.message, batch.received);
    entry.id = base::hash_words(batch.journal_position, number) | 1;
    entry.event = SyslogEntry::no_event;
    counts_.last_time = entry.time;
    model::AuthEvent event;
    const bool is_event = is_sshd(entry.message.process) ? read_login(entry, event, rejected)
                                                         : read_account(entry, event);
    if (is_event) {
      entry.event = events.size();
      events.push_back(event);
    }
    if (entry.sent.is_cut)
      rejected.push_back(
          {"its end is missing: too long, or its connection ended", entry.sent.text});
    entries_.push_back(entry);
  }
  if (const auto broken = messages.broken(); !broken.empty())
    reject("the record of sent messages is broken here", broken, rejected);
}

bool SyslogNormaliser::read_login(const SyslogEntry& entry, model::AuthEvent& event,
                                  std::vector<RejectedLine>& rejected) {
  const SshdMessage message = read_sshd_message(entry.message.message);
  switch (message.kind) {
    case MessageKind::known:
      ++counts_.readable;
      return false;
    case MessageKind::unknown:
      reject("sshd wrote a message that is not known", entry.sent.text, rejected);
      return false;
    case MessageKind::unreadable:
      reject("a log-in attempt whose user or address could not be read", entry.sent.text, rejected);
      return false;
    case MessageKind::failure:
    case MessageKind::success:
      break;
  }
  ++counts_.readable;
  fill_event(event, message);
  set_host(event, entry);
  set_session(event, entry);
  return true;
}

bool SyslogNormaliser::read_account(const SyslogEntry& entry, AuthEvent& event) {
  const std::string_view program = account_program(entry.message.process);
  if (program.empty()) return false;
  const AccountMessage message = read_account_message(program, entry.message.message);
  if (message.kind == AccountMessageKind::change && changes_ != nullptr) {
    model::ChangeEvent& change = changes_->emplace_back();
    fill_change(change, program, message);
    set_host(change, entry);
  }
  if (message.kind != AccountMessageKind::login) return false;
  fill_event(event, program, message);
  set_host(event, entry);
  set_session(event, entry);
  return true;
}

void SyslogNormaliser::reject(std::string_view reason, std::string_view text,
                              std::vector<RejectedLine>& rejected) {
  quarantine_.add(reason, source_name_, text);
  rejected.push_back({reason, text});
}

}  // namespace vedette::normalise
