// Owns: what a query wants to read from other hosts (externaldata): the addresses, how their text
// is written, and which columns it holds. Promises: plain values; the same wish has the same key,
// so that it is read once however often the query names it. Must not know: the network. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kql/catalogue/catalogue.h"
#include "kql/diagnostic.h"

namespace vedette::kql::external {

enum class Format : std::uint8_t { csv, tsv, scsv, psv, sohsv, text, raw, json };

// The name as Kusto writes it (csv, tsv, txt, multijson ...); nothing for one that is not read.
[[nodiscard]] std::optional<Format> format_of_name(std::string_view name);
// By the ending of an address' path, before which .gz and .zip do not count; csv where it says
// nothing.
[[nodiscard]] Format format_of_address(std::string_view address);

struct Request {
  std::vector<std::string> addresses;
  Format format = Format::csv;
  bool ignore_first = false;
  bool ignore_last = false;
  std::string zip_pattern;  // which members of a zip archive; empty: all
  std::vector<CatalogueColumn> columns;
  Span span;

  [[nodiscard]] std::string key() const;
};

}  // namespace vedette::kql::external
