#include "collect/cloud/taxii_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/cloud_limits.h"
#include "base/encode.h"
#include "base/hash.h"
#include "base/http_text.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/back_off.h"
#include "collect/cloud/taxii_envelope.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Json;

constexpr std::string_view media_type = "application/taxii+json;version=2.1";
constexpr std::size_t roots_max = 16, collections_max = 256, objects_a_page = 1'000;
constexpr int tries_max = 5;  // of one request, in a row
// Behind the server's word a server may still put what it began to add before.
constexpr Duration overlap = Duration::minutes(10);

Trouble stopped() {
  return {TroubleKind::stopped, "stopped", "", std::nullopt, ""};
}

Trouble unusable(std::string words, std::string remedy = {}) {
  return {TroubleKind::not_usable, std::move(words), std::move(remedy), std::nullopt, ""};
}

Trouble wrong(std::string words, std::string remedy) {
  return {TroubleKind::refused, std::move(words), std::move(remedy), std::nullopt, ""};
}

std::string with_slash(std::string url) {
  if (!url.ends_with('/')) url += '/';
  return url;
}

// ".../collections/ID/": a collection's own address.
bool is_collection(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  const auto id = url.rfind('/');
  return id != std::string_view::npos && url.substr(0, id).ends_with("/collections");
}

std::string remedy_of(const Trouble& trouble) {
  switch (trouble.kind) {
    case TroubleKind::forbidden:
    case TroubleKind::sign_in:
      return "check user and password, or token, of this [[taxii]], and that they may read the "
             "collection";
    default:
      return "check url of this [[taxii]]: it is where the server's discovery is, as in "
             "\"https://taxii.example.org/taxii2/\", or a collection's own address";
  }
}

}  // namespace

TaxiiFeed::TaxiiFeed(TaxiiFeedSettings settings, FeedRooms rooms)
    : RepeatedFeed(rooms.clock, settings.source, "indicators over TAXII"),
      settings_(std::move(settings)),
      rooms_(rooms) {}

bool TaxiiFeed::load_cursor() {
  if (is_loaded_) return true;
  const auto kept = rooms_.cursor_of(settings_.source);
  if (!kept) {
    wait_for(back_off(1, rooms_.random));
    return false;
  }
  is_loaded_ = true;
  const auto json = *kept ? base::parse_json(**kept) : base::parse_json("{}");
  if (!json) return true;
  if (const auto* added = (*json)["added"].as_object())
    for (const auto& [url, time] : *added) added_[url] = time.text();
  return true;
}

std::string TaxiiFeed::format_cursor() const {
  base::JsonWriter out;
  out.begin_object().key("v").number(std::int64_t{1}).key("added").begin_object();
  for (const auto& [url, time] : added_)
    if (!time.empty()) out.member(url, time);
  out.end_object().end_object();
  return out.take();
}

void TaxiiFeed::begin() {
  take_hurry();
  is_begun_ = true;
  pull_ = {};
  pull_.from = status().read_until;
  pull_.to = rooms_.clock.now();
  reading_ = {};
  collections_ = 0;
  const std::string url = with_slash(settings_.url);
  work_ = {{is_collection(url) ? Step::objects : Step::entry, url}};
  collections_ = is_collection(url) ? 1 : 0;
}

void TaxiiFeed::live_turn(const std::stop_token& stop) {
  if (!load_cursor()) return;
  if (!is_begun_) begin();
  const auto done = ask(stop);
  if (!done) {
    if (done.error().kind != TroubleKind::stopped) fail(done.error());
    return;
  }
  went_well();
  if (work_.empty()) finish();
}

ServiceRequest TaxiiFeed::request_of(const Work& work) {
  ServiceRequest request;
  request.accept = media_type;
  request.url = work.url;
  if (work.step == Step::collections) request.url += "collections/";
  if (work.step != Step::objects) return request;
  if (reading_.added_after.empty()) {
    const auto kept = added_.find(work.url);
    reading_.added_after = kept != added_.end() && !kept->second.empty()
                               ? kept->second
                               : base::format_iso(rooms_.clock.now() - settings_.back_fill);
  }
  request.url += fmt::format("objects/?match%5Btype%5D=indicator&limit={}&added_after={}",
                             objects_a_page, base::percent_encode(reading_.added_after));
  if (!reading_.next.empty()) request.url += "&next=" + base::percent_encode(reading_.next);
  return request;
}

Answered<void> TaxiiFeed::ask(const std::stop_token& stop) {
  const Work work = work_.front();
  const auto answer = rooms_.client.send(request_of(work), stop);
  if (!answer) return std::unexpected(answer.error());
  ++pull_.pages;
  if (answer->content_type.find("version=2.0") != std::string::npos ||
      answer->content_type.find("vnd.oasis") != std::string::npos)
    return std::unexpected(wrong("the server speaks TAXII 2.0, and not 2.1",
                                 "ask its operator for the address of TAXII 2.1"));
  if (work.step == Step::objects) return take_objects(work, *answer, stop);
  const auto json = base::parse_json(answer->body);
  if (!json || json->as_object() == nullptr)
    return std::unexpected(unusable("the TAXII server answered with something that is no object"));
  work_.pop_front();
  return work.step == Step::collections ? take_collections(work, *json) : take_entry(work, *json);
}

// A root may be given as a path. What lies on another host would get our password.
Answered<std::string> TaxiiFeed::absolute(const std::string& base_url,
                                          const std::string& reference) const {
  std::string url = reference;
  if (url.starts_with('/')) url = base::origin_of(base_url) + url;
  if (url.size() > base::limits::cloud_link_bytes_max || !rooms_.client.is_own(url))
    return std::unexpected(wrong(
        "the TAXII server names an API root on another host, which is not followed",
        "set url of this [[taxii]] to that root: " + base::encode_terminal(url.substr(0, 200))));
  return with_slash(std::move(url));
}

Answered<void> TaxiiFeed::take_entry(const Work& work, const Json& answer) {
  const auto* roots = answer["api_roots"].as_array();
  if (roots != nullptr && work.step == Step::entry) {
    if (roots->size() > roots_max)
      return std::unexpected(
          wrong(fmt::format("the TAXII server has more than {} API roots", roots_max),
                "set url of this [[taxii]] to one of them"));
    for (const Json& root : *roots) {
      auto url = absolute(work.url, root.text());
      if (!url) return std::unexpected(url.error());
      work_.push_back({Step::root, *std::move(url)});
    }
    return {};
  }
  const auto* versions = answer["versions"].as_array();
  const bool speaks = versions != nullptr && std::ranges::any_of(*versions, [](const Json& each) {
                        return each.text().find("2.1") != std::string::npos;
                      });
  if (versions != nullptr && !speaks)
    return std::unexpected(wrong("an API root of the TAXII server does not speak 2.1",
                                 "set url of this [[taxii]] to one that does"));
  if (versions == nullptr)
    return std::unexpected(
        wrong("what answers there is neither a TAXII discovery nor an API root", ""));
  work_.push_back({Step::collections, work.url});
  return {};
}

Answered<void> TaxiiFeed::take_collections(const Work& work, const Json& answer) {
  const auto* all = answer["collections"].as_array();
  if (all == nullptr) return {};  // a root without any
  for (const Json& each : *all) {
    const std::string& id = each["id"].text();
    const auto* may_read = each["can_read"].as_bool();
    const auto is_named = [&](const std::string& name) {
      return name == id || name == each["title"].text();
    };
    if (id.empty() || (may_read != nullptr && !*may_read)) continue;
    if (!settings_.collections.empty() && std::ranges::none_of(settings_.collections, is_named))
      continue;
    if (++collections_ > collections_max)
      return std::unexpected(
          wrong(fmt::format("the TAXII server has more than {} collections", collections_max),
                "name some of them in collections of this [[taxii]]"));
    work_.push_back(
        {Step::objects, fmt::format("{}collections/{}/", work.url, base::percent_encode(id))});
  }
  return {};
}

// A page that comes again is a circle, whatever its `next` says.
Answered<void> TaxiiFeed::check_page(std::string_view objects, std::size_t count) {
  if (count > 0) {
    const std::uint64_t page = base::hash_bytes(objects, count);
    if (reading_.pages > 0 && (page == reading_.first || page == reading_.before))
      return std::unexpected(unusable("the TAXII server gives the same page again and again"));
    reading_.before = page;
    if (reading_.pages == 0) reading_.first = page;
  }
  if (++reading_.pages > base::limits::cloud_window_pages_max)
    return std::unexpected(unusable("the TAXII server never comes to the end of a collection"));
  return {};
}

// What was added at the very same time may stand on the next page: as long as there is one, the
// place is kept just before it.
std::string TaxiiFeed::place_behind(const ServiceAnswer& answer, const std::string& before,
                                    bool has_more, bool is_empty) const {
  const auto last = base::parse_iso(answer.added_last);
  if (last && has_more) return base::format_iso(*last - Duration::milliseconds(1));
  if (last) return answer.added_last;
  if (has_more || (is_empty && !before.empty())) return before;
  return base::format_iso(pull_.to - overlap);
}

Answered<void> TaxiiFeed::take_objects(const Work& work, const ServiceAnswer& answer,
                                       const std::stop_token& stop) {
  const auto envelope = read_taxii_envelope(answer.body);
  if (!envelope) return std::unexpected(envelope.error());
  const auto& [list, objects, has_more, next] = *envelope;
  if (auto checked = check_page(list, objects.size()); !checked) return checked;
  const bool is_stuck =
      !base::parse_iso(answer.added_last) || answer.added_last == reading_.added_after;
  if (has_more && next.empty() && is_stuck)
    return std::unexpected(unusable("the TAXII server has more, and does not say where"));
  const std::string before = added_[work.url];
  added_[work.url] = place_behind(answer, before, has_more, objects.empty());
  if (!objects.empty()) {
    ports::RawRecord record;
    record.source = settings_.source;
    record.format = model::indicator_format;
    record.received = rooms_.clock.now();
    record.live = true;
    record.payload = model::indicator_payload(settings_.record, answer.body);
    record.cursor = format_cursor();
    if (!rooms_.commit(std::move(record), stop)) {
      added_[work.url] = before;
      return std::unexpected(stopped());
    }
  }
  pull_.fetched += objects.size();
  pull_.fresh += objects.size();
  if (has_more) {
    if (next.empty()) reading_.added_after = answer.added_last;
    reading_.next = next;
    return {};
  }
  work_.pop_front();
  reading_ = {};
  return {};
}

void TaxiiFeed::finish() {
  is_begun_ = false;
  rest(settings_.interval);
  pull_.ended = rooms_.clock.now();
  const bool is_short = collections_ == 0;
  report().pulled(pull_, is_short ? "limited" : "ok",
                  is_short ? "no collection of the server may be read, or has a name that "
                             "collections of this [[taxii]] says"
                           : "");
}

void TaxiiFeed::fail(const Trouble& trouble) {
  const bool passes = postpone(trouble, rooms_.client, rooms_.random);
  // A page that cannot be used is asked for anew from the place that is kept.
  if (trouble.kind == TroubleKind::not_usable) reading_ = {};
  if (failures() % tries_max == 0 || !passes) {
    work_.clear();
    is_begun_ = false;
  }
  std::string remedy = trouble.remedy;
  if (!passes && remedy.empty()) remedy = remedy_of(trouble);
  report().failed(trouble, std::move(remedy), passes, failures() >= tries_max, rooms_.clock.now());
}

}  // namespace vedette::collect::cloud
