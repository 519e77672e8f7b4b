#include "app/indicator_hits.h"

#include <fmt/format.h>

#include <algorithm>

#include "detect/indicator_watch.h"
#include "model/alert.h"

namespace vedette::app {
namespace {

using collect::cloud::IndicatorHit;

constexpr std::size_t incidents_a_page = 100;

// "203.0.113.7 is in 203.0.113.0/24, an indicator of ...", "bad.example is an indicator of ...".
std::string value_of(std::string_view reason) {
  constexpr std::string_view start = " is in ", end = ", an indicator", same = " is an indicator";
  const auto from = reason.find(start);
  const auto to = reason.find(end);
  if (from != std::string_view::npos && to != std::string_view::npos && from + start.size() < to)
    return std::string(reason.substr(from + start.size(), to - from - start.size()));
  return std::string(reason.substr(0, reason.find(same)));
}

void add_hit(const model::Alert& alert, const std::string& of_source,
             std::vector<IndicatorHit>& hits) {
  if (alert.rule != detect::indicator_match && alert.rule != detect::indicator_past) return;
  const auto said = std::ranges::find_if(
      alert.reasons, [&](const auto& reason) { return reason.contains(of_source); });
  const auto id = std::ranges::find_if(
      alert.reasons, [](const auto& reason) { return reason.starts_with("indicator--"); });
  if (said == alert.reasons.end() || id == alert.reasons.end()) return;
  hits.push_back({fmt::format("{:016x}", alert.id), *id, value_of(*said), alert.first_event});
}

}  // namespace

base::Result<std::vector<IndicatorHit>> read_indicator_hits(ports::IncidentStore& incidents,
                                                            const std::string& source,
                                                            base::Timestamp since) {
  // As the detector words it.
  const std::string of_source = fmt::format(" of {} with confidence ", source);
  std::vector<IndicatorHit> hits;
  ports::IncidentFilter filter;
  filter.limit = incidents_a_page;
  filter.updated_since = since;
  for (;;) {
    const auto page = VEDETTE_TRY(incidents.list(filter));
    for (const auto& incident : page)
      for (const auto& alert : incident.alerts) add_hit(alert, of_source, hits);
    if (page.size() < incidents_a_page) return hits;
    filter.before_number = page.back().number;
  }
}

}  // namespace vedette::app
