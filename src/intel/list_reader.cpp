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

namespace {

// Fields in quotes may hold the delimiter; two quotes are one.
std::vector<std::string> fields_of(std::string_view line, char delimiter) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size() && fields.size() <= 200; ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == delimiter && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

}  // namespace

void read_csv_line(std::string_view line, const IndicatorDefaults& defaults,
                   const std::function<void(Result<Indicator>)>& take) {
  line = base::trim(line);
  if (line.empty() || line[0] == '#') return;
  const char delimiter = defaults.delimiter.empty() ? ',' : defaults.delimiter[0];
  const auto fields = fields_of(line, delimiter);
  if (!defaults.columns.empty()) {
    for (const auto part : base::split(defaults.columns, ',')) {
      const auto column = base::parse_unsigned(base::trim(part));
      if (!column || *column < 1 || *column > fields.size())
        take(base::failure(ErrorCode::malformed, "the line has no such column"));
      else
        take(read_list_line(fields[*column - 1], defaults));
    }
    return;
  }
  bool any = false;
  for (const auto& field : fields) {
    auto read = read_list_line(field, defaults);
    any |= read.has_value();
    if (read) take(std::move(read));
  }
  if (!any) take(base::failure(ErrorCode::malformed, "no column that can be read"));
}

void Refusals::add(std::string_view reason, std::uint64_t times) {
  constexpr std::size_t reasons_max = 100;
  const auto known = by_reason_.find(reason);
  if (known != by_reason_.end())
    known->second += times;
  else
    by_reason_[by_reason_.size() < reasons_max ? std::string(reason) : "for other reasons"] +=
        times;
}

}  // namespace vedette::intel
