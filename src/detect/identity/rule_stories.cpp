#include "detect/identity/rule_stories.h"

namespace vedette::detect::identity {
namespace {

constexpr auto all_stories = std::to_array<RuleStory>({
    {IdentityRule::failed_logins,
     "Failed log-ins",
     "Many wrong credentials of one person in a short time. Second factors, expired passwords and "
     "interrupted log-ins do not count.",
     {"failed_attempts", "failed_minutes"}},
    {IdentityRule::guessed_password,
     "Guessed password",
     "A success after many wrong credentials from the same provider: somebody may have found the "
     "password.",
     {"guessed_failures", "guessed_minutes"}},
    {IdentityRule::password_spray,
     "Password spray",
     "People fail from an address, a network or by a program from which none of them ever came. "
     "Quickly from one address; slowly from all three.",
     {"spray_users", "spray_minutes", "slow_spray_users", "slow_spray_hours"}},
    {IdentityRule::mfa_fatigue,
     "Tired second factors",
     "Second factors refused or not answered, again and again: whoever asks has the password.",
     {"mfa_denials", "mfa_minutes"}},
    {IdentityRule::impossible_travel,
     "Impossible travel",
     "A journey that nobody could have made, by a score: distance beyond what both places may be "
     "off, speed, kind of network, device, session, second factor.",
     {"speed_km_per_hour", "distance_km", "error_city_km", "error_country_km", "alert_score",
      "high_score", "record_score", "warm_up_days"}},
    {IdentityRule::stolen_session,
     "Stolen session",
     "A session that goes on with another device than the one on which it began.",
     {"alert_score", "high_score", "record_score", "warm_up_days"}},
    {IdentityRule::unusual_location,
     "Unusual location",
     "A country, network and device that are new to the person.",
     {"alert_score", "high_score", "record_score", "warm_up_days"}},
    {IdentityRule::high_risk_country,
     "High-risk country",
     "A success from a country of your list. The list is empty until you fill it.",
     {"high_risk_countries"}},
    {IdentityRule::legacy_authentication,
     "Legacy authentication",
     "A person who uses modern protocols begins to come in by IMAP, POP, SMTP or the like, which "
     "ask for no second factor.",
     {}},
    {IdentityRule::dormant_account,
     "Dormant account",
     "An account is used that nobody used for long while Vedette watched.",
     {"dormant_days"}},
    {IdentityRule::break_glass,
     "Emergency account",
     "An account for the day when nothing else works is used or tried.",
     {"break_glass"}},
    {IdentityRule::administrator_use,
     "Administrator use",
     "Each use of an administration portal or shell by an administrator, where you want to be told "
     "of all of them.",
     {"every_administrator_use"}},
    {IdentityRule::after_hours,
     "After hours",
     "Outside of working hours, by the person's own clocks: an administrator uses a portal or "
     "shell, "
     "somebody with hours below or of your list comes in, or anybody from a network and with a "
     "device that are both new to them.",
     {"working_hours", "work_start_hour", "work_end_hour", "work_grace_minutes", "zone",
      "public_holidays", "holidays", "on_call", "after_hours_of", "after_hours_strangers",
      "after_hours_habits"}},
    {IdentityRule::sensitive_change,
     "Sensitive change",
     "Roles, consent, credentials of applications, second factors, conditional access, federation, "
     "mail that is sent on: by how grave it is.",
     {}},
});
static_assert(all_stories.size() == rule_names.size());

}  // namespace

std::span<const RuleStory> stories() {
  return all_stories;
}

}  // namespace vedette::detect::identity
