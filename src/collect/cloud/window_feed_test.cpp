// What a feed promises under any sequence of failures and kills, against a service whose records
// come late, twice and changed. (Case by case: test/cloud.)
#include "collect/cloud/window_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/http_text.h"
#include "collect/cloud/graph_listings.h"
#include "collect/cloud/lane.h"
#include "collect/cloud/page_text.h"
#include "collect/cloud/request_budget.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/memory_journal.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Timestamp;
using fakes::FakeHttpService;

const Timestamp start = *base::parse_iso("2026-06-01T12:00:00Z");
constexpr const char* source = "graph:contoso:sign-ins:interactive";

struct ListedRecord {
  std::string id;
  Timestamp time, visible;
  Timestamp changed;  // unset: never
};

std::string decode(std::string_view url) {
  std::string out;
  for (std::size_t i = 0; i < url.size(); ++i) {
    const bool is_escape = url[i] == '%' && i + 2 < url.size();
    out += is_escape ? static_cast<char>(std::stoi(std::string(url.substr(i + 1, 2)), nullptr, 16))
                     : url[i];
    i += is_escape ? 2 : 0;
  }
  return out;
}

// Lists newest first in pages, as Graph does, and fails as the dice say.
class Service {
 public:
  Service(std::uint64_t seed, const ports::Clock& clock) : dice_(seed), clock_(clock) {
    for (int i = 0; i < 400; ++i) {
      ListedRecord record;
      record.id = "r" + std::to_string(i);
      record.time = start - Duration::hours(30) + Duration::seconds(below(60 * 3'600));
      // Most in minutes, some in hours.
      record.visible =
          record.time + Duration::seconds(below(10) == 0 ? below(20 * 3'600) : below(300));
      if (below(5) == 0) record.changed = record.visible + Duration::seconds(below(3'600));
      records.push_back(record);
    }
  }

  FakeHttpService::Answer answer(const ports::HttpRequest& request) {
    times.push_back(clock_.monotonic());
    if (fails && below(4) == 0) return failure();
    const std::string url = decode(request.url.reveal());
    const auto times_in = [&](const std::string& mark) {
      const auto at = url.find(mark) + mark.size();
      return *base::parse_iso(url.substr(at, url.find('Z', at) + 1 - at));
    };
    const Timestamp from = times_in(" ge "), to = times_in(" le ");
    const auto skip_at = url.find("&skip=");
    const std::size_t skip = skip_at == std::string::npos ? 0 : std::stoul(url.substr(skip_at + 6));
    std::vector<const ListedRecord*> found;
    for (const auto& record : records)
      if (record.time >= from && record.time <= to && record.visible <= clock_.now())
        found.push_back(&record);
    std::ranges::sort(found, std::ranges::greater(), [](const auto* r) { return r->time; });
    constexpr std::size_t page = 40;
    std::string body = "{\"value\":[";
    for (std::size_t i = skip; i < std::min(found.size(), skip + page); ++i) {
      const bool is_changed = found[i]->changed.is_set() && found[i]->changed <= clock_.now();
      body += (i > skip ? "," : "") + std::string("{\"id\":\"") + found[i]->id +
              "\",\"createdDateTime\":\"" + base::format_iso(found[i]->time) +
              "\",\"version\":" + (is_changed ? "2" : "1") + "}";
    }
    body += "]";
    if (found.size() > skip + page) {
      std::string next(request.url.reveal());
      if (const auto old = next.find("&skip="); old != std::string::npos) next.resize(old);
      body += ",\"@odata.nextLink\":\"" + next + "&skip=" + std::to_string(skip + page) + "\"";
    }
    body += "}";
    if (fails && below(20) == 0) body.resize(body.size() / 2);
    return FakeHttpService::reply(200, std::move(body));
  }

  std::int64_t below(std::int64_t end) {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(dice_);
  }

  std::vector<ListedRecord> records;
  std::vector<Duration> times;  // of requests
  bool fails = true;

 private:
  FakeHttpService::Answer failure() {
    switch (below(7)) {
      case 0:
        return FakeHttpService::reply(429, "{}", {{"Retry-After", "9"}});
      case 1:
        return FakeHttpService::reply(429, "{}");
      case 2:
        return FakeHttpService::reply(503, "");
      case 3:
        return FakeHttpService::reply(200, "<html>");
      case 4:
        return FakeHttpService::reply(200,
                                      R"({"value":[],"@odata.nextLink":"https://evil.example/"})");
      case 5:
        return FakeHttpService::reply(401, "{}");
      default:
        return FakeHttpService::cut_off();
    }
  }

  std::mt19937_64 dice_;
  const ports::Clock& clock_;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), service_(seed, clock_) {
    http_service_.set_responder(
        [this](const ports::HttpRequest& request) { return service_.answer(request); });
    restart();
  }

  // As after a kill: only what is in the journal is left.
  void restart() {
    lane_.reset();
    client_ = std::make_unique<ServiceClient>(
        ServiceSettings{"Microsoft Graph", "https://graph.microsoft.com", "scope", {}}, http_,
        tokens_, clock_);
    lane_ = std::make_unique<Lane>(*client_, clock_);
    WindowFeedSettings settings;
    settings.source = source;
    settings.back_fill = Duration::hours(26);
    lane_->add(std::make_unique<WindowFeed>(
        settings, sign_ins("https://graph.microsoft.com", SignInKind::interactive),
        FeedRooms{*client_, clock_, random_, commit_, cursor_of_}));
  }

  void run(Timestamp until, std::int64_t kill_one_in) {
    while (clock_.now() < until) {
      const Duration wait = lane_->turn({});
      if (wait > Duration{}) clock_.advance(wait);
      if (kill_one_in > 0 && service_.below(kill_one_in) == 0) {
        check_cursor();
        restart();
      }
    }
    check_cursor();
  }

  // All that the service had shown when a window ended is in the journal, unless it lies in a hole.
  void check_cursor() {
    const auto kept = journal_.cursor(source);
    if (!kept || !*kept) return;
    const auto cursor = parse_cursor(**kept);
    ASSERT_TRUE(cursor) << **kept;
    EXPECT_LE(cursor->until, clock_.now());
    EXPECT_GE(cursor->until, last_until_) << "the cursor went back";
    last_until_ = cursor->until;
    for (const auto& record : service_.records) {
      const bool is_in_hole = std::ranges::any_of(cursor->holes, [&](const Window& hole) {
        return record.time >= hole.from && record.time <= hole.to;
      });
      if (record.time < start - Duration::hours(26) || record.time > cursor->until || is_in_hole)
        continue;
      // What came late is for the overlap that follows.
      if (record.visible - record.time > Duration::minutes(5)) continue;
      if (record.visible > cursor->until) continue;
      EXPECT_TRUE(ids_.contains(record.id)) << record.id << " at " << base::format_iso(record.time);
    }
  }

  [[nodiscard]] const std::set<std::string>& ids() const { return ids_; }
  [[nodiscard]] const std::set<std::string>& contents() const { return contents_; }
  Service& service() { return service_; }
  [[nodiscard]] FeedStatus status() const { return lane_->status().front(); }

 private:
  bool commit(const ports::RawRecord& record) {
    (void)journal_.append(std::span(&record, 1));
    const auto members = members_of(record.payload);
    EXPECT_TRUE(members) << record.payload;
    const auto elements = elements_of(member(*members, "value"));
    for (const auto each : elements ? *elements : std::vector<std::string_view>{}) {
      ids_.insert(*string_at(each, "id"));
      contents_.emplace(each);
    }
    return true;
  }

  fakes::FakeClock clock_{start};
  fakes::FakeRandom random_;
  Service service_;
  FakeHttpService http_service_;
  fakes::FakeHttpClient http_{http_service_};
  fakes::FakeTokenService token_service_;
  fakes::FakeAccessTokens tokens_{token_service_};
  fakes::MemoryJournal journal_;
  std::set<std::string> ids_, contents_;
  Timestamp last_until_;
  const CommitRecord commit_ = [this](const ports::RawRecord& record, const std::stop_token&) {
    return commit(record);
  };
  const CursorOf cursor_of_ = [this](const std::string& name) { return journal_.cursor(name); };
  std::unique_ptr<ServiceClient> client_;
  std::unique_ptr<Lane> lane_;
};

TEST(WindowFeed, LosesNothingUnderAnyFailuresAndKills) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    Simulation simulation(seed);
    simulation.run(start + Duration::hours(30), 60);
    simulation.service().fails = false;
    // A day for what came up to a day late, and its sweep.
    simulation.run(start + Duration::hours(30 + 27), 0);
    std::size_t expected = 0;
    for (const auto& record : simulation.service().records) {
      if (record.time < start - Duration::hours(26)) continue;
      ++expected;
      EXPECT_TRUE(simulation.ids().contains(record.id))
          << record.id << " " << base::format_iso(record.time) << ", seen from "
          << base::format_iso(record.visible);
    }
    EXPECT_GT(expected, 300U);
    if (HasFailure()) break;
  }
}

TEST(WindowFeed, NeverAsksMoreThanTheQuota) {
  Simulation simulation(77);
  simulation.run(start + Duration::hours(3), 0);
  const auto& times = simulation.service().times;
  ASSERT_GT(times.size(), 100U);
  for (std::size_t i = 5; i < times.size(); ++i)
    EXPECT_GE(times[i] - times[i - 5], Duration::seconds(10)) << i;
}

TEST(WindowFeed, ChangedRecordsComeAgainAndOthersDoNot) {
  Simulation simulation(5);
  simulation.service().fails = false;
  simulation.run(start + Duration::hours(6), 0);
  // Each version once, at most: the journal is not filled with what did not change.
  EXPECT_LT(simulation.contents().size(), simulation.ids().size() * 2);
  EXPECT_GT(simulation.contents().size(), simulation.ids().size());
  EXPECT_EQ(simulation.status().state, "ok");
  EXPECT_FALSE(simulation.status().back_fill.is_wanted);
}

TEST(WindowCursor, IsReadAsItWasWritten) {
  WindowCursor cursor;
  cursor.until = start;
  cursor.swept = start - Duration::hours(3);
  cursor.overlap = Duration::minutes(75);
  cursor.add_hole({start - Duration::hours(9), start - Duration::hours(8)});
  cursor.add_hole({start - Duration::hours(5), start - Duration::hours(2)});
  const auto again = parse_cursor(format_cursor(cursor));
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == cursor);
  for (const char* text : {"", "{}", "[]", R"({"v":2})", "nonsense"})
    EXPECT_FALSE(parse_cursor(text)) << text;
}

TEST(WindowCursor, HolesMergeShrinkAndEnd) {
  WindowCursor cursor;
  cursor.add_hole({start - Duration::hours(4), start - Duration::hours(2)});
  cursor.add_hole({start - Duration::hours(3), start});
  ASSERT_EQ(cursor.holes.size(), 1U);
  EXPECT_EQ(cursor.left(), Duration::hours(4));
  const auto window = cursor.next_back_window(Duration::hours(3));
  ASSERT_TRUE(window);
  EXPECT_TRUE((*window == Window{start - Duration::hours(3), start}));
  cursor.close_back_window(*window);
  EXPECT_EQ(cursor.left(), Duration::hours(1));
  cursor.nothing_before(start);
  EXPECT_TRUE(cursor.holes.empty());
  for (int i = 0; i < 100; ++i)
    cursor.add_hole({start + Duration::hours(2 * i), start + Duration::hours(2 * i + 1)});
  EXPECT_LE(cursor.holes.size(), 16U);
  EXPECT_EQ(cursor.holes.back().from, start);
}

TEST(RequestBudget, KeepsAReserve) {
  RequestBudget budget({5, Duration::seconds(10)});
  const Duration now = Duration::seconds(100);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(budget.wait_needed(now, 2), Duration{});
    budget.spend(now);
  }
  EXPECT_GT(budget.wait_needed(now, 2), Duration::seconds(10));
  EXPECT_EQ(budget.wait_needed(now), Duration{});
  budget.block_until(now + Duration::minutes(1));
  EXPECT_EQ(budget.wait_needed(now), Duration::minutes(1));
}

TEST(PageText, TakesApartAndRefusesWhatIsCut) {
  const std::string text = R"( {"a":[1,{"b":"]}\""}, [] ,null],"c":"x","c":"y","d":-1.5e3 } )";
  const auto members = members_of(text);
  ASSERT_TRUE(members);
  EXPECT_EQ(member(*members, "c"), "\"y\"");
  EXPECT_EQ(member(*members, "d"), "-1.5e3");
  const auto elements = elements_of(member(*members, "a"));
  ASSERT_TRUE(elements);
  ASSERT_EQ(elements->size(), 4U);
  EXPECT_EQ((*elements)[1], R"({"b":"]}\""})");
  const std::string whole(text.substr(1, text.size() - 2));
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(members_of(whole.substr(0, cut))) << whole.substr(0, cut);
  for (const char* wrong : {"[1,]", "[,1]", "[1 2", "[}", "[1]]", "{}", "[\"a]", "[\"\\", "[1}"})
    EXPECT_FALSE(elements_of(wrong)) << wrong;
  EXPECT_EQ(string_at(R"({"p":{"q":"a\u00e9"}})", "p.q"), "a\xc3\xa9");
  EXPECT_EQ(string_at(R"({"p":1})", "p.q"), std::nullopt);
}

}  // namespace
}  // namespace vedette::collect::cloud
