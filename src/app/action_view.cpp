#include "app/action_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"

namespace vedette::app {
namespace {

using ports::ActionRecord;

constexpr std::size_t cell_bytes_max = 200;
constexpr std::size_t line_bytes_max = 1'000;

std::string shown(std::string_view text, std::size_t bytes_max = cell_bytes_max) {
  return base::encode_terminal(text, bytes_max);
}

std::string account_text(const ActionRecord& record) {
  const std::string name = model::name_of(record.request.account);
  return shown(name.empty() ? record.target : name);
}

}  // namespace

std::string table_of_actions(const std::vector<ActionRecord>& records) {
  std::string text = fmt::format("{:>5}  {:>8}  {:<20}  {:<19}  {}\n", "ID", "INCIDENT", "STATE",
                                 "WHAT", "ACCOUNT: WHAT WAS SAID");
  for (const auto& record : records)
    text += fmt::format(
        "{:>5}  {:>8}  {:<20}  {:<19}  {}: {}\n", record.id,
        record.request.incident == 0 ? "-" : std::to_string(record.request.incident),
        model::words_of(record.state), model::name_of(record.request.kind), account_text(record),
        record.outcome.empty() ? "nobody has looked at it yet" : shown(record.outcome));
  return text;
}

std::string line_of_action(const ActionRecord& record) {
  return fmt::format("Action {} ({} {}): {}{}\n", record.id, model::words_of(record.request.kind),
                     account_text(record), model::words_of(record.state),
                     record.outcome.empty() ? "" : ": " + shown(record.outcome, line_bytes_max));
}

std::string page_of_action(const ActionRecord& record) {
  std::string text = line_of_action(record);
  const auto fact = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) text += fmt::format("  {:<13} {}\n", label, value);
  };
  const auto moment = [&](std::string_view label, base::Timestamp time) {
    if (time.is_set()) fact(label, base::format_seconds(time));
  };
  const auto& request = record.request;
  fact("incident", request.incident == 0 ? "none" : std::to_string(request.incident));
  fact("asked by", shown(request.requested_by) +
                       (request.policy.empty() ? "" : ", policy " + shown(request.policy)));
  moment("asked", request.requested);
  fact("why", shown(request.reason, line_bytes_max));
  moment("evidence of", request.evidence);
  if (request.is_forgeable) fact("evidence", "came by a way that anybody can write to");
  fact("mode", std::string(model::name_of(request.mode)));
  fact("object id", shown(record.target));
  if (record.approved.is_set())
    fact("approved",
         fmt::format("{} by {}", base::format_seconds(record.approved), shown(record.approved_by)));
  moment("begun", record.started);
  moment("done", record.done);
  moment("next look", record.next_look);
  moment("last change", record.changed);
  return text;
}

}  // namespace vedette::app
