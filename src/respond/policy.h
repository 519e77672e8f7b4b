// Owns: a policy: which incidents it is about, what it does when, and what stops it. Promises: a
// policy that was read is one that can be kept: nobody is locked who was not warned, steps are in
// the order of their delays. Must not know: incidents, files. A value; immutable once read.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "model/action.h"
#include "model/alert.h"

namespace vedette::respond {

// What a phrase may be looked for in. The order is that of how long it lasts: what survives a
// renaming is looked at first.
enum class MatchField : std::uint8_t { rules, labels, alerts, products, entities, title };
inline constexpr std::size_t match_field_count = 6;
[[nodiscard]] std::string_view name_of(MatchField field);

// Words in their order, whatever their case: "twill", "credential phish*" (begins with),
// "phish* ... credential*" (others may stand between).
struct Phrase {
  std::string text;                // as it was written
  std::vector<std::string> words;  // lower case; "..." for a gap
};

struct PolicyMatch {
  std::vector<std::pair<MatchField, Phrase>> any;  // one of them is enough
  std::vector<Phrase> only_products;               // and, where there are any, one of these
  model::Severity least_severity = model::Severity::informational;
  std::string only_entity;  // and an entity of that kind; empty: any
};

enum class StepKind : std::uint8_t {
  notify,
  warn,
  escalate,  // to others than before
  webhook,   // to programs
  assign,
  comment,
  lock,
  revoke,
};
[[nodiscard]] std::string_view name_of(StepKind kind);

struct PolicyStep {
  StepKind kind = StepKind::notify;
  base::Duration after;
  // A message's subject (empty: the usual one), a comment's text, the owner of `assign`.
  std::string text;
  std::vector<std::string> channels;  // of a message; empty: the policy's
  [[nodiscard]] bool acts() const { return kind == StepKind::lock || kind == StepKind::revoke; }
  // People.
  [[nodiscard]] bool tells() const {
    return kind == StepKind::notify || kind == StepKind::warn || kind == StepKind::escalate;
  }
};

enum class Until : std::uint8_t { acknowledged, closed };
enum class AskFirst : std::uint8_t { never, when_host_centred, always };

// Which days count.
struct WorkingCalendar {
  unsigned days = 0x7F;             // bit 0: Monday
  std::set<std::int64_t> holidays;  // days since 1970-01-01
  base::TimeZone zone = base::TimeZone::fixed({});

  [[nodiscard]] bool counts_all() const { return days == 0x7F && holidays.empty(); }
  [[nodiscard]] bool is_working(std::int64_t day) const;
  // That much working time after the moment. A policy's own bounds keep it finite.
  [[nodiscard]] base::Timestamp add(base::Timestamp from, base::Duration span) const;
};

struct Policy {
  std::string name;  // letters, digits, dashes: "credential-phishing"
  std::string type;  // "Credential Phishing": what its messages call the incident
  std::string description;
  PolicyMatch match;
  std::vector<PolicyStep> steps;  // by `after`
  Until until = Until::acknowledged;
  WorkingCalendar calendar;
  std::vector<std::string> channels;  // empty: all
  model::ActionMode mode = model::ActionMode::propose;
  AskFirst ask_first = AskFirst::never;
  // Nobody is locked earlier than this after the first message of it.
  base::Duration least_notice = base::Duration::hours(24);
  int accounts_max = 5;  // of one incident; where it names more, each is only proposed
  std::string hash;      // SHA-256 of its text

  // The first step that touches an account; empty: none does.
  [[nodiscard]] std::optional<std::size_t> first_act() const;
  // That it names, in its own list or in a step's.
  [[nodiscard]] std::set<std::string> all_channels() const;
};

// `file` is how errors call it: "twill.yaml: line 7: ...".
[[nodiscard]] base::Result<Policy> read_policy(std::string_view text, const std::string& file);

// Texts of content/policies, taken into the program, by file name.
struct ShippedPolicy {
  std::string_view file, text;
};
[[nodiscard]] const std::vector<ShippedPolicy>& shipped_policies();

}  // namespace vedette::respond
