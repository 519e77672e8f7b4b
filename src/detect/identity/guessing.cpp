// Guessing: failed_logins, guessed_password, password_spray, mfa_fatigue. Only wrong credentials
// count as failures (schema/sign_in_errors.txt); second factors that were refused count apart.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using base::Timestamp;
using model::Severity;
using model::SignInResult;

// Where a spray comes from: one address, one network (ASN), or one program from many networks, as
// those who rent other people's lines do.
enum class Origin : std::uint8_t { address, network, program };
constexpr auto origins = std::to_array({Origin::address, Origin::network, Origin::program});

// 0: it is not known, or a program with which people come in.
std::uint64_t source_of(const Scene& scene, Origin origin) {
  const ObservedSignIn& sign_in = scene.sign_in();
  if (origin == Origin::address)
    return base::hash_words(scene.event.address.high, scene.event.address.low);
  if (origin == Origin::network) return sign_in.provider;
  if (sign_in.program == 0) return 0;
  const Egress* used = scene.world.egresses.find(sign_in.program);
  return used != nullptr && used->is_shared() ? 0 : sign_in.program;
}

std::string span_text(Timestamp from, Timestamp to) {
  return to - from < Duration::seconds(1) ? "one second" : base::format_duration(to - from);
}

// Of the ring, the guesses that count, in their order.
template <typename Counts>
std::vector<Guess> recent(const Guesses& guesses, Timestamp since, Timestamp until, Counts counts) {
  std::vector<Guess> found;
  constexpr auto size = static_cast<std::uint32_t>(guesses_kept);
  const std::uint32_t begin = guesses.written > size ? guesses.written - size : 0;
  for (std::uint32_t i = begin; i < guesses.written; ++i)
    if (const Guess& each = guesses.ring[i % size];
        each.time >= since && each.time <= until && counts(each))
      found.push_back(each);
  return found;
}

Finding with_earlier(const std::vector<Guess>& guesses) {
  Finding finding;
  for (const Guess& each : guesses) finding.earlier_ids.push_back(each.id);
  if (!guesses.empty()) finding.first = guesses.front().time;
  return finding;
}

bool knows_network(const Scene& scene) {
  return scene.person != nullptr && scene.person->knows_network(scene.sign_in().network);
}

std::string from_text(const Scene& scene) {
  const std::string place = place_text(scene.event.city, scene.sign_in().country);
  return base::format_ip(scene.event.address) + (place.empty() ? "" : " (" + place + ")");
}

void judge_burst(const Scene& scene, const Guesses& guesses) {
  const IdentitySettings& settings = scene.ground.settings;
  const auto failures =
      recent(guesses, scene.event.time - Duration::minutes(settings.failed_minutes),
             scene.event.time, [](const Guess& each) { return !each.is_refusal; });
  if (failures.size() < static_cast<std::size_t>(settings.failed_attempts)) return;
  const bool at_home = knows_network(scene);
  Words words;
  words.title = fmt::format("Failed log-ins of {}", scene.event.user);
  words.happened.push_back(
      fmt::format("{} wrong credentials in {}, the last from {}", failures.size(),
                  span_text(failures.front().time, scene.event.time), from_text(scene)));
  words.unusual = at_home ? "the person comes from this network, but does not fail so often"
                          : "the person has never come in from this network";
  words.usual = at_home ? "a phone or program that still has an old password"
                        : "somebody who guesses; or the person in a new place with an old password";
  words.first_step =
      "see whether a success followed; if the person did not do it, block the address";
  tell(scene, IdentityRule::failed_logins, scene.event.person,
       at_home ? Severity::informational : Severity::medium, std::move(words),
       with_earlier(failures));
}

void judge_refusals(const Scene& scene, const Guesses& guesses, bool gave_in) {
  const IdentitySettings& settings = scene.ground.settings;
  const auto refusals = recent(guesses, scene.event.time - Duration::minutes(settings.mfa_minutes),
                               scene.event.time, [](const Guess& each) { return each.is_refusal; });
  if (refusals.size() < static_cast<std::size_t>(settings.mfa_denials)) return;
  Words words;
  words.title = gave_in ? fmt::format("{} gave in after many second factors", scene.event.user)
                        : fmt::format("Many second factors asked of {}", scene.event.user);
  words.happened.push_back(
      fmt::format("{} second factors refused or not answered in {}, from {}", refusals.size(),
                  span_text(refusals.front().time, scene.event.time), from_text(scene)));
  if (gave_in) words.happened.emplace_back("then one was approved");
  words.unusual = "whoever asks has the right password, and the person did not want to come in";
  words.usual = "a program that signs in again and again while the phone is elsewhere";
  words.first_step =
      "ask the person by telephone; if it was not them, reset the password and revoke sessions";
  Finding finding = with_earlier(refusals);
  finding.techniques = {"T1621"};
  tell(scene, IdentityRule::mfa_fatigue, scene.event.person,
       gave_in ? Severity::high : Severity::medium, std::move(words), std::move(finding));
}

std::size_t count_since(const Source& source, Timestamp since) {
  return static_cast<std::size_t>(
      std::count_if(source.users.begin(), source.users.begin() + source.used,
                    [&](const SprayedUser& each) { return each.time >= since; }));
}

std::string origin_text(const Scene& scene, Origin origin) {
  switch (origin) {
    case Origin::address:
      return from_text(scene);
    case Origin::network:
      return fmt::format("network AS{}", scene.sign_in().autonomous_system);
    case Origin::program:
      break;
  }
  // A success does not keep it.
  return scene.event.program.empty() ? "many networks by one program"
                                     : "many networks by the program " + scene.event.program;
}

void tell_spray(const Scene& scene, const Source& source, Timestamp since, Origin origin,
                bool succeeded) {
  Finding finding;
  finding.techniques = {"T1110.003"};
  std::size_t users = 0;
  for (std::uint32_t i = 0; i < source.used; ++i) {
    const SprayedUser& each = source.users[i];
    if (each.time < since) continue;
    ++users;
    finding.earlier_ids.push_back(each.id);
    if (!finding.first.is_set()) finding.first = each.time;
    finding.entities.push_back({model::EntityType::account, std::string(each.name.view())});
  }
  Words words;
  const std::string from = origin_text(scene, origin);
  words.title = succeeded ? fmt::format("Password spray from {} found the password of {}", from,
                                        scene.event.user)
                          : "Password spray from " + from;
  words.happened.push_back(fmt::format(
      "{} people failed from {} within {}",
      users == sprayed_users_kept ? fmt::format("{} or more", users) : std::to_string(users), from,
      span_text(finding.first, scene.event.time)));
  if (succeeded) words.happened.push_back(scene.event.user + " then came in from there");
  words.unusual = origin == Origin::program
                      ? "nearly nobody comes in by that program, and none of them from there"
                      : "none of them has ever come in from there, nor did within an hour after";
  words.usual = "one password tried on many accounts; seldom, a new office or a broken program";
  words.first_step = succeeded
                         ? "reset that password and revoke its sessions, then block the address"
                         : "block the address, and look for successes from it";
  tell(scene, IdentityRule::password_spray,
       origin == Origin::program ? scene.sign_in().program : scene.sign_in().provider,
       succeeded ? Severity::high : Severity::medium, std::move(words), std::move(finding));
}

// The window in which the source sprays, if it does: unset when not.
Timestamp spray_since(const Scene& scene, const Source& source, Origin origin) {
  const IdentitySettings& settings = scene.ground.settings;
  const Timestamp fast = scene.event.time - Duration::minutes(settings.spray_minutes);
  if (origin == Origin::address &&
      count_since(source, fast) >= static_cast<std::size_t>(settings.spray_users))
    return fast;
  const Timestamp slow = scene.event.time - Duration::hours(settings.slow_spray_hours);
  if (count_since(source, slow) >= static_cast<std::size_t>(settings.slow_spray_users)) return slow;
  return {};
}

void judge_spray(const Scene& scene) {
  if (knows_network(scene)) return;
  SprayedUser user{scene.event.time, scene.event.person, scene.event.id, {}};
  user.name.assign(scene.event.user);
  bool is_told = false;
  for (const Origin origin : origins) {
    const std::uint64_t key = source_of(scene, origin);
    if (key == 0) continue;
    Source& source = scene.world.sources.change(key);
    source.add(user);
    const Timestamp since = spray_since(scene, source, origin);
    if (is_told || !since.is_set()) continue;
    tell_spray(scene, source, since, origin, false);
    is_told = true;
  }
}

// Who came in is none of the sprayed; and if it is a stranger who came, the spray has found it.
void retract_from_sprays(const Scene& scene) {
  for (const Origin origin : origins) {
    const std::uint64_t key = source_of(scene, origin);
    const Source* source = key == 0 ? nullptr : scene.world.sources.find(key);
    if (source == nullptr || source->used == 0) continue;
    if (origin != Origin::network && scene.sign_in().presents_credentials && !knows_network(scene))
      if (const Timestamp since = spray_since(scene, *source, origin); since.is_set())
        tell_spray(scene, *source, since, origin, true);
    scene.world.sources.change(key).retract(scene.event.person,
                                            scene.event.time - Duration::hours(1));
  }
}

}  // namespace

void judge_failure(const Scene& scene) {
  const SignInResult result = scene.sign_in().result;
  const bool is_wrong = result == SignInResult::credential_failure;
  if (!is_wrong && result != SignInResult::mfa_denied) return;
  Guesses& guesses = scene.world.guesses.change(scene.event.person);
  guesses.add({scene.event.time, scene.event.id, scene.sign_in().provider, !is_wrong});
  if (!is_wrong) return judge_refusals(scene, guesses, false);
  // A name that nobody has is no person who fails.
  if (scene.sign_in().user_exists) judge_burst(scene, guesses);
  judge_spray(scene);
}

void judge_success_after_failures(const Scene& scene) {
  const Timestamp now = scene.event.time;
  const std::uint64_t network = scene.sign_in().provider;
  retract_from_sprays(scene);
  const Guesses* guesses = scene.world.guesses.find(scene.event.person);
  if (guesses == nullptr || !scene.sign_in().presents_credentials) return;
  if (scene.sign_in().is_second_factor_fresh) judge_refusals(scene, *guesses, true);
  const IdentitySettings& settings = scene.ground.settings;
  const auto failures =
      recent(*guesses, now - Duration::minutes(settings.guessed_minutes), now,
             [&](const Guess& each) { return !each.is_refusal && each.network == network; });
  if (failures.size() < static_cast<std::size_t>(settings.guessed_failures)) return;
  const bool at_home = knows_network(scene);
  Words words;
  words.title = fmt::format("{} came in after {} failures", scene.event.user, failures.size());
  words.happened.push_back(fmt::format("{} wrong credentials in {}, then a success from {}",
                                       failures.size(), span_text(failures.front().time, now),
                                       from_text(scene)));
  words.unusual = at_home ? "the person comes from this network, but seldom fails so often"
                          : "the person has never come in from this network";
  words.usual =
      at_home ? "somebody who remembered the password at last" : "a password that was guessed";
  words.first_step = "ask the person; if it was not them, reset the password and revoke sessions";
  Finding finding = with_earlier(failures);
  finding.techniques = {"T1110", "T1078"};
  tell(scene, IdentityRule::guessed_password, scene.event.person,
       at_home ? Severity::informational : Severity::high, std::move(words), std::move(finding));
}

}  // namespace vedette::detect::identity
