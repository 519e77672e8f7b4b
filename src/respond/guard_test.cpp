// The guard, held to the table that people sign: test/respond/guard.table.
#include "respond/guard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/text.h"

namespace vedette::respond {
namespace {

using base::Duration;
using model::ActionKind;
using model::ActionMode;

const base::Timestamp now = *base::parse_iso("2026-06-01T12:00:00Z");

Duration span_of(std::string_view text) {
  const bool is_past = text.starts_with('-');
  const Duration span = *base::parse_duration(text.substr(is_past ? 1 : 0));
  return is_past ? Duration{-span.ticks} : span;
}

// The ordinary case of the table, and what a row changes of it.
class Case {
 public:
  Case() {
    settings_.mode = ActionMode::automatic;
    settings_.break_glass = {"break-glass-1", "break-glass-2"};
    settings_.service_accounts = {"service-1"};
    settings_.approver_accounts = {"approver-1"};
    settings_.own_applications = {"our-client-id"};
    auto& request = record_.request;
    request.incident = 7;
    request.mode = ActionMode::automatic;
    request.policy = "credential-phishing";
    request.requested_by = "vedette";
    request.requested = now - Duration::minutes(1);
    request.evidence = now - Duration::hours(1);
    ports::DirectoryAccount account;
    account.object_id = "member-1";
    account.principal_name = "member@example.org";
    account.kind = ports::AccountKind::member;
    state_.now = now;
    state_.kill_switch = SwitchPosition::off;
    state_.is_tripped = false;
    state_.found = {1, account};
    state_.roles.emplace();
    state_.people = 1'000;
    state_.testimony = {IncidentStanding::unattended, "", now};
    state_.address = base::parse_ip("20.30.40.50");
    state_.is_own_address = false;
  }

  void set(std::string_view word) {
    const auto equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
    ASSERT_TRUE(set_address(name, value) || set_account(name, value) || set_request(name, value) ||
                set_approval(name, value) || set_state(name, value))
        << "the table has no word " << word;
  }
  [[nodiscard]] GuardVerdict judge() {
    if (approved_id_.has_value())
      record_.approved_target = *approved_id_;
    else if (record_.approved.is_set())
      record_.approved_target = model::is_about_address(record_.request.kind)
                                    ? base::format_ip(state_.address.value_or(base::IpAddress{}))
                                    : state_.found.account->object_id;
    return respond::judge(record_, settings_, state_);
  }

 private:
  bool set_address(std::string_view name, std::string_view value) {
    if (name == "kind" && value == "block") {
      set_approval("approved", "berta");
      return false;  // the kind is the request's
    }
    if (name == "address") {
      state_.address = base::parse_ip(value);
    } else if (name == "own") {
      state_.is_own_address = value == "yes" ? std::optional(true) : std::nullopt;
    } else if (name == "allowed") {
      state_.is_allowed_address = true;
    } else if (name == "blocks") {
      state_.blocks_today = *base::parse_unsigned(value);
    } else if (name == "unapproved") {
      record_.approved = {};
    } else {
      return false;
    }
    return true;
  }
  bool set_account(std::string_view name, std::string_view value) {
    auto& account = state_.found.account;
    if (name == "found") {
      state_.found = {*base::parse_unsigned(value), std::nullopt};
    } else if (name == "id") {
      account->object_id = value;
    } else if (name == "name") {
      account->principal_name = value;
    } else if (name == "app") {
      account->application_id = value;
    } else if (name == "account") {
      account->kind = value == "application" ? ports::AccountKind::service_principal
                      : value == "guest"     ? ports::AccountKind::guest
                      : value == "shared"    ? ports::AccountKind::shared_mailbox
                                             : ports::AccountKind::unknown;
    } else if (name == "holds" || name == "eligible") {
      std::string role(value);
      std::ranges::replace(role, '_', ' ');
      state_.roles->push_back({role, name == "eligible"});
    } else if (name == "roles") {
      state_.roles.reset();
    } else {
      return false;
    }
    return true;
  }
  bool set_request(std::string_view name, std::string_view value) {
    auto& request = record_.request;
    if (name == "kind") {
      request.kind = value == "enable"    ? ActionKind::enable_account
                     : value == "revoke"  ? ActionKind::revoke_sessions
                     : value == "block"   ? ActionKind::block_address
                     : value == "unblock" ? ActionKind::unblock_address
                     : value == "reset"   ? ActionKind::reset_mfa
                                          : ActionKind::confirm_compromised;
    } else if (name == "automatic") {
      settings_.automatic.push_back(ActionKind::reset_mfa);
    } else if (name == "by") {
      request.requested_by = value;
      request.policy = "";
    } else if (name == "policy") {
      request.policy = value;
    } else if (name == "mode") {
      request.mode = value == "propose" ? ActionMode::propose : ActionMode::dry_run;
    } else if (name == "setting") {
      settings_.mode = value == "propose" ? ActionMode::propose : ActionMode::dry_run;
    } else if (name == "forgeable") {
      request.is_forgeable = true;
    } else if (name == "evidence") {
      request.evidence = value == "none" ? base::Timestamp{} : now - span_of(value);
    } else if (name == "requested") {
      request.requested = now - span_of(value);
    } else if (name == "no-break-glass") {
      settings_.break_glass.clear();
    } else {
      return false;
    }
    return true;
  }
  bool set_approval(std::string_view name, std::string_view value) {
    if (name == "approved") {
      record_.approved_by = value;
      record_.approved = now - Duration::minutes(1);
    } else if (name == "approved-id") {
      approved_id_ = value;
    } else if (name == "approval-age") {
      record_.approved = now - span_of(value);
    } else if (name == "approvers") {
      for (const auto each : base::split(value, ',')) settings_.approvers.emplace_back(each);
    } else if (name == "one-person") {
      settings_.two_persons = false;
    } else {
      return false;
    }
    return true;
  }
  bool set_state(std::string_view name, std::string_view value) {
    if (name == "stop") {
      state_.kill_switch = value == "on" ? SwitchPosition::on : SwitchPosition::unreadable;
    } else if (name == "tripped") {
      state_.is_tripped = true;
    } else if (name == "locked-by-us") {
      state_.is_locked_by_us = true;
    } else if (name == "testimony") {
      state_.testimony.reset();
    } else if (name == "testimony-age") {
      state_.testimony->read_at = now - span_of(value);
    } else if (name == "incident" && value == "none") {
      record_.request.incident = 0;
      state_.testimony.reset();
    } else if (name == "incident") {
      state_.testimony->standing = value == "over"       ? IncidentStanding::over
                                   : value == "attended" ? IncidentStanding::attended
                                                         : IncidentStanding::unclear;
    } else if (name == "people" && value == "unknown") {
      state_.people.reset();
    } else if (name == "people") {
      state_.people = base::parse_unsigned(value);
    } else if (name == "hour") {
      state_.accounts_this_hour = *base::parse_unsigned(value);
    } else if (name == "day") {
      state_.accounts_today = *base::parse_unsigned(value);
    } else if (name == "clock-set") {
      state_.clock_jumped = now - span_of(value);
    } else {
      return false;
    }
    return true;
  }

  GuardSettings settings_;
  ports::ActionRecord record_;
  GuardState state_;
  std::optional<std::string> approved_id_;
};

TEST(Guard, TheSignedTableHolds) {
  std::ifstream file(std::string(VEDETTE_SOURCE_DIR) + "/test/respond/guard.table");
  ASSERT_TRUE(file);
  std::set<std::string, std::less<>> reasons;
  std::size_t last = 0;
  for (std::string line; std::getline(file, line);) {
    if (base::trim(line).empty() || line.starts_with('#')) continue;
    SCOPED_TRACE(line);
    const auto cells = base::split(line, '|');
    ASSERT_EQ(cells.size(), 4U);
    Case each;
    for (const auto word : base::split(base::trim(cells[1]), ' '))
      if (!word.empty()) each.set(word);
    const GuardVerdict verdict = each.judge();
    const bool is_example = line.starts_with('>');
    const std::string_view reason = base::trim(cells[0].substr(is_example ? 1 : 0));
    EXPECT_EQ(name_of(verdict.reason), reason);
    EXPECT_EQ(std::string(name_of(verdict.decision)) + (verdict.trips ? "+trip" : ""),
              base::trim(cells[2]));
    EXPECT_NE(verdict.words.find(base::trim(cells[3])), std::string::npos) << verdict.words;
    EXPECT_FALSE(verdict.words.empty());
    if (is_example) continue;
    EXPECT_TRUE(reasons.emplace(reason).second) << "a reason has one row, and then examples";
    // The table's order is the code's.
    const auto place = static_cast<std::size_t>(verdict.reason);
    EXPECT_GE(place + 1, last) << "out of order";
    last = place + 1;
  }
  for (std::size_t i = 0; i < guard_reasons; ++i)
    EXPECT_TRUE(reasons.contains(name_of(static_cast<GuardReason>(i))))
        << "no row for " << name_of(static_cast<GuardReason>(i));
  EXPECT_GE(reasons.size(), 30U);
}

// Nothing is known: nothing is done.
TEST(Guard, AStateThatNobodyFilledInDenies) {
  EXPECT_EQ(judge({}, {}, {}).decision, GuardDecision::deny);
}

}  // namespace
}  // namespace vedette::respond
