#include "base/text.h"
#include "intel/indicator_parts.h"
#include "intel/indicator_reader.h"
#include "intel/intel_limits.h"
#include "intel/observable.h"
#include "intel/stix_pattern.h"

namespace vedette::intel {

using base::ErrorCode;
using base::Result;
using model::Indicator;

Result<Indicator> read_list_line(std::string_view line, const IndicatorDefaults& defaults) {
  line = base::trim(line);
  if (line.empty() || line[0] == '#' || line[0] == ';' || line.starts_with("//"))
    return base::failure(ErrorCode::not_found, "no value");
  // URLs hold commas and semicolons themselves.
  const bool is_url = line.find("://") != std::string_view::npos;
  const std::string_view value = line.substr(0, line.find_first_of(is_url ? " \t" : " \t,;"));
  Indicator made;
  made.observables = {VEDETTE_TRY(read_observable(value))};
  made.source = defaults.source;
  made.confidence = defaults.confidence;
  made.id = made_id(made.source, made.observables.front().value);
  made.pattern = write_stix_pattern(made.observables);
  const std::string_view rest = base::trim(line.substr(value.size()));
  const std::size_t comment = rest.find_first_not_of("#;, \t");
  if (comment != std::string_view::npos)
    made.description = cut(rest.substr(comment), limits::description_bytes_max);
  return made;
}

void Refusals::add(std::string_view reason) {
  constexpr std::size_t reasons_max = 100;
  const auto known = by_reason_.find(reason);
  if (known != by_reason_.end())
    ++known->second;
  else
    ++by_reason_[by_reason_.size() < reasons_max ? std::string(reason) : "for other reasons"];
}

}  // namespace vedette::intel
