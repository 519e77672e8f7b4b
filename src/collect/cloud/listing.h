// Owns: what differs between the services that list records by time: how a window is asked for, how
// a page is read, what belongs to each record besides. Promises: requests go to the service's own
// origin; a page that has another shape is a Trouble, never an empty page. Must not know: windows,
// cursors, the journal. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/cloud/service_client.h"

namespace vedette::collect::cloud {

// Closed: a record at `from` or `to` is in it.
struct Window {
  base::Timestamp from, to;
  bool operator==(const Window&) const = default;
};

struct ListedPage {
  std::vector<std::string_view> records;  // of the answer's body
  std::string next;                       // the next page's address as it was given; empty: none
  std::optional<std::uint64_t> reported;  // how many there are in all
};

// A record of the journal: what is made of one listed record.
struct ListedDetail {
  std::string format;
  std::string payload;
};

class Listing {
 public:
  virtual ~Listing() = default;
  [[nodiscard]] virtual std::string title() const = 0;
  // Of the pages, and of `document`.
  [[nodiscard]] virtual std::string format() const = 0;
  // False: only the details of their records are.
  [[nodiscard]] virtual bool keeps_pages() const { return true; }
  // True: a page is never kept as it was answered, always as a `document` of its records.
  [[nodiscard]] virtual bool wraps_pages() const { return false; }
  // The permission, role or licence without which it is refused: said as the remedy.
  [[nodiscard]] virtual std::string needs(TroubleKind kind) const = 0;
  // Before the first pull, until it has succeeded once.
  [[nodiscard]] virtual Answered<void> prepare(ServiceClient&, const std::stop_token&) {
    return {};
  }
  [[nodiscard]] virtual ServiceRequest first_page(const Window& window,
                                                  std::size_t page_size) const = 0;
  // The page behind a link that `read` gave, or the first; `read` is asked about its answer next.
  [[nodiscard]] virtual ServiceRequest page(const Window& window, std::size_t page_size,
                                            const std::string& link) {
    ServiceRequest request = first_page(window, page_size);
    if (!link.empty()) request = {"GET", link, "", request.prefer};
    return request;
  }
  [[nodiscard]] virtual Answered<ListedPage> read(const ServiceAnswer& answer) = 0;
  // A document of the same form with these records alone.
  [[nodiscard]] virtual std::string document(
      const std::vector<std::string_view>& records) const = 0;
  // When a record happened or was changed; nothing when it does not say.
  [[nodiscard]] virtual std::optional<base::Timestamp> time_of(std::string_view record) const = 0;
  [[nodiscard]] virtual bool has_details() const { return false; }
  // Nothing: the record has none (any more).
  [[nodiscard]] virtual Answered<std::optional<ListedDetail>> detail(ServiceClient&,
                                                                     const std::string& /*record*/,
                                                                     const std::stop_token&) {
    return std::optional<ListedDetail>();
  }
  [[nodiscard]] virtual std::size_t page_size_max() const = 0;
  // What comes with one request where there is enough, and how many requests a window of back-fill
  // should take: so many that little is asked for half-full pages, and little is read again after a
  // kill.
  [[nodiscard]] virtual std::size_t records_per_request() const { return page_size_max(); }
  [[nodiscard]] virtual std::size_t window_requests() const { return 8; }
  // The longest window that the service takes.
  [[nodiscard]] virtual base::Duration window_max() const { return base::Duration::hours(24); }
  // How far back the service answers at all.
  [[nodiscard]] virtual base::Duration keeps() const { return base::Duration::hours(24 * 365); }
  // A lesser way to ask for the same, for when this one fails; true while it is in use.
  virtual bool use_fall_back(bool /*use*/) { return false; }
  // What is missing while the lesser way is in use.
  [[nodiscard]] virtual std::string fall_back_note() const { return {}; }
};

}  // namespace vedette::collect::cloud
