// Pages, cursors and refusals of cloud services: any bytes. What is taken for a whole page must be
// one for the parts it is cut into, and a document made of them must be read as they were.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"
#include "collect/cloud/trouble.h"
#include "collect/cloud/window_cursor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::collect::cloud;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)read_refusal("a service", 400, text);
  (void)string_at(text, "properties.lastModifiedTimeUtc");
  if (const auto cursor = parse_cursor(text)) assert(parse_cursor(format_cursor(*cursor)));
  const auto page = read_odata_page("a service", text, "@odata.nextLink");
  if (!page) return 0;
  const std::string document = odata_document(page->records);
  const auto again = read_odata_page("a service", document, "nextLink");
  assert(again && again->records == page->records);
  return 0;
}
