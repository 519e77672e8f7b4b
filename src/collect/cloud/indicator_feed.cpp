#include "collect/cloud/indicator_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/back_off.h"
#include "collect/cloud/odata_page.h"
#include "collect/cloud/page_text.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::size_t piece_bytes = 1024UL * 1024;
// As many as fit into an answer, and as many again.
constexpr std::size_t lines_remembered_max = 2'000'000;
constexpr int tries_max = 5;  // of one event, in a row

Trouble stopped() {
  return {TroubleKind::stopped, "stopped", "", std::nullopt, ""};
}

std::string format_cursor(std::string_view etag, std::string_view modified, std::int64_t changed_s,
                          std::string_view uuid, Timestamp full) {
  base::JsonWriter out;
  out.begin_object().key("v").number(std::int64_t{1});
  out.member("etag", etag).member("modified", modified);
  out.key("changed_s").number(changed_s).member("uuid", uuid);
  if (full.is_set()) out.member("full", base::format_iso(full));
  out.end_object();
  return out.take();
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                  c == '-';
         });
}

std::int64_t seconds_of(const base::Json& value) {
  if (const auto* number = value.as_integer()) return *number;
  const auto parsed = base::parse_unsigned(value.text());
  return parsed && *parsed <= INT32_MAX ? static_cast<std::int64_t>(*parsed) : 0;
}

}  // namespace

IndicatorFeed::IndicatorFeed(IndicatorFeedSettings settings, FeedRooms rooms)
    : RepeatedFeed(rooms.clock, settings.source,
                   settings.is_misp ? "MISP feed" : "list of indicators"),
      settings_(std::move(settings)),
      rooms_(rooms) {}

bool IndicatorFeed::load_cursor() {
  if (is_loaded_) return true;
  const auto kept = rooms_.cursor_of(settings_.source);
  if (!kept) {
    wait_for(back_off(1, rooms_.random));
    return false;
  }
  is_loaded_ = true;
  const auto json = *kept ? base::parse_json(**kept) : base::parse_json("{}");
  if (!json) return true;  // none of ours: everything comes again, and is known by what it says
  cursor_.etag = (*json)["etag"].text();
  cursor_.modified = (*json)["modified"].text();
  cursor_.read = {seconds_of((*json)["changed_s"]), (*json)["uuid"].text()};
  cursor_.full = base::parse_iso((*json)["full"].text()).value_or(Timestamp{});
  return true;
}

// What is known of a list ends some time after it was handed over: half of that before, all of it
// comes again.
void IndicatorFeed::begin() {
  take_hurry();
  is_begun_ = true;
  const Timestamp now = rooms_.clock.now();
  pull_ = {};
  pull_.from = status().read_until;
  const bool is_old = settings_.record.hold_hours > 0 &&
                      now - cursor_.full >= Duration::minutes(30L * settings_.record.hold_hours);
  if (!settings_.is_misp && (is_old || !handed_over_)) {
    if (is_old) cursor_.etag = cursor_.modified = {};
    handed_over_.emplace(rooms_.random.next(), lines_remembered_max);
    is_full_ = true;
  }
  goal_ = cursor_;
}

void IndicatorFeed::live_turn(const std::stop_token& stop) {
  if (!load_cursor()) return;
  if (!is_begun_) begin();
  const auto done = events_.empty() ? fetch(stop) : fetch_event(stop);
  if (!done) {
    if (done.error().kind != TroubleKind::stopped) fail(done.error());
    return;
  }
  went_well();
  if (events_.empty()) finish();
}

Answered<void> IndicatorFeed::fetch(const std::stop_token& stop) {
  ServiceRequest request;
  request.url = settings_.url + (settings_.is_misp ? "/manifest.json" : "");
  request.etag = cursor_.etag;
  request.modified = cursor_.modified;
  request.takes_text = !settings_.is_misp;
  const auto answer = rooms_.client.send(request, stop);
  if (!answer) return std::unexpected(answer.error());
  ++pull_.pages;
  if (answer->is_unchanged) return {};
  goal_.etag = answer->etag;
  goal_.modified = answer->modified;
  return settings_.is_misp ? take_manifest(*answer) : take_list(*answer, stop);
}

Answered<void> IndicatorFeed::take_list(const ServiceAnswer& answer, const std::stop_token& stop) {
  std::vector<std::uint64_t> keys;
  std::string piece;
  const auto hand_over = [&](const Cursor& after) {
    if (!commit(piece, after, stop)) return false;
    for (const std::uint64_t key : keys) handed_over_->add(key);
    keys.clear();
    piece.clear();
    return true;
  };
  if (is_full_) goal_.full = rooms_.clock.now();
  std::string_view rest = answer.body;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
    const std::string_view line = base::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.front() == '#') continue;
    ++pull_.fetched;
    const std::uint64_t key = handed_over_->key_of(line);
    if (handed_over_->has(key)) continue;
    ++pull_.fresh;
    piece += line;
    piece += '\n';
    keys.push_back(key);
    if (piece.size() >= piece_bytes && !hand_over(cursor_)) return std::unexpected(stopped());
  }
  if (!hand_over(goal_)) return std::unexpected(stopped());
  is_full_ = false;
  return {};
}

Answered<void> IndicatorFeed::take_manifest(const ServiceAnswer& answer) {
  const auto members = members_of(answer.body);
  if (!members) return std::unexpected(not_whole("the feed", members.error()));
  const std::int64_t reach = (rooms_.clock.now() - settings_.back_fill).unix_seconds();
  std::vector<Event> found;
  for (const auto& [uuid, value] : *members) {
    const auto entry = base::parse_json(value);
    if (!entry || !is_uuid(uuid)) continue;  // it would be a part of an address
    Event event{seconds_of((*entry)["timestamp"]), std::string(uuid)};
    if (event.changed_s >= reach && event > cursor_.read) found.push_back(std::move(event));
  }
  std::ranges::sort(found);
  pull_.reported = found.size();
  events_.assign(found.begin(), found.end());
  if (!events_.empty()) goal_.read = events_.back();
  return {};
}

Answered<void> IndicatorFeed::fetch_event(const std::stop_token& stop) {
  const Event event = events_.front();
  ServiceRequest request;
  request.url = fmt::format("{}/{}.json", settings_.url, event.uuid);
  const auto answer = rooms_.client.send(request, stop);
  // It is gone since it was listed.
  const bool is_gone = !answer && answer.error().kind == TroubleKind::absent;
  if (!answer && !is_gone) return std::unexpected(answer.error());
  Cursor after = cursor_;
  after.read = event;
  if (events_.size() == 1) after = goal_;
  if (!commit(is_gone ? std::string_view("{}") : answer->body, after, stop))
    return std::unexpected(stopped());
  cursor_ = after;
  events_.pop_front();
  ++pull_.pages;
  ++pull_.fetched;
  pull_.fresh += is_gone ? 0 : 1;
  return {};
}

bool IndicatorFeed::commit(std::string_view document, const Cursor& after,
                           const std::stop_token& stop) {
  ports::RawRecord record;
  record.source = settings_.source;
  record.format = model::indicator_format;
  record.received = rooms_.clock.now();
  record.live = true;
  record.payload = model::indicator_payload(settings_.record, document);
  record.cursor =
      format_cursor(after.etag, after.modified, after.read.changed_s, after.read.uuid, after.full);
  return rooms_.commit(std::move(record), stop);
}

void IndicatorFeed::finish() {
  is_begun_ = false;
  cursor_ = goal_;
  rest(settings_.interval);
  pull_.to = pull_.ended = rooms_.clock.now();
  report().pulled(pull_, "ok");
}

void IndicatorFeed::fail(const Trouble& trouble) {
  const bool passes = postpone(trouble, rooms_.client, rooms_.random);
  if (failures() % tries_max == 0 || !passes) {
    events_.clear();
    is_begun_ = false;
  }
  std::string remedy = trouble.remedy;
  if (settings_.is_public_only && trouble.kind == TroubleKind::unavailable)
    remedy = "if its name means a private address, or a proxy is needed, set public_only = false";
  if (!passes && remedy.empty()) remedy = "check url of this [[feed]]; redirects are not followed";
  report().failed(trouble, std::move(remedy), passes, failures() >= tries_max, rooms_.clock.now());
}

}  // namespace vedette::collect::cloud
