#include "collect/cloud/misp_attributes.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;

constexpr std::string_view service = "MISP";
constexpr std::string_view path = "/attributes/restSearch";
// What a MISP answers within its own limits of time and memory; an attribute takes about a
// kilobyte.
constexpr std::size_t attributes_a_page = 1'000;
constexpr std::uint64_t empty_pages_at_end = 2;
constexpr Duration ten_years = Duration::hours(10L * 365 * 24);

// Where a page stands among those of its window. Its text is the link's fragment, which is not
// sent.
struct Place {
  std::uint64_t page = 1, limit = 0;
  std::uint64_t first = 0, before = 0;  // what the first page and the one before held, as hashes
  std::uint64_t empty = 0;              // pages in a row that held nothing
};

std::string format_place(const Place& place) {
  return fmt::format("#{}.{}.{}.{}.{}", place.page, place.limit, place.first, place.before,
                     place.empty);
}

std::optional<Place> parse_place(std::string_view link) {
  const std::size_t mark = link.find('#');
  if (mark == std::string_view::npos) return std::nullopt;
  const auto parts = base::split(link.substr(mark + 1), '.');
  if (parts.size() != 5) return std::nullopt;
  Place place;
  for (const auto& [text, number] : {std::pair{parts[0], &place.page},
                                     {parts[1], &place.limit},
                                     {parts[2], &place.first},
                                     {parts[3], &place.before},
                                     {parts[4], &place.empty}}) {
    const auto parsed = base::parse_unsigned(text);
    if (!parsed) return std::nullopt;
    *number = *parsed;
  }
  return place;
}

Trouble unusable(std::string words) {
  return {TroubleKind::not_usable, std::move(words), "", std::nullopt, ""};
}

void texts_member(base::JsonWriter& out, std::string_view name,
                  const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out.key(name).begin_array();
  for (const auto& text : texts) out.string(text);
  out.end_array();
}

class MispAttributes : public Listing {
 public:
  explicit MispAttributes(MispQuery query) : query_(std::move(query)) {}

  [[nodiscard]] std::string title() const override {
    return query_.part == MispPart::indicators ? "indicators of MISP" : "withdrawals of MISP";
  }
  [[nodiscard]] std::string format() const override { return std::string(model::indicator_format); }
  // So that what lies in the journal says how it is to be read.
  [[nodiscard]] bool wraps_pages() const override { return true; }
  [[nodiscard]] std::string needs(TroubleKind kind) const override {
    switch (kind) {
      case TroubleKind::forbidden:
      case TroubleKind::sign_in:
        return "set key of this [[misp]] to an auth key of a MISP user whose role may use the API";
      case TroubleKind::absent:
      case TroubleKind::not_usable:
        return "check url of this [[misp]]: it is where MISP's own page is, as in "
               "\"https://misp.example.org\"";
      default:
        return {};
    }
  }
  [[nodiscard]] std::size_t page_size_max() const override { return attributes_a_page; }
  [[nodiscard]] Duration keeps() const override { return ten_years; }
  [[nodiscard]] Duration window_max() const override { return ten_years; }

  [[nodiscard]] ServiceRequest first_page(const Window& window,
                                          std::size_t page_size) const override {
    return request_of(window, {.limit = page_size});
  }
  [[nodiscard]] ServiceRequest page(const Window& window, std::size_t page_size,
                                    const std::string& link) override {
    asked_ = parse_place(link).value_or(Place{.limit = page_size});
    return request_of(window, asked_);
  }
  [[nodiscard]] Answered<ListedPage> read(const ServiceAnswer& answer) override;
  [[nodiscard]] std::string document(const std::vector<std::string_view>& records) const override {
    return model::indicator_payload(
        query_.record, "{\"response\":{\"Attribute\":" + array_document(records) + "}}");
  }
  // When its event was published, which is what the window is of.
  [[nodiscard]] std::optional<base::Timestamp> time_of(std::string_view record) const override {
    const auto members = members_of(record);
    if (!members) return std::nullopt;
    const auto event = members_of(member(*members, "Event"));
    if (!event) return std::nullopt;
    std::string_view number = member(*event, "publish_timestamp");
    if (number.starts_with('"') && number.ends_with('"') && number.size() >= 2)
      number = number.substr(1, number.size() - 2);
    const auto seconds = base::parse_unsigned(number);
    if (!seconds || *seconds == 0 || *seconds > INT32_MAX) return std::nullopt;
    return base::Timestamp::from_unix_seconds(static_cast<std::int64_t>(*seconds));
  }

 private:
  [[nodiscard]] ServiceRequest request_of(const Window& window, const Place& place) const;

  const MispQuery query_;
  Place asked_;  // the page whose answer is read next
};

ServiceRequest MispAttributes::request_of(const Window& window, const Place& place) const {
  const bool is_withdrawn = query_.part == MispPart::withdrawals;
  base::JsonWriter out;
  out.begin_object().member("returnFormat", "json");
  out.key("page").number(place.page).key("limit").number(place.limit);
  out.key("published").number(std::int64_t{1});
  out.key("publish_timestamp").begin_array();
  out.string(std::to_string(window.from.unix_seconds()));
  out.string(std::to_string(window.to.unix_seconds())).end_array();
  if (query_.record.for_detection_only)
    out.key("to_ids").number(std::int64_t{is_withdrawn ? 0 : 1});
  // What was deleted comes with its own query's flags: it was for detection when it was.
  out.key("deleted").begin_array().number(std::int64_t{0}).number(std::int64_t{1}).end_array();
  out.key("includeEventTags").number(std::int64_t{1});
  // A withdrawal is one whatever else it is.
  if (query_.applies_warning_lists && !is_withdrawn)
    out.key("enforceWarninglist").number(std::int64_t{1});
  texts_member(out, "type", query_.types);
  if (!is_withdrawn) texts_member(out, "tags", query_.tags);
  out.end_object();
  ServiceRequest request;
  request.method = "POST";
  request.url = query_.address + std::string(path);
  request.body = out.take();
  return request;
}

Answered<ListedPage> MispAttributes::read(const ServiceAnswer& answer) {
  const auto members = members_of(answer.body);
  if (!members) return std::unexpected(not_whole(service, members.error()));
  const std::string_view response = member(*members, "response");
  const auto inner = members_of(response);
  // Without any result older versions answer {"response":[]}.
  auto records = elements_of(inner ? member(*inner, "Attribute") : response);
  if (!records) return std::unexpected(not_whole(service, records.error()));
  if (!inner && !records->empty())
    return std::unexpected(unusable("MISP answered with something that is no list of attributes"));
  ListedPage page;
  page.records = *std::move(records);
  // What it leaves out by its warning lists it takes from pages that it has cut already: a page
  // that is not full need not be the last, and an empty one either.
  Place next = asked_;
  ++next.page;
  next.empty = page.records.empty() ? asked_.empty + 1 : 0;
  if (next.empty == empty_pages_at_end) return page;
  if (!page.records.empty()) {
    std::uint64_t held = page.records.size();
    for (const auto record : page.records) held = base::hash_bytes(record, held);
    if (asked_.page > 1 && (held == asked_.first || held == asked_.before))
      return std::unexpected(unusable("MISP gives the same page again and again"));
    next.before = held;
    if (asked_.page == 1) next.first = held;
  }
  page.next = query_.address + std::string(path) + format_place(next);
  return page;
}

}  // namespace

std::unique_ptr<Listing> misp_attributes(MispQuery query) {
  return std::make_unique<MispAttributes>(std::move(query));
}

}  // namespace vedette::collect::cloud
