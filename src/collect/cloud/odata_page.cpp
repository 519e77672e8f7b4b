#include "collect/cloud/odata_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collect/cloud/page_text.h"

namespace vedette::collect::cloud {

Trouble not_whole(std::string_view service, const base::Error& error) {
  return {error.code == base::ErrorCode::limit_exceeded ? TroubleKind::too_large
                                                        : TroubleKind::not_usable,
          fmt::format("{}: {}", service, error.message), "", std::nullopt, ""};
}

Answered<ListedPage> read_odata_page(std::string_view service, std::string_view body,
                                     std::string_view link_name) {
  const auto members = members_of(body);
  if (!members) return std::unexpected(not_whole(service, members.error()));
  // Which of two lists, or of two next pages, is the right one nobody can say.
  for (const std::string_view name : {std::string_view("value"), link_name})
    if (std::ranges::count(*members, name, &Members::value_type::first) > 1)
      return std::unexpected(Trouble{TroubleKind::not_usable,
                                     fmt::format("{} answered with two \"{}\"", service, name), "",
                                     std::nullopt, ""});
  const std::string_view value = member(*members, "value");
  if (value.empty() || value.front() != '[')
    return std::unexpected(
        Trouble{TroubleKind::not_usable,
                fmt::format("{} answered with a page that has no list of records", service), "",
                std::nullopt, ""});
  auto records = elements_of(value);
  if (!records) return std::unexpected(not_whole(service, records.error()));
  ListedPage page;
  page.records = std::move(*records);
  const std::string_view link = member(*members, link_name);
  if (!link.empty() && link != "null") {
    const auto text = string_of(link);
    if (!text || text->empty())
      return std::unexpected(
          Trouble{TroubleKind::not_usable,
                  fmt::format("{} answered with a next page that is no address", service), "",
                  std::nullopt, ""});
    page.next = *text;
  }
  page.reported = base::parse_unsigned(member(*members, "@odata.count"));
  return page;
}

std::string array_document(const std::vector<std::string_view>& records) {
  std::string out = "[";
  for (const std::string_view record : records) {
    if (out.size() > 1) out += ',';
    out += record;
  }
  return out + "]";
}

std::string odata_document(const std::vector<std::string_view>& records) {
  return "{\"value\":" + array_document(records) + "}";
}

std::string window_filter(std::string_view name, const Window& window) {
  return fmt::format("{0} ge {1} and {0} le {2}", name, base::format_iso(window.from),
                     base::format_iso(window.to));
}

}  // namespace vedette::collect::cloud
