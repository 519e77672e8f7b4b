#include "collect/cloud/push_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/hash.h"

namespace vedette::collect::cloud {
namespace {

using base::Result;
using base::Timestamp;
using ports::PushedIndicator;
using ports::PushState;

// As the version that holds is found everywhere: by its time of change, then by when it came.
bool is_older(const StoredIndicator& one, Timestamp modified, Timestamp received) {
  if (one.indicator.modified != modified) return one.indicator.modified < modified;
  return one.received < received;
}

}  // namespace

bool PushFilter::has(const model::Indicator& indicator) const {
  if (indicator.confidence < confidence) return false;
  if (!sources.empty() && std::ranges::find(sources, indicator.source) == sources.end())
    return false;
  return types.empty() || std::ranges::any_of(indicator.observables, [&](const auto& each) {
           return types.contains(each.type);
         });
}

std::string PushFilter::text() const {
  std::string text = fmt::format("{}", confidence);
  for (const auto type : types) text += fmt::format(" {}", model::name_of(type));
  for (const auto& source : sources) text += fmt::format(" {}:{}", source.size(), source);
  return text;
}

std::optional<PlannedPush> PushPlan::plan_one(const StoredIndicator& stored,
                                              const std::optional<PushedIndicator>& known,
                                              Timestamp now) const {
  const model::Indicator& indicator = stored.indicator;
  if (known && is_older(stored, known->modified, known->received)) return std::nullopt;
  const bool is_over = indicator.valid_until.is_set() && indicator.valid_until <= now;
  const bool is_wanted = !indicator.is_revoked && filter_.has(indicator);
  const bool may_be_there =
      known && known->state != PushState::withdrawn && known->state != PushState::refused;
  PlannedPush planned;
  if (is_wanted ? is_over : !may_be_there) return std::nullopt;
  planned.is_withdrawal = !is_wanted;
  planned.is_new = !may_be_there;
  PushedIndicator& row = planned.row;
  if (known) row = *known;
  row.source = indicator.source;
  row.id = indicator.id;
  row.modified = indicator.modified;
  row.received = stored.received;
  model::Indicator told = indicator;
  told.is_revoked = planned.is_withdrawal;
  row.content = base::hash_bytes(write_(told, indicator.id, {}));
  if (is_wanted && known && known->content == row.content &&
      (known->state == PushState::held || known->state == PushState::refused))
    return std::nullopt;
  const bool was_withdrawn =
      known && (known->state == PushState::withdrawn || known->state == PushState::withdrawing);
  if (is_wanted && was_withdrawn) ++row.generation;
  row.told = indicator.modified.is_set() ? indicator.modified : stored.received;
  // Of the same time of change the other side need not take a second one.
  if (known) row.told = std::max(row.told, known->told + base::Duration::milliseconds(1));
  row.state = planned.is_withdrawal ? PushState::withdrawn : PushState::held;
  const std::string id =
      row.generation == 0 ? indicator.id : renew_(indicator.source, indicator.id, row.generation);
  planned.object = write_(told, id, row.told);
  return planned;
}

Result<std::vector<PlannedPush>> PushPlan::plan(const std::vector<StoredIndicator>& stored,
                                                Timestamp now) const {
  std::map<std::pair<std::string_view, std::string_view>, const StoredIndicator*> latest;
  for (const StoredIndicator& each : stored) {
    auto& kept = latest[{each.indicator.source, each.indicator.id}];
    if (kept == nullptr || !is_older(each, kept->indicator.modified, kept->received)) kept = &each;
  }
  std::vector<PlannedPush> all;
  for (const StoredIndicator& each : stored) {
    const auto& indicator = each.indicator;
    if (latest.at({indicator.source, indicator.id}) != &each) continue;
    const auto known = VEDETTE_TRY(ledger_.find(push_, indicator.source, indicator.id));
    if (auto planned = plan_one(each, known, now)) all.push_back(*std::move(planned));
  }
  return all;
}

}  // namespace vedette::collect::cloud
