#include "kql/external/request.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "fmt/format.h"

namespace vedette::kql::external {

namespace {

constexpr std::array<std::pair<std::string_view, Format>, 14> formats{{{"csv", Format::csv},
                                                                       {"tsv", Format::tsv},
                                                                       {"tsve", Format::tsv},
                                                                       {"scsv", Format::scsv},
                                                                       {"psv", Format::psv},
                                                                       {"sohsv", Format::sohsv},
                                                                       {"txt", Format::text},
                                                                       {"log", Format::text},
                                                                       {"raw", Format::raw},
                                                                       {"json", Format::json},
                                                                       {"multijson", Format::json},
                                                                       {"singlejson", Format::json},
                                                                       {"ndjson", Format::json},
                                                                       {"jsonl", Format::json}}};

}  // namespace

std::optional<Format> format_of_name(std::string_view name) {
  for (const auto& [known, format] : formats)
    if (base::equals_ignoring_case(known, name)) return format;
  return std::nullopt;
}

Format format_of_address(std::string_view address) {
  address = address.substr(0, address.find_first_of("?#"));
  for (const std::string_view packed : {".gz", ".zip"})
    if (address.ends_with(packed)) address.remove_suffix(packed.size());
  const std::size_t point = address.rfind('.');
  if (point == std::string_view::npos || address.find('/', point) != std::string_view::npos)
    return Format::csv;
  return format_of_name(address.substr(point + 1)).value_or(Format::csv);
}

std::string Request::key() const {
  std::string text = fmt::format("{} {} {} {}\n", static_cast<int>(format), ignore_first,
                                 ignore_last, zip_pattern);
  for (const CatalogueColumn& column : columns)
    text += fmt::format("{}:{}\n", column.name, name_of(column.type));
  for (const std::string& address : addresses) text += address + "\n";
  return text;
}

}  // namespace vedette::kql::external
