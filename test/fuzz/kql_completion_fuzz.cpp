// A query that is being written, whatever is in it, at every place of it: candidates that fit what
// was begun, and no more of them than are wanted.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/complete/completion.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  static const kql::SchemaCatalogue catalogue(
      "table SigninLogs UserPrincipalName:s TimeGenerated:d ResultType:s\n");
  const std::string_view text(reinterpret_cast<const char*>(data),
                              std::min<std::size_t>(size, 400));
  const kql::KnownValues values = [](std::string_view, std::string_view) {
    return std::vector<std::string>{"0", "a\"b", "c\nd"};
  };
  (void)kql::is_whole_query(text);
  for (std::size_t place = 0; place <= text.size(); ++place) {
    const auto done = kql::complete(text, place, {catalogue, catalogue.function_names(), values});
    if (done.begin > place || done.candidates.size() > kql::candidates_max) std::abort();
    const std::string_view begun = text.substr(done.begin, place - done.begin);
    for (const auto& each : done.candidates)
      if (each.text.size() < begun.size() ||
          !base::equals_ignoring_case(std::string_view(each.text).substr(0, begun.size()), begun))
        std::abort();
  }
  return 0;
}
