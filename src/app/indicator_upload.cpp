#include "app/indicator_upload.h"

#include "app/stored_indicators.h"
#include "base/limits.h"
#include "intel/indicator_parts.h"
#include "intel/stored_versions.h"
#include "model/indicator_record.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr collect::cloud::Quota quota{100, Duration::minutes(1)};
// More than anybody has tokens; then all are counted anew.
constexpr std::size_t callers_max = 1'000;

}  // namespace

Duration IndicatorUpload::wait_of(const std::string& caller) {
  const std::lock_guard lock(mutex_);
  if (budgets_.size() >= callers_max && !budgets_.contains(caller)) budgets_.clear();
  auto& budget = budgets_.try_emplace(caller, quota).first->second;
  const Duration now = clock_.monotonic();
  const Duration wait = budget.wait_needed(now);
  if (wait <= Duration{}) budget.spend(now);
  return wait;
}

base::Result<void> IndicatorUpload::take(const std::string& source,
                                         const std::vector<const base::Json*>& objects) {
  std::string document = "[";
  for (const base::Json* object : objects) {
    if (document.size() > 1) document += ',';
    document += base::format_json(*object);
  }
  ports::RawRecord record;
  record.source = "upload:" + source;
  record.format = model::indicator_format;
  record.received = clock_.now();
  record.live = true;
  record.payload = model::indicator_payload({.source = source, .form = "stix"}, document + "]");
  VEDETTE_TRY_VOID(commit_(std::move(record)));
  return {};
}

base::Result<std::vector<model::Indicator>> IndicatorUpload::find(
    const server::IndicatorQuestion& question, const std::stop_token& gone) {
  intel::StoredFilter filter;
  filter.by_id = !question.id.empty();
  filter.by_keyword = !question.keyword.empty();
  filter.by_source = !question.sources.empty();
  filter.by_kind = !question.kinds.empty();
  filter.least_confidence = question.least_confidence;
  filter.most_confidence = question.most_confidence;
  filter.with_ended = question.with_ended;
  filter.skip = question.skip;
  filter.most = question.most;
  HuntRequest request;
  request.query = intel::latest_query(filter);
  request.inputs.now_ticks = clock_.now().ticks;
  request.inputs.parameters = {{"wanted_id", question.id},
                               {"keyword", question.keyword},
                               {"sources", intel::listed(question.sources)},
                               {"kinds", intel::listed(question.kinds)}};
  request.timeout_ms = base::limits::query_timeout_ms;
  VersionSink sink;
  const auto asked = hunt_(request, sink, gone);
  if (!asked) return base::failure(base::ErrorCode::unavailable, asked.error().message);
  std::vector<model::Indicator> found;
  for (auto& each : sink.take()) found.push_back(std::move(each.indicator));
  return found;
}

std::string IndicatorUpload::id_of(const std::string& source, const std::string& pattern) {
  return intel::made_id(source, pattern);
}

}  // namespace vedette::app
