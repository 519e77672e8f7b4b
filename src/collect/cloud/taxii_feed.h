// Owns: a TAXII 2.1 server as a feed of indicators: discovery, API roots, collections, and their
// objects by when the server added them. Source: TAXII 2.1 (OASIS), sections 3.2 to 5.4. Promises:
// each page is in the journal before the place behind it is kept, so after a kill nothing is lost
// and some of it comes again; a server that gives a page again, or never ends, is found out; links
// and roots on other hosts are not followed. Must not know: what objects say. One thread but for
// `status` and `hurry`.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "collect/cloud/repeated_feed.h"
#include "collect/cloud/window_feed.h"
#include "model/indicator_record.h"

namespace vedette::collect::cloud {

struct TaxiiFeedSettings {
  std::string source;  // "taxii:isac"
  // Of the discovery ("https://taxii.example.org/taxii2/"), of an API root, or of a collection.
  std::string url;
  std::vector<std::string> collections;  // ids or titles; empty: all that may be read
  model::IndicatorRecord record;         // of what comes
  base::Duration interval = base::Duration::minutes(15);
  base::Duration back_fill = base::Duration::hours(24 * 365);
};

class TaxiiFeed : public RepeatedFeed {
 public:
  TaxiiFeed(TaxiiFeedSettings settings, FeedRooms rooms);

  void live_turn(const std::stop_token& stop) override;

 private:
  // What is asked next: the settings' address, an API root, a root's collections, or objects.
  enum class Step : std::uint8_t { entry, root, collections, objects };
  struct Work {
    Step step = Step::entry;
    std::string url;  // of a collection: its own, with a '/' at its end
  };
  // Within one collection.
  struct Reading {
    std::string next;                     // the server's word for the next page; empty: the first
    std::string added_after;              // of the request
    std::uint64_t first = 0, before = 0;  // what the first page and the one before held, as hashes
    std::uint64_t pages = 0;
  };

  [[nodiscard]] bool load_cursor();
  void begin();
  [[nodiscard]] Answered<void> ask(const std::stop_token& stop);
  [[nodiscard]] Answered<void> take_entry(const Work& work, const base::Json& answer);
  [[nodiscard]] Answered<void> take_collections(const Work& work, const base::Json& answer);
  [[nodiscard]] Answered<void> take_objects(const Work& work, const ServiceAnswer& answer,
                                            const std::stop_token& stop);
  [[nodiscard]] Answered<void> check_page(std::string_view objects, std::size_t count);
  [[nodiscard]] std::string place_behind(const ServiceAnswer& answer, const std::string& before,
                                         bool has_more, bool is_empty) const;
  [[nodiscard]] Answered<std::string> absolute(const std::string& base_url,
                                               const std::string& reference) const;
  [[nodiscard]] ServiceRequest request_of(const Work& work);
  [[nodiscard]] std::string format_cursor() const;
  void finish();
  void fail(const Trouble& trouble);

  const TaxiiFeedSettings settings_;
  const FeedRooms rooms_;
  bool is_loaded_ = false, is_begun_ = false;
  std::deque<Work> work_;
  Reading reading_;
  std::map<std::string, std::string> added_;  // of each collection read: up to when, as it said
  std::uint64_t collections_ = 0;             // of this pull
  PullStatus pull_;
};

}  // namespace vedette::collect::cloud
