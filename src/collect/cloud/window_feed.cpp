#include "collect/cloud/window_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/cloud_limits.h"
#include "collect/cloud/back_off.h"
#include "collect/cloud/page_text.h"
#include "model/cloud_answers.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Timestamp;
namespace limits = base::limits;

constexpr Duration overlap_max = Duration::hours(24);
// Each sweep reads two days: what came a day late since the last one may have happened a day before
// it.
constexpr Duration sweep_interval = Duration::hours(24);
constexpr Duration sweep_span = sweep_interval + overlap_max;
// After a longer silence of ours the newest is read first, and the rest after it.
constexpr Duration gap_max = Duration::hours(6);
constexpr Duration back_window_first = Duration::hours(1);
constexpr Duration back_window_least = Duration::minutes(10);
constexpr std::int64_t back_growth_most = 4;
constexpr std::size_t page_size_least = 10;
constexpr int failures_before_change = 3;  // of one link, in a row
constexpr int outage_failures = 6;         // and more for what may be an outage of everything
// Shorter than any overlap: what was read the lesser way is read again the better one.
constexpr Duration fall_back_span = Duration::minutes(4);
// What is read back once is not read again; it waits about an hour for the better way.
constexpr int fall_backs_waited = 15;
// What may still come again with an overlap or a sweep is remembered.
constexpr Duration remembered = sweep_span + Duration::hours(1);

Timestamp whole_seconds(Timestamp time) {
  return {time.ticks - time.ticks % base::ticks_per_second};
}

Trouble unusable(std::string words) {
  return {TroubleKind::not_usable, std::move(words), "", std::nullopt, ""};
}

Trouble stopped() {
  return {TroubleKind::stopped, "stopped", "", std::nullopt, ""};
}

}  // namespace

struct WindowFeed::Pull {
  struct Pending {
    std::string record;
    std::uint64_t key = 0;
  };

  Window window;
  bool is_back = false;
  std::optional<Window> gap;  // left open behind this window
  bool sweeps = false;
  base::Duration begun_at;
  std::string link;  // of the next page; empty: the first
  std::unordered_set<std::uint64_t> links;
  std::uint64_t pages = 0, fetched = 0, fresh = 0;
  std::optional<std::uint64_t> reported;
  std::deque<Pending> details;
  bool is_listed = false;  // to the last page
};

WindowFeed::WindowFeed(WindowFeedSettings settings, std::unique_ptr<Listing> listing,
                       FeedRooms rooms)
    : settings_(std::move(settings)),
      listing_(std::move(listing)),
      rooms_(rooms),
      handed_over_(rooms.random.next(), limits::cloud_records_remembered_max),
      ids_(rooms.random.next(), limits::cloud_records_remembered_max),
      live_due_(rooms.clock.monotonic()),
      back_due_(live_due_),
      back_length_(back_window_first),
      page_size_(listing_->page_size_max()),
      report_(settings_.source, std::string(listing_->title())) {}

WindowFeed::~WindowFeed() = default;

// ---- where it goes on ----

bool WindowFeed::load_cursor() {
  if (is_loaded_) return true;
  const auto kept = rooms_.cursor_of(settings_.source);
  if (!kept) {
    live_due_ = rooms_.clock.monotonic() + back_off(1, rooms_.random);
    is_hurried_ = false;
    return false;
  }
  const auto cursor = *kept ? parse_cursor(**kept) : std::nullopt;
  cursor_ = cursor.value_or(WindowCursor{});
  cursor_.overlap = std::clamp(cursor_.overlap, settings_.overlap, overlap_max);
  is_loaded_ = true;
  return true;
}

void WindowFeed::begin_live() {
  if (is_hurried_.exchange(false)) live_due_ = std::min(live_due_, rooms_.clock.monotonic());
  const Timestamp now = whole_seconds(rooms_.client.now());
  live_ = std::make_unique<Pull>();
  live_->begun_at = rooms_.clock.monotonic();
  Timestamp from = now - cursor_.overlap;
  const Timestamp reach = now - std::min(settings_.back_fill, listing_->keeps());
  if (!cursor_.until.is_set()) {
    live_->gap = Window{reach, from};
    learned_from_ = from;
  } else if (now - cursor_.until > gap_max) {
    live_->gap = Window{std::max(cursor_.until - cursor_.overlap, now - listing_->keeps()), from};
    learned_from_ = from;
  } else {
    from = std::min(cursor_.until, now) - cursor_.overlap;
    live_->sweeps = now - cursor_.swept >= sweep_interval;
  }
  if (!learned_from_.is_set()) learned_from_ = from;
  live_->window = {std::max(from, now - listing_->window_max()), now};
  if (is_fallen_back_ && rooms_.clock.monotonic() >= fall_back_until_)
    is_fallen_back_ = listing_->use_fall_back(false);
}

WindowCursor WindowFeed::cursor_after(const Pull& pull) const {
  WindowCursor after = cursor_;
  if (pull.is_back) {
    after.close_back_window(pull.window);
    return after;
  }
  after.until = std::max(after.until, pull.window.to);
  if (pull.gap) after.add_hole(*pull.gap);
  if (pull.sweeps) after.add_hole({pull.window.to - sweep_span, pull.window.from});
  if (pull.sweeps || !after.swept.is_set()) {
    after.swept = pull.window.to;
    after.overlap =
        std::clamp(Duration{std::max(lateness_max_.ticks * 3 / 2, after.overlap.ticks * 3 / 4)},
                   settings_.overlap, overlap_max);
  }
  return after;
}

// ---- turns ----

void WindowFeed::live_turn(const std::stop_token& stop) {
  if (!load_cursor()) return;
  if (!live_) begin_live();
  turn(live_, stop);
}

std::optional<Duration> WindowFeed::back_fill_due() const {
  if (!is_loaded_ || (cursor_.holes.empty() && !back_)) return std::nullopt;
  if (is_fallen_back_ && fall_backs_ < fall_backs_waited)
    return std::max(back_due_, fall_back_until_);
  return back_due_;
}

void WindowFeed::back_fill_turn(const std::stop_token& stop) {
  if (!back_) {
    // What lies outside of what the service keeps by now cannot be read any more.
    cursor_.nothing_before(rooms_.client.now() - listing_->keeps());
    const auto window = cursor_.next_back_window(std::min(back_length_, listing_->window_max()));
    if (!window) return;
    back_ = std::make_unique<Pull>();
    back_->window = *window;
    back_->is_back = true;
    back_->begun_at = rooms_.clock.monotonic();
  }
  turn(back_, stop);
}

void WindowFeed::turn(std::unique_ptr<Pull>& pull, const std::stop_token& stop) {
  auto done = prepare(stop);
  if (done) done = pull->details.empty() ? read_page(*pull, stop) : read_detail(*pull, stop);
  if (!done) {
    if (done.error().kind != TroubleKind::stopped) fail(pull, done.error(), stop);
  } else {
    (pull->is_back ? back_failures_ : live_failures_) = 0;
    is_refused_ = false;
    if (pull->is_listed && pull->details.empty()) finish(pull);
  }
  tell_status();
}

Answered<void> WindowFeed::prepare(const std::stop_token& stop) {
  if (is_prepared_) return {};
  auto done = listing_->prepare(rooms_.client, stop);
  is_prepared_ = done.has_value();
  return done;
}

Answered<void> WindowFeed::read_page(Pull& pull, const std::stop_token& stop) {
  auto answer = rooms_.client.send(listing_->page(pull.window, page_size_, pull.link), stop);
  if (!answer) return std::unexpected(std::move(answer.error()));
  const auto page = listing_->read(*answer);
  if (!page) return std::unexpected(page.error());
  auto checked = check_link(pull, page->next);
  // What came is kept, wherever the way leads from here.
  if (auto taken = take_page(pull, *answer, *page, stop); !taken) return taken;
  return checked;
}

Answered<void> WindowFeed::check_link(Pull& pull, const std::string& link) const {
  if (link.empty()) return {};
  if (!rooms_.client.is_own(link) || link.size() > limits::cloud_link_bytes_max)
    return std::unexpected(unusable(rooms_.client.settings().name +
                                    " gave a next page on another host, which is not followed"));
  if (!pull.links.insert(ids_.key_of(link)).second)
    return std::unexpected(unusable(rooms_.client.settings().name + "'s pages go in a circle"));
  if (pull.links.size() > limits::cloud_window_pages_max)
    return std::unexpected(unusable(rooms_.client.settings().name + "'s pages have no end"));
  return {};
}

Answered<void> WindowFeed::take_page(Pull& pull, const ServiceAnswer& answer,
                                     const ListedPage& page, const std::stop_token& stop) {
  std::vector<std::string_view> fresh;
  std::vector<std::uint64_t> keys;
  std::unordered_set<std::uint64_t> in_page;
  for (const std::string_view record : page.records) {
    const std::uint64_t key = handed_over_.key_of(record);
    if (handed_over_.has(key)) continue;
    // Rows without an id may be the same and yet two.
    if (!listing_->wraps_pages() && !in_page.insert(key).second) continue;
    fresh.push_back(record);
    keys.push_back(key);
  }
  const bool keeps_pages = listing_->keeps_pages();
  const bool is_last = page.next.empty();
  const bool moves_cursor = is_last && (!listing_->has_details() || fresh.empty());
  if ((keeps_pages && !fresh.empty()) || moves_cursor) {
    if (!keeps_pages) fresh.clear();
    const bool is_as_answered =
        !fresh.empty() && fresh.size() == page.records.size() && !listing_->wraps_pages();
    std::string payload = is_as_answered ? answer.body : listing_->document(fresh);
    if (!commit(pull, listing_->format(), std::move(payload), moves_cursor, stop))
      return std::unexpected(stopped());
  }
  ++pull.pages;
  pull.fetched += page.records.size();
  pull.fresh += keys.size();
  if (page.reported) pull.reported = page.reported;
  for (std::size_t i = 0; i < fresh.size(); ++i) note_record(pull, fresh[i]);
  for (std::size_t i = 0, at = 0; i < page.records.size() && at < keys.size(); ++i) {
    if (handed_over_.key_of(page.records[i]) != keys[at]) continue;
    if (listing_->has_details())
      pull.details.push_back({std::string(page.records[i]), keys[at]});
    else if (is_recent(page.records[i]))
      handed_over_.add(keys[at]);
    ++at;
  }
  pull.link = page.next;
  pull.is_listed = is_last;
  return {};
}

Answered<void> WindowFeed::read_detail(Pull& pull, const std::stop_token& stop) {
  const Pull::Pending& pending = pull.details.front();
  auto detail = listing_->detail(rooms_.client, pending.record, stop);
  // It is gone since it was listed.
  const bool is_gone = !detail && detail.error().kind == TroubleKind::absent;
  if (!detail && !is_gone) return std::unexpected(std::move(detail.error()));
  const bool moves_cursor = pull.is_listed && pull.details.size() == 1;
  const bool has_payload = !is_gone && *detail;
  if (has_payload || moves_cursor) {
    std::string format = has_payload ? std::move((*detail)->format) : listing_->format();
    std::string payload = has_payload ? std::move((*detail)->payload) : listing_->document({});
    if (!commit(pull, std::move(format), std::move(payload), moves_cursor, stop))
      return std::unexpected(stopped());
  }
  if (is_recent(pending.record)) handed_over_.add(pending.key);
  pull.details.pop_front();
  return {};
}

// ---- what is known of records ----

bool WindowFeed::is_recent(std::string_view record) const {
  const auto time = listing_->time_of(record);
  return !time || *time > rooms_.client.now() - remembered;
}

// How late a new record is; one that is known and has changed is not late.
void WindowFeed::note_record(const Pull& pull, std::string_view record) {
  const auto time = listing_->time_of(record);
  if (!time || *time <= rooms_.client.now() - remembered) return;
  const auto members = members_of(record);
  const std::string_view id = members ? member(*members, "id") : std::string_view();
  if (id.empty()) return;
  const std::uint64_t key = ids_.key_of(id);
  if (ids_.has(key)) return;
  ids_.add(key);
  const bool was_passed = *time > learned_from_ && *time < cursor_.until && *time < pull.window.to;
  if (!was_passed) return;
  lateness_max_ = std::max(lateness_max_, rooms_.client.now() - *time);
  cursor_.overlap = std::clamp(std::max(cursor_.overlap, Duration{lateness_max_.ticks * 3 / 2}),
                               settings_.overlap, overlap_max);
}

// ---- what is on the disk ----

bool WindowFeed::commit(const Pull& pull, std::string format, std::string payload,
                        bool moves_cursor, const std::stop_token& stop) {
  ports::RawRecord record;
  record.source = settings_.source;
  record.format = std::move(format);
  record.received = rooms_.clock.now();
  record.live = !pull.is_back;
  record.payload = std::move(payload);
  if (moves_cursor) record.cursor = format_cursor(cursor_after(pull));
  return rooms_.commit(std::move(record), stop);
}

void WindowFeed::finish(std::unique_ptr<Pull>& pull) {
  const Duration now = rooms_.clock.monotonic();
  cursor_ = cursor_after(*pull);
  if (pull->sweeps) lateness_max_ = {};
  page_size_ = std::min(page_size_ * 2, listing_->page_size_max());
  report_.pulled_window({pull->window.from, pull->window.to, rooms_.clock.now(), pull->pages,
                         pull->fetched, pull->fresh, pull->reported},
                        pull->is_back);
  if (pull->is_back) {
    adapt_back_window(*pull);
    back_due_ = now;
  } else {
    live_due_ = std::max(now, pull->begun_at + settings_.interval);
    if (!is_fallen_back_) fall_backs_ = 0;
  }
  pull.reset();
}

double WindowFeed::back_records_wanted() const {
  return static_cast<double>(listing_->window_requests() * listing_->records_per_request());
}

// Windows of some pages each: few requests where little happened, and little to read again after a
// kill where much did. They grow in steps, for the hours before may be busier ones.
void WindowFeed::adapt_back_window(const Pull& pull) {
  const Duration length = pull.window.to - pull.window.from;
  forecast_.note(pull.window, pull.fetched);
  Duration wanted{length.ticks * back_growth_most};
  const double share = static_cast<double>(pull.fetched) / back_records_wanted();
  if (share > 1.0 / back_growth_most)
    wanted = Duration{static_cast<std::int64_t>(static_cast<double>(length.ticks) / share)};
  back_length_ = std::clamp(wanted, back_window_least, listing_->window_max());
}

// A page for as many records as it holds, half an empty one for each window, a request for each
// record's details.
std::optional<double> WindowFeed::back_requests_left() const {
  const auto records = forecast_.records_in(cursor_.holes);
  if (!records) return std::nullopt;
  const double windows =
      std::max(*records / back_records_wanted(),
               cursor_.left().as_seconds() / listing_->window_max().as_seconds());
  const double full = *records / static_cast<double>(listing_->records_per_request());
  const double all =
      std::max(full + windows / 2, windows) + (listing_->has_details() ? *records : 0);
  return std::max(1.0, all - static_cast<double>(back_ ? back_->pages : 0));
}

// ---- when it went wrong ----

void WindowFeed::begin_again(Pull& pull) const {
  pull.link.clear();
  pull.links.clear();
  pull.details.clear();
  pull.pages = pull.fetched = pull.fresh = 0;
  pull.is_listed = false;
}

// The newer half now, the older one with the back-fill.
void WindowFeed::halve(Pull& pull) {
  const Duration half{(pull.window.to - pull.window.from).ticks / 2};
  if (half < Duration::seconds(1)) return;
  const Timestamp middle = whole_seconds(pull.window.from + half);
  if (!pull.is_back) pull.gap = Window{pull.gap ? pull.gap->from : pull.window.from, middle};
  pull.window.from = middle;
}

// The service refuses a window that lies before what it keeps; that is the end of the back-fill.
bool WindowFeed::clamp_back_fill(const Pull& pull, const Trouble& trouble) {
  if (!pull.is_back || trouble.kind != TroubleKind::refused || !pull.link.empty()) return false;
  if (back_length_ > back_window_first) {
    back_length_ = back_window_first;  // only a part of it may be too old
    return true;
  }
  cursor_.nothing_before(pull.window.to);
  report_.change([&](FeedStatus& status) {
    status.back_fill.note =
        fmt::format("{} answers nothing before {}", rooms_.client.settings().name,
                    base::format_seconds(pull.window.to));
  });
  return true;
}

bool WindowFeed::try_fall_back(const Trouble& trouble) {
  const bool is_sure = trouble.kind == TroubleKind::refused || trouble.kind == TroubleKind::absent;
  const bool has_other_shape = trouble.kind == TroubleKind::not_usable;
  const bool is_down = trouble.kind == TroubleKind::unavailable;
  const bool helps = is_sure || (has_other_shape && live_failures_ >= failures_before_change) ||
                     (is_down && live_failures_ >= outage_failures);
  if (!helps || is_fallen_back_) return false;
  is_fallen_back_ = listing_->use_fall_back(true);
  if (!is_fallen_back_) return false;
  fall_back_until_ = rooms_.clock.monotonic() + fall_back_span;
  ++fall_backs_;
  live_failures_ = 0;
  return true;
}

// Whoever has to do without these records must know that they will not come.
void WindowFeed::tell_refusal(const Trouble& trouble, const std::stop_token& stop) {
  if (is_refused_ || trouble.kind != TroubleKind::licence) return;
  ports::RawRecord record;
  record.source = settings_.source;
  record.format = model::cloud_refusal_format;
  record.received = rooms_.clock.now();
  record.live = true;
  record.payload = R"({"missing":"licence"})";
  is_refused_ = rooms_.commit(std::move(record), stop);
}

void WindowFeed::fail(std::unique_ptr<Pull>& pull, const Trouble& trouble,
                      const std::stop_token& stop) {
  tell_refusal(trouble, stop);
  is_hurried_ = false;
  const bool is_back = pull->is_back;
  const bool is_link_gone = !pull->link.empty() && (trouble.kind == TroubleKind::refused ||
                                                    trouble.kind == TroubleKind::absent);
  const bool passes = trouble.passes() || trouble.kind == TroubleKind::too_large || is_link_gone;
  report_.failed(
      trouble, trouble.remedy.empty() ? std::string(listing_->needs(trouble.kind)) : trouble.remedy,
      passes, live_failures_ + 1 >= failures_before_change, rooms_.clock.now());
  if (clamp_back_fill(*pull, trouble)) {
    report_.change([](FeedStatus& status) {
      status.trouble.clear();
      status.remedy.clear();
    });
    pull.reset();
    return;
  }
  int& failures = is_back ? back_failures_ : live_failures_;
  ++failures;
  Duration wait = wait_after(trouble, passes, failures, rooms_.random);
  if (trouble.kind == TroubleKind::throttled) rooms_.client.pause(wait);
  const bool is_stuck = failures % failures_before_change == 0;
  if (trouble.kind == TroubleKind::too_large ||
      (is_stuck && trouble.kind != TroubleKind::throttled))
    page_size_ = std::max(page_size_ / 4, page_size_least);
  if (trouble.kind == TroubleKind::too_large && page_size_ <= page_size_least) halve(*pull);
  // It may be more than the service can look through in time.
  const bool is_wide = pull->window.to - pull->window.from > back_window_first;
  if (is_back && is_stuck && is_wide && trouble.kind == TroubleKind::unavailable) {
    halve(*pull);
    back_length_ = pull->window.to - pull->window.from;
  }
  if (is_link_gone || is_stuck || trouble.kind == TroubleKind::too_large ||
      trouble.kind == TroubleKind::not_usable)
    begin_again(*pull);
  if (!is_back && !is_link_gone && try_fall_back(trouble)) wait = {};
  (is_back ? back_due_ : live_due_) = rooms_.clock.monotonic() + wait;
}

// ---- how it is ----

void WindowFeed::tell_status() {
  report_.change([this](FeedStatus& status) {
    if (status.trouble.empty() && cursor_.until.is_set())
      status.state = is_fallen_back_ ? "limited" : "ok";
    if (is_fallen_back_ && status.trouble.empty()) status.remedy = listing_->fall_back_note();
    status.read_until = cursor_.until;
    status.overlap = cursor_.overlap;
    status.lateness_max = lateness_max_;
    BackFillStatus& back = status.back_fill;
    back.is_wanted = !cursor_.holes.empty();
    back.requests_left.reset();
    if (!back.is_wanted) return;
    back.reached = cursor_.holes.front().to;
    back.goal = cursor_.holes.back().from;
    back.requests_left = back_requests_left();
  });
}

}  // namespace vedette::collect::cloud
