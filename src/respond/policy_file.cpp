// A policy's file → respond::Policy.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/text.h"
#include "respond/policy.h"
#include "respond/policy_limits.h"
#include "respond/policy_match.h"
#include "yaml/yaml_tree.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Result;
using yaml::check_members;
using yaml::wrong;
using yaml::YamlNode;

constexpr Duration delay_max = Duration::hours(24 * 90);

Result<std::string> text_of(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::text) return wrong(node, "this must be one text");
  if (node.text.size() > policy_phrase_bytes_max)
    return wrong(node, fmt::format("this is longer than {} bytes", policy_phrase_bytes_max));
  return node.text;
}

Result<std::string> text_at(const YamlNode& node, std::string_view key, std::string otherwise) {
  const YamlNode* found = node.find(key);
  if (found == nullptr) return otherwise;
  return text_of(*found);
}

Result<std::vector<std::string>> texts_of_node(const YamlNode& node) {
  std::vector<std::string> texts;
  if (node.kind == YamlNode::Kind::text) return std::vector{VEDETTE_TRY(text_of(node))};
  if (node.kind != YamlNode::Kind::list) return wrong(node, "this must be a list of texts");
  if (node.items.size() > policy_phrases_max)
    return wrong(node, fmt::format("this list has more than {} entries", policy_phrases_max));
  for (const YamlNode& item : node.items) texts.push_back(VEDETTE_TRY(text_of(item)));
  return texts;
}

template <typename Value>
Result<Value> choice(const YamlNode& node, std::string_view key,
                     std::initializer_list<std::pair<std::string_view, Value>> known,
                     Value otherwise) {
  const YamlNode* found = node.find(key);
  if (found == nullptr) return otherwise;
  for (const auto& [name, value] : known)
    if (base::equals_ignoring_case(found->text, name)) return value;
  std::string all;
  for (const auto& [name, value] : known) all += (all.empty() ? "" : ", ") + std::string(name);
  return wrong(*found, fmt::format("{} is one of: {}", key, all));
}

Result<Duration> delay_at(const YamlNode& node, std::string_view key, Duration otherwise) {
  const YamlNode* found = node.find(key);
  if (found == nullptr) return otherwise;
  const auto delay = base::parse_duration(found->text);
  if (!delay || *delay > delay_max)
    return wrong(*found, fmt::format("{} is a time such as 30m, 72h or 5d, at most 90d", key));
  return *delay;
}

Result<Phrase> phrase_of(const YamlNode& node, const std::string& text) {
  auto phrase = parse_phrase(text);
  if (!phrase) return wrong(node, phrase.error().message);
  return phrase;
}

Result<void> read_any(const YamlNode& node, PolicyMatch& match) {
  VEDETTE_TRY_VOID(
      check_members(node, {"title", "labels", "alerts", "rules", "products", "entities"}));
  for (std::size_t k = 0; k < node.keys.size(); ++k)
    for (std::size_t i = 0; i < match_field_count; ++i) {
      const auto field = static_cast<MatchField>(i);
      const YamlNode& value = node.items[k];
      if (name_of(field) != node.keys[k]) continue;
      for (const auto& text : VEDETTE_TRY(texts_of_node(value)))
        match.any.emplace_back(field, VEDETTE_TRY(phrase_of(value, text)));
    }
  return {};
}

Result<void> read_match(const YamlNode& node, PolicyMatch& match) {
  VEDETTE_TRY_VOID(check_members(node, {"any", "only", "aliases"}));
  const YamlNode* any = node.find("any");
  if (any == nullptr) return wrong(node, "a match needs any: what its incidents are called");
  VEDETTE_TRY_VOID(read_any(*any, match));
  if (const YamlNode* aliases = node.find("aliases")) {
    VEDETTE_TRY_VOID(check_members(*aliases, {"use", "words"}));
    const bool use = VEDETTE_TRY(choice<bool>(
        *aliases, "use", {{"yes", true}, {"true", true}, {"no", false}, {"false", false}}, false));
    if (const YamlNode* words = aliases->find("words"))
      for (const auto& text : VEDETTE_TRY(texts_of_node(*words))) {
        const Phrase phrase = VEDETTE_TRY(phrase_of(*words, text));
        if (!use) continue;
        for (const auto field :
             {MatchField::title, MatchField::labels, MatchField::alerts, MatchField::entities})
          match.any.emplace_back(field, phrase);
      }
  }
  if (match.any.empty()) return wrong(*any, "any holds nothing: it would match no incident");
  if (match.any.size() > policy_phrases_max)
    return wrong(*any, fmt::format("these are more than {} phrases", policy_phrases_max));
  const YamlNode* only = node.find("only");
  if (only == nullptr) return {};
  VEDETTE_TRY_VOID(check_members(*only, {"severity", "products", "entity"}));
  match.only_entity = VEDETTE_TRY(text_at(*only, "entity", ""));
  if (const YamlNode* products = only->find("products"))
    for (const auto& text : VEDETTE_TRY(texts_of_node(*products)))
      match.only_products.push_back(VEDETTE_TRY(phrase_of(*products, text)));
  if (const YamlNode* severity = only->find("severity")) {
    const auto named = model::severity_named(severity->text);
    if (!named) return wrong(*severity, "severity is one of: Informational, Low, Medium, High");
    match.least_severity = *named;
  }
  return {};
}

constexpr std::array step_kinds{StepKind::notify,  StepKind::warn,   StepKind::escalate,
                                StepKind::webhook, StepKind::assign, StepKind::comment,
                                StepKind::lock,    StepKind::revoke};

Result<StepKind> read_kind(const YamlNode& node) {
  std::string all;
  for (const StepKind kind : step_kinds) {
    if (base::equals_ignoring_case(node.text, name_of(kind))) return kind;
    all += (all.empty() ? "" : ", ") + std::string(name_of(kind));
  }
  return wrong(node, "do is one of: " + all);
}

// What only some kinds of steps have, and those need.
Result<void> check_step(const YamlNode& node, const PolicyStep& step) {
  const bool has_channels = step.tells() || step.kind == StepKind::webhook;
  if (!has_channels && (node.find("channels") != nullptr || node.find("subject") != nullptr))
    return wrong(node, "only notify, warn, escalate and webhook have a subject and channels");
  const bool is_to_others = step.kind == StepKind::escalate || step.kind == StepKind::webhook;
  if (is_to_others && step.channels.empty())
    return wrong(node, fmt::format("{} needs channels: whom else it tells", name_of(step.kind)));
  if (step.kind == StepKind::comment && step.text.empty())
    return wrong(node, "a comment needs text");
  if (step.kind == StepKind::assign && step.text.empty())
    return wrong(node, "assign needs owner: whose it becomes");
  return {};
}

Result<PolicyStep> read_step(const YamlNode& node) {
  VEDETTE_TRY_VOID(check_members(node, {"do", "after", "subject", "text", "owner", "channels"}));
  const YamlNode* kind = node.find("do");
  if (kind == nullptr || node.find("after") == nullptr)
    return wrong(node, "a step needs do (notify, warn, lock ...) and after");
  PolicyStep step;
  step.kind = VEDETTE_TRY(read_kind(*kind));
  step.after = VEDETTE_TRY(delay_at(node, "after", {}));
  std::string_view key = "subject";
  if (step.kind == StepKind::comment) key = "text";
  if (step.kind == StepKind::assign) key = "owner";
  step.text = VEDETTE_TRY(text_at(node, key, ""));
  if (const YamlNode* channels = node.find("channels"))
    step.channels = VEDETTE_TRY(texts_of_node(*channels));
  VEDETTE_TRY_VOID(check_step(node, step));
  return step;
}

// Nobody is locked unwarned, and nothing is promised behind a lock.
Result<void> check_steps(const YamlNode& node, const std::vector<PolicyStep>& steps) {
  bool is_told = false, is_acting = false;
  for (const PolicyStep& step : steps) {
    if (step.acts() && !is_told)
      return wrong(node, "nobody is locked without a word: a notify or warn must come before");
    if (is_acting && !step.acts())
      return wrong(node, fmt::format("{} after a lock would never be done: lock and revoke are "
                                     "the last steps, and their outcome is always told",
                                     name_of(step.kind)));
    is_told = is_told || step.tells();
    is_acting = is_acting || step.acts();
  }
  return {};
}

Result<void> read_steps(const YamlNode& node, Policy& policy) {
  if (node.kind != YamlNode::Kind::list || node.items.empty())
    return wrong(node, "steps is a list of what is done (- do: notify ...)");
  if (node.items.size() > policy_steps_max)
    return wrong(node, fmt::format("a policy has at most {} steps", policy_steps_max));
  for (const YamlNode& item : node.items) policy.steps.push_back(VEDETTE_TRY(read_step(item)));
  std::ranges::stable_sort(policy.steps, [](const PolicyStep& a, const PolicyStep& b) {
    return std::pair(a.after, a.acts()) < std::pair(b.after, b.acts());
  });
  return check_steps(node, policy.steps);
}

Result<std::int64_t> read_day(const YamlNode& node) {
  const auto time = base::parse_iso(node.text + "T00:00:00Z");
  if (!time) return wrong(node, "a holiday is a day such as 2026-12-25");
  constexpr std::int64_t day_s = 86'400;
  return time->unix_seconds() / day_s;
}

Result<void> read_calendar(const YamlNode& node, WorkingCalendar& calendar) {
  VEDETTE_TRY_VOID(check_members(node, {"days", "holidays", "zone"}));
  static constexpr std::array<std::string_view, 7> names{"mon", "tue", "wed", "thu",
                                                         "fri", "sat", "sun"};
  if (const YamlNode* days = node.find("days")) {
    calendar.days = 0;
    for (const auto& day : VEDETTE_TRY(texts_of_node(*days))) {
      const auto* found = std::ranges::find(names, base::to_lower_ascii(day));
      if (found == names.end()) return wrong(*days, "days are: mon, tue, wed, thu, fri, sat, sun");
      calendar.days |= 1U << (found - names.begin());
    }
    if (calendar.days == 0) return wrong(*days, "at least one day must count");
  }
  if (const YamlNode* holidays = node.find("holidays")) {
    if (holidays->kind != YamlNode::Kind::list) return wrong(*holidays, "this must be a list");
    for (const YamlNode& day : holidays->items)
      calendar.holidays.insert(VEDETTE_TRY(read_day(day)));
  }
  if (const YamlNode* zone = node.find("zone")) {
    auto found = base::TimeZone::find(zone->text);
    if (!found) return wrong(*zone, found.error().message);
    calendar.zone = *std::move(found);
  }
  return {};
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= policy_name_bytes_max &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<void> read_head(const YamlNode& root, Policy& policy) {
  policy.name = VEDETTE_TRY(text_at(root, "name", ""));
  if (!is_name(policy.name))
    return wrong(root, "a policy needs a name of small letters, digits and dashes");
  policy.type = VEDETTE_TRY(text_at(root, "type", ""));
  if (policy.type.empty())
    return wrong(root, "a policy needs a type: what its messages call the incident");
  policy.description = VEDETTE_TRY(text_at(root, "description", ""));
  policy.mode = VEDETTE_TRY(choice<model::ActionMode>(
      root, "mode",
      {{name_of(model::ActionMode::dry_run), model::ActionMode::dry_run},
       {name_of(model::ActionMode::propose), model::ActionMode::propose},
       {name_of(model::ActionMode::automatic), model::ActionMode::automatic}},
      policy.mode));
  policy.until = VEDETTE_TRY(choice<Until>(
      root, "until", {{"acknowledged", Until::acknowledged}, {"closed", Until::closed}},
      policy.until));
  policy.ask_first = VEDETTE_TRY(choice<AskFirst>(root, "ask_first",
                                                  {{"never", AskFirst::never},
                                                   {"host-centred", AskFirst::when_host_centred},
                                                   {"always", AskFirst::always}},
                                                  policy.ask_first));
  policy.least_notice = VEDETTE_TRY(delay_at(root, "least_notice", policy.least_notice));
  if (const YamlNode* channels = root.find("channels"))
    policy.channels = VEDETTE_TRY(texts_of_node(*channels));
  return {};
}

Result<Policy> read_root(const YamlNode& root) {
  VEDETTE_TRY_VOID(
      check_members(root, {"name", "type", "description", "match", "mode", "until", "ask_first",
                           "least_notice", "channels", "calendar", "limits", "steps"}));
  Policy policy;
  VEDETTE_TRY_VOID(read_head(root, policy));
  const YamlNode* match = root.find("match");
  if (match == nullptr) return wrong(root, "a policy needs match: which incidents it is about");
  VEDETTE_TRY_VOID(read_match(*match, policy.match));
  if (const YamlNode* calendar = root.find("calendar"))
    VEDETTE_TRY_VOID(read_calendar(*calendar, policy.calendar));
  if (const YamlNode* limits = root.find("limits")) {
    VEDETTE_TRY_VOID(check_members(*limits, {"accounts"}));
    if (const YamlNode* accounts = limits->find("accounts")) {
      const auto count = base::parse_unsigned(accounts->text);
      if (!count || *count < 1 || *count > limit_accounts_max)
        return wrong(*accounts, fmt::format("accounts is from 1 to {}", limit_accounts_max));
      policy.accounts_max = static_cast<int>(*count);
    }
  }
  const YamlNode* steps = root.find("steps");
  if (steps == nullptr) return wrong(root, "a policy needs steps: what is done when");
  VEDETTE_TRY_VOID(read_steps(*steps, policy));
  return policy;
}

Result<std::string> sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    return base::failure(ErrorCode::internal, "SHA-256 is not there");
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", digest.at(i));
  return out;
}

}  // namespace

Result<Policy> read_policy(std::string_view text, const std::string& file) {
  const auto tree = yaml::parse_yaml(text, {policy_bytes_max, 12, 4'000});
  if (!tree) return std::unexpected(base::Error(tree.error()).within(file));
  auto policy = read_root(*tree);
  if (!policy) return std::unexpected(std::move(policy).error().within(file));
  policy->hash = VEDETTE_TRY(sha256(text));
  return policy;
}

}  // namespace vedette::respond
