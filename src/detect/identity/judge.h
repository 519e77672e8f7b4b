// Owns: what each detection needs to judge one event, and how it says what it found. One file a
// family of detections: guessing.cpp, places.cpp, accounts.cpp, hours.cpp, changes.cpp. Promises: a
// judgement is a function of the world, the event, settings and directory alone. Must not know: the
// order in which events arrived, alerts. The pipeline's thread.
#pragma once

#include <string>
#include <vector>

#include "base/time_zone.h"
#include "detect/identity/calendar.h"
#include "detect/identity/identity_settings.h"
#include "detect/identity/work_schedule.h"
#include "detect/identity/world.h"
#include "model/tenant_directory.h"

namespace vedette::detect::identity {

struct Ground {
  const IdentitySettings& settings;
  const model::TenantDirectory* directory;  // null: nobody is known
  const Calendar& calendar;
  const base::TimeZone& zone;  // of people whose own is not known
  ZoneBook& zones;
  const WorkSchedules& schedules;
  HoursTally* tally;  // null: nobody counts
};

struct Scene {
  const Ground& ground;
  World& world;
  const Observed& event;
  const model::Identity* account;  // of event.user; null: not known
  const Person* person;            // as it was before the event; null: never came in

  [[nodiscard]] const ObservedSignIn& sign_in() const { return event.sign_in; }
  [[nodiscard]] bool is_administrator() const {
    return account != nullptr && account->is_administrator;
  }
  [[nodiscard]] bool is_success() const {
    return event.sign_in.result == model::SignInResult::success;
  }
};

// The four answers that every alert gives.
struct Words {
  std::string title;
  std::vector<std::string> happened;
  std::string unusual;     // why it is unusual for this person
  std::string usual;       // what usually explains it
  std::string first_step;  // what to do first
};

// With the person and the address as entities, unless an exception holds.
void tell(const Scene& scene, IdentityRule rule, std::uint64_t subject, model::Severity severity,
          Words words, Finding finding = {});

// The account is meant by an entry of the list.
[[nodiscard]] bool is_listed(const Scene& scene, const std::vector<std::string>& list);
// "2026-06-09 01:00:00: from 192.0.2.1, Berlin, DE, to Azure Portal".
[[nodiscard]] std::string came_text(const Scene& scene);

// The trace of when somebody was last found to be, as it seems, not themselves.
[[nodiscard]] std::uint64_t alarm_of(std::uint64_t person);

// The 256 addresses (or /64) around it, whose people Egress counts.
[[nodiscard]] std::uint64_t egress_of(const base::IpAddress& address);
// It comes from a place that the tenant has named and trusts.
[[nodiscard]] bool is_trusted_place(const Scene& scene);
// Several people with devices of theirs come from there.
[[nodiscard]] bool is_shared_egress(const Scene& scene);
// ... and it is no line of an office, but the exit of a VPN or a gateway: where it stands says
// nothing about where the person is.
[[nodiscard]] bool is_company_exit(const Scene& scene);

// Each file's own.
void judge_failure(const Scene& scene);
void judge_success_after_failures(const Scene& scene);
// True: it is suspicious, and nothing is to be learned of it yet.
[[nodiscard]] bool judge_place(const Scene& scene);
void judge_account(const Scene& scene);
// `is_told`: that the place is suspicious has been told.
void judge_hours(const Scene& scene, bool is_told);
void judge_change(const Scene& scene);

// All of it, and what is learned.
void judge(const Ground& ground, World& world, const Observed& event);
// Of long ago: only what is learned.
void learn_history(World& world, const Observed& event);
[[nodiscard]] base::Duration cool_down_of(IdentityRule rule, const IdentitySettings& settings);

// "Berlin, DE", "DE", or nothing.
[[nodiscard]] std::string place_text(std::string_view city, const CountryCode& country);

}  // namespace vedette::detect::identity
