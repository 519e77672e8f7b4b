#include "detect/login_detectors.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "detect/address_attack.h"
#include "detect/session_attempts.h"
#include "detect/shared_attack.h"
#include "detect/success_after_failures.h"

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::AuthEvent;
using model::AuthResult;

constexpr std::size_t events_per_step = 512;
constexpr Timestamp far_future{INT64_MAX};

// Nearly every client that leaves was heard of on the same connection: its address alone will tell
// (process_failure_from).
bool will_be_known(const AuthEvent& event) {
  return event.evidence == model::Evidence::disconnect && event.port != 0;
}

}  // namespace

LoginDetectors::LoginDetectors(const LoginSettings& settings, const AllowList& allow_list)
    : state_(settings, allow_list),
      book_(settings.update_interval),
      moment_{{}, far_future},
      settled_(settings.lateness.ticks > 0 ? Timestamp{} : far_future),
      undo_places_({std::as_writable_bytes(std::span(&moment_, 1))}) {
  state_.add_places(undo_places_);
}

// By time. At one instant those first whose order of arrival is their order, then the others.
bool LoginDetectors::before(const Unsettled& a, const Unsettled& b) {
  if (a.event.time != b.event.time) return a.event.time < b.event.time;
  if (a.turn != 0 || b.turn != 0) return a.turn != 0 && (b.turn == 0 || a.turn < b.turn);
  if (a.event.result != b.event.result) return a.event.result == AuthResult::failure;
  return a.event.id < b.event.id;
}

void LoginDetectors::run(std::span<const AuthEvent> events, Duration lateness, Timestamp now,
                         std::vector<ChangedAlert>& out) {
  while (!events.empty()) {
    const auto step = events.subspan(0, std::min(events.size(), events_per_step));
    events = events.subspan(step.size());
    if (state_.undo.recording()) {
      insert(step, lateness.ticks == 0);
      settle(newest_ - state_.settings.lateness);
      tell(now, out);
    } else {
      process_in_order(step, now, out);
    }
  }
}

// What an event will touch is asked for in steps before it is worked on, so that the memory's
// answers overlap: the event itself (another processor has just written it), the tags of its keys,
// its session; then, as each step's answer says what the next needs, the address's record, what
// lies behind it, and what grows in an attack. Half of all records tell of an attempt that their
// session knows already, and need no more than that.
void LoginDetectors::process_in_order(std::span<const AuthEvent> events, Timestamp now,
                                      std::vector<ChangedAlert>& out) {
  constexpr std::size_t event_ahead = 24, tags_ahead = 16, session_ahead = 11, address_ahead = 7,
                        rings_ahead = 4, growth_ahead = 2;
  std::array<Ahead, 32> ring;  // of the events up to `tags_ahead`
  const auto ahead = [&ring](std::size_t i) -> Ahead& { return ring[i % ring.size()]; };
  const std::size_t count = events.size();
  // The steps before the first event's turn: those of the events that come first.
  for (std::size_t turn = 0; turn < count + event_ahead; ++turn) {
    const auto step = [&](std::size_t steps_ahead, const auto& prefetch) {
      const std::size_t i = turn - event_ahead + steps_ahead;  // wraps around: then it is no event
      if (i < count) [[likely]]
        prefetch(events[i], ahead(i));
    };
    if (turn < count) prefetch_event(events[turn]);
    step(tags_ahead, [&](const AuthEvent& event, Ahead& at) { prefetch_tags(event, at); });
    step(session_ahead, [&](const AuthEvent& event, Ahead& at) { prefetch_session(event, at); });
    step(address_ahead, [&](const AuthEvent& event, Ahead& at) { prefetch_address(event, at); });
    step(rings_ahead, [&](const AuthEvent& event, Ahead& at) { prefetch_rings(event, at); });
    step(growth_ahead, [&](const AuthEvent& event, Ahead& at) { prefetch_growth(event, at); });
    step(0, [&](const AuthEvent& event, Ahead& at) {
      state_.sessions.expect(at.session);
      state_.addresses.expect(at.address);
      process(event);
    });
    if (!state_.episodes.changed().empty()) tell(now, out);
  }
}

void LoginDetectors::prefetch_event(const AuthEvent& event) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&event);
  for (std::size_t at = 0; at < sizeof(AuthEvent); at += 64) __builtin_prefetch(bytes + at);
}

void LoginDetectors::prefetch_tags(const AuthEvent& event, Ahead& ahead) const {
  ahead.will_count = ahead.will_extend = false;
  if (event.session != 0) state_.sessions.prefetch_tags(event.session, ahead.session);
  if (event.has_address()) state_.addresses.prefetch_tags(event.address, ahead.address);
}

void LoginDetectors::prefetch_session(const AuthEvent& event, Ahead& ahead) const {
  if (event.session != 0 && !will_be_known(event)) state_.sessions.prefetch(ahead.session, 1);
}

void LoginDetectors::prefetch_address(const AuthEvent& event, Ahead& ahead) const {
  if (!event.has_address() || event.result == AuthResult::success) return;
  constexpr std::size_t header_and_attempts = 2;
  if (will_be_known(event)) return state_.addresses.prefetch(ahead.address, 1);
  const SessionRecord* session =
      event.session == 0 ? nullptr : state_.sessions.find(event.session, ahead.session);
  ahead.will_count = seems_new(session, event);
  if (ahead.will_count) state_.addresses.prefetch(ahead.address, header_and_attempts);
}

void LoginDetectors::prefetch_rings(const AuthEvent& event, Ahead& ahead) const {
  if (!ahead.will_count) return;
  const AddressRecord* record = state_.addresses.find(event.address, ahead.address);
  if (record == nullptr || record->attack.generation == 0) {
    state_.networks.prefetch(network_key(event.address), 4);
    if (event.user_exists && event.user_hash != 0)
      state_.users.prefetch(user_key(event.user_hash), 1);
  }
  if (record == nullptr) return;
  if (!record->users_known)
    state_.addresses.prefetch_extra(*record, state_.attempts_bytes,
                                    sizeof(UserTry) * record->users_used);
  if (record->attack.generation == 0) return;
  state_.episodes.prefetch(record->attack.slot);
  ahead.will_extend = true;
}

void LoginDetectors::prefetch_growth(const AuthEvent& event, const Ahead& ahead) const {
  if (!ahead.will_extend) return;
  const AddressRecord* record = state_.addresses.find(event.address, ahead.address);
  if (record != nullptr && record->attack.generation != 0)
    state_.episodes.prefetch_growth(record->attack.slot, event.user_hash);
}

void LoginDetectors::process(const AuthEvent& event) {
  state_.undo.save(moment_);
  state_.undo.save(state_.counts);
  moment_.current = event.time;
  earliest_ = std::min(earliest_, event.time);
  if (event.time > moment_.next_quiet_check) [[unlikely]]
    close_quiet(event.time);
  if (!event.has_address() && event.source_host.empty()) [[unlikely]]
    return process_local(event);
  if (event.result == AuthResult::success)
    process_success(event);
  else
    process_failure(event);
}

// At the machine itself (su, sudo, a terminal): there is no source whose attempts could be added
// up.
void LoginDetectors::process_local(const AuthEvent& event) {
  const bool failed = event.result == AuthResult::failure;
  (failed ? state_.counts.failures : state_.counts.successes) += event.count;
}

void LoginDetectors::process_failure(const AuthEvent& event) {
  const SourceKey source = resolve_source(state_, event);
  if (source.is_address && !event.has_address()) {
    AuthEvent resolved = event;
    resolved.address = source.key;
    process_failure_from(resolved, source);
  } else {
    process_failure_from(event, source);
  }
}

void LoginDetectors::process_failure_from(const AuthEvent& event, const SourceKey& source) {
  // The child process that writes of the disconnect may have another id than the one that wrote of
  // the attempt; the port shows that it is the same connection.
  if (event.evidence == model::Evidence::disconnect && event.port != 0) {
    const AddressRecord* known = state_.addresses.find(source.key);
    const bool same = known != nullptr && known->last_port == event.port;
    if (same && within(known->last_seen, event.time, Duration::minutes(3))) {
      ++state_.counts.same_attempt;
      return;
    }
  }
  const std::uint32_t attempts = count_new_attempts(state_, event);
  if (attempts == 0) {
    ++state_.counts.same_attempt;
    return;
  }
  state_.counts.failures += attempts;
  const std::size_t changes_before = state_.episodes.changed().size();
  const AddressVerdict verdict = book_address_failure(state_, event, source, attempts);
  if (!verdict.allowed && !verdict.attacking && source.is_address) {
    book_network_failure(state_, event, source.key, attempts);
    book_user_failure(state_, event, source.key, attempts);
  }
  if (state_.episodes.changed().size() != changes_before) check_quiet_by(event.time);
}

void LoginDetectors::process_success(const AuthEvent& event) {
  state_.counts.successes += event.count;
  judge_success(state_, event, resolve_source(state_, event));
  end_session(state_, event);
  if (!state_.episodes.changed().empty()) check_quiet_by(event.time);
}

// An attack that was told of by an event at `time` is not over before the shortest of the spans.
void LoginDetectors::check_quiet_by(Timestamp time) {
  const Duration shortest = std::min(state_.settings.quiet, state_.settings.success_lookback);
  moment_.next_quiet_check = std::min(moment_.next_quiet_check, time + shortest);
}

LoginDetectors::Unsettled LoginDetectors::own(const AuthEvent& arrived) {
  Unsettled entry{arrived, {}, 0, 0};
  model::AuthEvent& event = entry.event;
  const std::array parts = {&event.source_host, &event.user, &event.host, &event.service};
  std::size_t bytes = 0;
  for (const model::Text* part : parts) bytes += part->size();
  entry.text = std::make_unique_for_overwrite<char[]>(bytes);
  char* place = entry.text.get();
  for (model::Text* part : parts) {
    const std::string_view text = *part;
    *part = std::string_view(place, text.size());
    place = std::ranges::copy(text, place).out;
  }
  entry.event.record = {};
  return entry;
}

// Puts the events where they belong. What comes after the first of them is taken back and done
// again once for all of them: on a busy second a log's lines are in no order of their own.
void LoginDetectors::insert(std::span<const AuthEvent> arrived, bool in_turn) {
  std::vector<Unsettled> fresh;
  for (const auto& event : arrived) {
    if (!unsettled_ids_.insert(event.id).second) {
      ++arrivals_.duplicates;
      continue;
    }
    if (event.time < newest_) ++arrivals_.late;
    if (event.time < newest_ - state_.settings.lateness) ++arrivals_.too_late;
    newest_ = std::max(newest_, event.time);
    fresh.push_back(own(event));
    if (in_turn) fresh.back().turn = ++turns_;
  }
  if (fresh.empty()) return;
  std::ranges::sort(fresh, before);
  auto place = unsettled_.end();
  while (place != unsettled_.begin() && before(fresh.front(), *std::prev(place)) &&
         state_.undo.is_valid(std::prev(place)->mark))
    --place;
  if (place != unsettled_.end()) {
    state_.undo.roll_back(place->mark);
    state_.episodes.forget_derived();
    taken_back_ = true;
  }
  const auto first = place - unsettled_.begin();
  const auto middle = static_cast<std::ptrdiff_t>(unsettled_.size());
  std::ranges::move(fresh, std::back_inserter(unsettled_));
  std::inplace_merge(unsettled_.begin() + first, unsettled_.begin() + middle, unsettled_.end(),
                     before);
  for (auto next = unsettled_.begin() + first; next != unsettled_.end(); ++next) {
    next->mark = state_.undo.mark();
    process(next->event);
  }
}

void LoginDetectors::settle(Timestamp watermark) {
  const auto too_much = [this] {
    return unsettled_.size() > base::limits::unsettled_events_max ||
           state_.undo.bytes_since(unsettled_.front().mark) > base::limits::undo_bytes_max;
  };
  while (!unsettled_.empty() && (unsettled_.front().event.time < watermark || too_much())) {
    unsettled_ids_.erase(unsettled_.front().event.id);
    unsettled_.pop_front();
  }
  if (unsettled_.empty())
    state_.undo.clear();
  else
    state_.undo.forget_before(unsettled_.front().mark);
  settled_ = watermark - Duration{1};
}

void LoginDetectors::tell(Timestamp now, std::vector<ChangedAlert>& out) {
  if (taken_back_)
    book_.tell_everything(state_.episodes, settled_, now, out);
  else
    book_.tell(state_.episodes, settled_, now, out);
  taken_back_ = false;
}

void LoginDetectors::advance(Timestamp event_time, Timestamp now, std::vector<ChangedAlert>& out) {
  if (event_time <= newest_ && state_.undo.recording()) return;
  if (state_.undo.recording()) settle(event_time - state_.settings.lateness);
  if (event_time > moment_.next_quiet_check) {
    // Nothing unsettled lies before an attack's end by more than the lateness, so this is final.
    if (unsettled_.empty()) state_.undo.clear();
    close_quiet(event_time);
  }
  tell(now, out);
}

void LoginDetectors::finish(Timestamp now, std::vector<ChangedAlert>& out) {
  unsettled_.clear();
  unsettled_ids_.clear();
  state_.undo.clear();
  settled_ = far_future;
  close_quiet(far_future);
  tell(now, out);
}

std::uint64_t LoginDetectors::evicted() const {
  return state_.addresses.evicted() + state_.networks.evicted() + state_.users.evicted() +
         state_.sessions.evicted() + state_.episodes.closed_early();
}

}  // namespace vedette::detect
