// Which account it is and how it is used: break_glass, dormant_account, legacy_authentication,
// administrator_use.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using model::Severity;

// By the settings, or by what it is called, as long as nobody works with it.
bool is_break_glass(const Scene& scene) {
  const auto& listed = scene.ground.settings.break_glass;
  if (is_listed(scene, listed)) return true;
  if (!listed.empty()) return false;
  if (scene.person != nullptr && scene.person->modern.days > days_until_believed) return false;
  constexpr auto words =
      std::to_array<std::string_view>({"breakglass", "break-glass", "break_glass", "emergency"});
  const std::string_view name = scene.event.user;
  return std::ranges::any_of(words, [&](std::string_view word) { return name.starts_with(word); });
}

void judge_break_glass(const Scene& scene) {
  const bool failed = scene.sign_in().result == model::SignInResult::credential_failure;
  if ((!scene.is_success() && !failed) || !is_break_glass(scene)) return;
  Words words;
  words.title = failed ? fmt::format("Somebody tried the emergency account {}", scene.event.user)
                       : fmt::format("The emergency account {} was used", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.unusual = "it is for the day when nothing else works";
  words.usual = "an exercise, or an outage of the second factor";
  words.first_step = "find out who opened the envelope; if nobody did, disable it at once";
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::break_glass, scene.event.person,
       failed ? Severity::medium : Severity::high, std::move(words), std::move(finding));
}

void judge_dormant(const Scene& scene) {
  if (!scene.is_success() || !scene.sign_in().presents_credentials) return;
  if (scene.person == nullptr) return;
  const base::Timestamp last = scene.person->last_success;
  const Duration idle = scene.event.time - last;
  if (!last.is_set() || idle < Duration::hours(24LL * scene.ground.settings.dormant_days)) return;
  Words words;
  words.title = fmt::format("The dormant account {} was used", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.happened.push_back("last used before that: " + base::format_seconds(last));
  words.unusual = fmt::format("nobody used it for {}", base::format_duration(idle));
  words.usual = "somebody who comes back from a long leave";
  words.first_step = "ask the person or their manager; disable accounts that nobody needs";
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::dormant_account, scene.event.person, Severity::medium, std::move(words),
       std::move(finding));
}

// A mailbox that only ever comes by such a protocol is a machine's; a person's that begins to is
// news.
void judge_legacy(const Scene& scene) {
  const Person* person = scene.person;
  if (!scene.is_success() || !scene.sign_in().is_legacy || person == nullptr) return;
  if (person->modern.days == 0 || person->legacy.is_believed()) return;
  const bool at_home = person->knows_network(scene.sign_in().network);
  Words words;
  words.title = fmt::format("{} came in by {}", scene.event.user, scene.event.client);
  words.happened.push_back(came_text(scene));
  words.happened.push_back(scene.event.client +
                           " sends the password and asks for no second factor");
  words.unusual = at_home ? "the person never used it before, but comes from a network of theirs"
                          : "the person never used it before, nor came from this network";
  words.usual = at_home ? "an old mail program or a scanner"
                        : "somebody who has the password and goes around the second factor";
  words.first_step = "ask the person; block legacy protocols by conditional access";
  Finding finding;
  finding.techniques = {"T1078.004", "T1114.002"};
  tell(scene, IdentityRule::legacy_authentication, scene.event.person,
       at_home ? Severity::informational : Severity::medium, std::move(words), std::move(finding));
}

void judge_every_use(const Scene& scene) {
  if (!scene.ground.settings.every_administrator_use || !scene.is_administrator() ||
      !scene.sign_in().is_administration || !scene.is_success())
    return;
  Words words;
  words.title = fmt::format("The administrator {} came in", scene.event.user);
  words.happened.push_back(came_text(scene));
  words.unusual = "every use is told: every_administrator_use is on";
  words.usual = "daily work";
  words.first_step = "compare with what was planned";
  tell(scene, IdentityRule::administrator_use, scene.event.person, Severity::low, std::move(words));
}

}  // namespace

void judge_account(const Scene& scene) {
  judge_break_glass(scene);
  judge_dormant(scene);
  judge_legacy(scene);
  judge_every_use(scene);
}

}  // namespace vedette::detect::identity
