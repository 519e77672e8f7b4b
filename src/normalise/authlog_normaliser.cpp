#include "normalise/authlog_normaliser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/encode.h"
#include "base/hash.h"
#include "base/text.h"
#include "normalise/digits.h"
#include "normalise/frequent_message.h"
#include "normalise/sshd_message.h"
#include "normalise/syslog_parts.h"

namespace vedette::normalise {

using model::AuthEvent;

// What is remembered of a source between its batches.
struct AuthlogNormaliser::Source {
  explicit Source(StampOptions options) : stamps(std::move(options)) {}

  StampReader stamps;
  std::string name_if_learned;  // the source's, when its zone was learned
  // Was the line before this one an event? Then "last message repeated N times" speaks of it.
  bool last_was_event = false;
  // That event when it was read in an earlier run, with its text (two buffers: the events of this
  // run may point into one while the other is filled).
  std::optional<AuthEvent> last_event;
  std::array<std::string, 2> last_line;
  std::size_t last_line_used = 0;
};

namespace {

constexpr std::string_view sshd = "sshd";

// Skips the "<38>" that a syslog relay leaves before the stamp.
std::string_view without_priority(std::string_view line) {
  if (line.empty() || line[0] != '<') [[likely]]
    return line;
  const std::size_t end = line.find('>');  // npos is beyond what a priority takes, too
  return end > 4 ? line : line.substr(end + 1);
}

struct Tag {
  std::size_t length = 0;  // up to and with the blank before the message; 0: not sshd
  std::uint64_t pid = 0;
};

// Where the first blank stands; npos when there is none. Host names are short: most blanks lie
// within the first 16 bytes.
std::size_t find_blank(std::string_view text) {
#if defined(__SSE2__)
  if (text.size() >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
    const int blanks = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
    if (blanks != 0)
      return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(blanks)));
  }
#endif
  return text.find(' ');
}

// "sshd[12345]: " as nearly all lines have it; a length of 0 for all others, which `read_tag`
// reads.
Tag read_common_tag(std::string_view text) {
  constexpr std::size_t before_pid = sizeof("sshd[") - 1;
  if (text.size() < before_pid + 8 || std::memcmp(text.data(), "sshd[", before_pid) != 0) return {};
  const Number pid = read_number(text.data() + before_pid);
  const std::size_t at = before_pid + static_cast<std::size_t>(pid.digits);
  const bool fits =
      pid.digits > 0 && at + 3 <= text.size() && std::memcmp(text.data() + at, "]: ", 3) == 0;
  return fits ? Tag{at + 3, pid.value} : Tag{};
}

// "sshd[123]: ", "sshd-session[123]: ", "sshd-auth[123]: ", "sshd(pam_unix)[123]: ", "sshd: ".
Tag read_tag(std::string_view text) {
  if (const Tag common = read_common_tag(text); common.length != 0) return common;
  std::size_t at = sshd.size();
  if (at < text.size() && text[at] != '[') {
    for (const std::string_view ending : {"-session", "-auth", "(pam_unix)"}) {
      if (!text.substr(at).starts_with(ending)) continue;
      at += ending.size();
      break;
    }
  }
  Tag tag;
  if (at < text.size() && text[at] == '[') {
    const std::size_t first = ++at;
    while (at < text.size() && at - first < 10 && text[at] >= '0' && text[at] <= '9')
      tag.pid = tag.pid * 10 + static_cast<std::uint64_t>(text[at++] - '0');
    if (at == first || at >= text.size() || text[at] != ']') return {};
    ++at;
  }
  if (at + 1 >= text.size() || text[at] != ':' || text[at + 1] != ' ') return {};
  tag.length = at + 2;
  return tag;
}

}  // namespace

AuthlogNormaliser::AuthlogNormaliser(StampOptions options) : options_(std::move(options)) {}
AuthlogNormaliser::~AuthlogNormaliser() = default;

AuthlogNormaliser::Source& AuthlogNormaliser::source_of(const model::RawBatch& batch) {
  while (sources_.size() <= batch.source) sources_.push_back(std::make_unique<Source>(options_));
  return *sources_[batch.source];
}

void AuthlogNormaliser::begin(const model::RawBatch& batch) {
  batch_ = batch;
  rest_ = LineSplit(batch.bytes);
  source_ = &source_of(batch);
  if (!recalled_.empty()) recall_zone();
  const bool modified_known = batch.source_modified.is_set() && !batch.live;
  source_->stamps.set_reference(modified_known ? batch.source_modified : batch.received);
  counts_.bytes += batch.bytes.size();
}

bool AuthlogNormaliser::next(std::vector<AuthEvent>& events) {
  std::size_t used = events.size();
  const bool more = next(events, used);
  events.resize(used);
  return more;
}

bool AuthlogNormaliser::next(std::vector<AuthEvent>& events, std::size_t& used) {
  const std::size_t events_before = used_ = used;
  const std::uint64_t unreadable_most = quarantine_.lines() + unreadable_per_run_max;
  while (!rest_.empty() && used_ - events_before < events_per_run_max &&
         quarantine_.lines() < unreadable_most) {
    const std::string_view line = rest_.next();
    ++counts_.lines;
    read_line(line, events);
  }
  identify(events);
  used = used_;
  if (rest_.empty()) remember_last(events);
  return used_ != events_before || !rest_.empty();
}

void AuthlogNormaliser::remember_last(const std::vector<AuthEvent>& events) {
  if (!source_->last_was_event) source_->last_event.reset();
  if (!source_->last_was_event || used_ == 0) return;
  AuthEvent event = events[used_ - 1];
  source_->last_line_used ^= 1;
  std::string& line = source_->last_line[source_->last_line_used];
  line = fmt::format("{}{}{}{}", event.record.view(), event.user.view(), event.source_host.view(),
                     event.host.view());
  std::string_view left = line;
  for (model::Text* part : {&event.record, &event.user, &event.source_host, &event.host}) {
    const std::size_t length = part->size();
    *part = left.substr(0, length);
    left.remove_prefix(length);
  }
  source_->last_event = event;
}

void AuthlogNormaliser::read_line(std::string_view line, std::vector<AuthEvent>& events) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const std::string_view text = without_priority(line);
  Stamp stamp;
  if (!source_->stamps.read(text, stamp)) [[unlikely]] {
    if (base::trim(line).empty()) {
      ++counts_.empty;
      return;
    }
    ++counts_.no_stamp;
    reject("does not begin with a time stamp (RFC 3164 or RFC 3339)", line);
    return;
  }
  counts_.last_time = stamp.time;
  const std::string_view rest = text.substr(stamp.length);
  const std::size_t blank = find_blank(rest);
  if (blank == std::string_view::npos) {
    reject("ends after the host name", line);
    return;
  }
  const std::string_view tagged = rest.substr(blank + 1);
  if (tagged.starts_with(sshd) && read_sshd(line, rest.substr(0, blank), tagged, stamp, events))
    return;
  if (tagged.starts_with("last message repeated ") &&
      read_last_message_repeated(line, tagged, stamp, events))
    return;
  if (may_be_account_line(tagged) &&
      read_account(line, rest.substr(0, blank), tagged, stamp, events))
    return;
  source_->last_was_event = false;
  ++counts_.other_programs;
}

bool AuthlogNormaliser::read_sshd(std::string_view line, std::string_view host,
                                  std::string_view tagged, const Stamp& stamp,
                                  std::vector<AuthEvent>& events) {
  const Tag tag = read_tag(tagged);
  if (tag.length == 0) return false;  // "sshd-keygen", "sshd_exporter": not the log-in server
  source_->last_was_event = false;
  ++counts_.sshd_lines;
  const std::string_view text = tagged.substr(tag.length);
  SshdMessage message;
  const bool frequent = read_frequent_message(text, message);
  if (!frequent) message = read_rare_message(text);
  switch (message.kind) {
    case MessageKind::known:
      ++counts_.known;
      return true;
    case MessageKind::unknown:
      ++counts_.sshd_unreadable;
      reject("sshd wrote a message that is not known", line);
      return true;
    case MessageKind::unreadable:
      ++counts_.sshd_unreadable;
      reject("a log-in attempt whose user or address could not be read", line);
      return true;
    case MessageKind::failure:
    case MessageKind::success:
      break;
  }
  // A frequent message's user is a part of it; others' may be a name of ours.
  std::uint64_t user_hash = 0;
  if (!message.user.empty())
    user_hash = frequent ? base::hash_part(message.user) : base::hash_bytes(message.user);
  const std::uint64_t host_hash = base::hash_part(host);
  const bool success = message.kind == MessageKind::success;
  AuthEvent& event = add_event(line, stamp, events);
  event.address = message.address;
  event.user_hash = user_hash;
  event.host_hash = host_hash;
  event.session = tag.pid == 0 ? 0 : base::hash_words(host_hash, tag.pid);
  event.user = message.user;
  event.host = host;
  event.source_host = message.source_host;
  event.service = sshd;
  event.count = message.count;
  event.port = message.port;
  event.result = success ? model::AuthResult::success : model::AuthResult::failure;
  event.method = message.method;
  event.evidence = message.evidence;
  event.user_exists = message.user_exists;
  if (batch_.live) learn_zone();
  return true;
}

// Old login calls itself "login -- root", and some logs have kept only the name's end: "--
// root[1]:".
Tagged read_account_tag(std::string_view tagged) {
  if (tagged[0] != ' ') return read_tagged(tagged);
  const std::size_t end = tagged.find("]: ");
  if (!tagged.starts_with(" -- ") || end == std::string_view::npos) return {};
  return {"login", tagged.substr(end + 3), {}};
}

bool AuthlogNormaliser::read_account(std::string_view line, std::string_view host,
                                     std::string_view tagged, const Stamp& stamp,
                                     std::vector<AuthEvent>& events) {
  const Tagged parts = read_account_tag(tagged);
  const std::string_view program = account_program(parts.process);
  if (program.empty()) return false;
  const AccountMessage message = read_account_message(program, parts.message);
  if (message.kind == AccountMessageKind::other) return false;
  if (message.kind == AccountMessageKind::change)
    return add_change(line, host, program, message, stamp);
  AuthEvent& event = add_event(line, stamp, events);
  const std::uint64_t id = event.id;
  event = {};
  event.id = id;
  event.time = stamp.time;
  event.record = line;
  fill_event(event, program, message);
  event.host = host;
  event.host_hash = base::hash_bytes(host);
  const auto process_id = static_cast<std::uint64_t>(parts.process_id.value_or(0));
  event.session = process_id == 0 ? 0 : base::hash_words(event.host_hash, process_id);
  return true;
}

bool AuthlogNormaliser::add_change(std::string_view line, std::string_view host,
                                   std::string_view program, const AccountMessage& message,
                                   const Stamp& stamp) {
  source_->last_was_event = false;
  const std::uint64_t id = identity_.identify(line, stamp.has_fraction);
  if (id == 0) {
    ++counts_.duplicates;
    return true;
  }
  ++counts_.changes;
  if (changes_ == nullptr) return true;
  model::ChangeEvent& change = changes_->emplace_back();
  fill_change(change, program, message);
  change.time = stamp.time;
  change.id = id;
  change.host = host;
  change.host_hash = base::hash_bytes(host);
  change.record = line;
  return true;
}

void AuthlogNormaliser::recall_zone() {
  const auto known = std::ranges::find(recalled_, batch_.source_name, &LearnedZone::source);
  if (known == recalled_.end()) return;
  if (auto zone = base::TimeZone::find(known->zone); zone && options_.learn_zone) {
    source_->stamps.set_zone(std::move(*zone));
    source_->name_if_learned = std::move(known->source);
  }
  recalled_.erase(known);
}

std::vector<LearnedZone> AuthlogNormaliser::learned_zones() const {
  std::vector<LearnedZone> zones = recalled_;
  for (const auto& source : sources_)
    if (!source->name_if_learned.empty())
      zones.push_back({source->name_if_learned, source->stamps.zone().name()});
  return zones;
}

void AuthlogNormaliser::learn_zone() {
  if (!source_->stamps.learn_zone(batch_.received)) return;
  source_->name_if_learned = batch_.source_name;
  notices_.push_back(
      fmt::format("{}: its clock is at UTC{}, not in the zone assumed; its stamps are read so from "
                  "now on (--zone "
                  "sets the zone)",
                  base::encode_terminal(batch_.source_name), source_->stamps.zone().name()));
}

// The next event, with what every event has of its line. Its identity comes later, with that of
// others (`identify`): until then its id is the line's hash.
AuthEvent& AuthlogNormaliser::add_event(std::string_view line, const Stamp& stamp,
                                        std::vector<AuthEvent>& events) {
  if (stamp.has_fraction != pending_have_fraction_) [[unlikely]] {
    identify(events);
    pending_have_fraction_ = stamp.has_fraction;
  }
  if (used_ == events.size()) events.resize(used_ + events_per_run_max);
  AuthEvent& event = events[used_++];
  ++pending_;
  event.id = base::hash_bytes(line);
  identity_.prefetch(event.id);
  event.time = stamp.time;
  event.record = line;
  source_->last_was_event = true;
  return event;
}

// Gives the events that were added last their identities, and takes away those that are duplicates.
void AuthlogNormaliser::identify(std::vector<AuthEvent>& events) {
  if (pending_ == 0) return;
  const std::size_t first = used_ - pending_;
  std::size_t kept = first;
  for (std::size_t i = first; i < used_; ++i) {
    const std::uint64_t id = identity_.identify(events[i].id, pending_have_fraction_);
    if (kept != i) events[kept] = events[i];
    events[kept].id = id;
    if (id != 0) [[likely]]
      ++kept;
    else
      source_->last_was_event &= i + 1 < used_;
  }
  counts_.events += kept - first;
  counts_.duplicates += used_ - kept;
  used_ = kept;
  pending_ = 0;
}

// syslogd's own compression: the record before this line happened N more times. It says who and
// from where; the time and the identity are this line's.
bool AuthlogNormaliser::read_last_message_repeated(std::string_view line, std::string_view rest,
                                                   const Stamp& stamp,
                                                   std::vector<AuthEvent>& events) {
  identify(events);
  if (!source_->last_was_event) return false;
  if (used_ == 0 && !source_->last_event) return false;
  const AuthEvent before = used_ == 0 ? *source_->last_event : events[used_ - 1];
  rest.remove_prefix(std::string_view("last message repeated ").size());
  const auto times = base::parse_unsigned(rest.substr(0, rest.find(' ')));
  constexpr std::uint64_t repeat_max = 100'000;
  if (!times || *times == 0 || *times > repeat_max) return false;
  AuthEvent& event = add_event(line, stamp, events);
  const std::uint64_t line_hash = event.id;
  event = before;
  event.id = line_hash;
  event.count = static_cast<std::uint32_t>(*times);
  event.time = stamp.time;
  event.record = line;
  return true;
}

void AuthlogNormaliser::reject(std::string_view reason, std::string_view line) {
  quarantine_.add(reason, batch_.source_name, line);
  if (rejected_ != nullptr) rejected_->push_back({reason, line});
}

const base::TimeZone& AuthlogNormaliser::zone() const {
  return source_ == nullptr ? options_.zone : source_->stamps.zone();
}

std::vector<std::string> AuthlogNormaliser::take_notices() {
  return std::exchange(notices_, {});
}

}  // namespace vedette::normalise
