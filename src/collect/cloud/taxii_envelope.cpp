#include "collect/cloud/taxii_envelope.h"

#include <utility>

#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::size_t next_bytes_max = 4'096;

std::unexpected<Trouble> unusable(std::string words) {
  return std::unexpected(Trouble{TroubleKind::not_usable, std::move(words), "", std::nullopt, ""});
}

}  // namespace

// A page may be larger than what is parsed as a whole.
Answered<TaxiiEnvelope> read_taxii_envelope(std::string_view text) {
  const auto members = members_of(text);
  if (!members) return std::unexpected(not_whole("the TAXII server", members.error()));
  TaxiiEnvelope made;
  made.list = member(*members, "objects");
  if (!made.list.empty()) {
    auto objects = elements_of(made.list);
    if (!objects) return unusable("the TAXII server answered with something that is no envelope");
    made.objects = *std::move(objects);
  }
  made.has_more = member(*members, "more") == "true";
  made.next = string_of(member(*members, "next")).value_or("");
  if (made.next.size() > next_bytes_max)
    return unusable("the TAXII server's next is larger than may be");
  return made;
}

}  // namespace vedette::collect::cloud
