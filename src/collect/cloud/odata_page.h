// Owns: reading and writing OData's form of a page: {"value":[...],"@odata.nextLink":"..."}.
// Promises: a page without "value" is a Trouble: the service changed its shape. Must not know:
// services. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "collect/cloud/listing.h"

namespace vedette::collect::cloud {

// `link_name`: "@odata.nextLink", or "nextLink" in Azure.
[[nodiscard]] Answered<ListedPage> read_odata_page(std::string_view service, std::string_view body,
                                                   std::string_view link_name);
[[nodiscard]] std::string odata_document(const std::vector<std::string_view>& records);
[[nodiscard]] std::string array_document(const std::vector<std::string_view>& records);
// "name ge 2026-01-01T00:00:00Z and name le ...", not encoded.
[[nodiscard]] std::string window_filter(std::string_view name, const Window& window);
// An answer that is no whole JSON.
[[nodiscard]] Trouble not_whole(std::string_view service, const base::Error& error);

}  // namespace vedette::collect::cloud
