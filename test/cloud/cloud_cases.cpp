// cloud_cases [--update] FILE...: cloud feeds against services that answer as a file says, on
// virtual time. A file: lines of `name: value` (about, feed, cursor, once), then the service's
// answers in order, each begun by a line ">> STATUS [Header: value | ...]" or ">> cut" or ">> stop"
// (a kill: the feed is made anew from the journal), then "----" and what must come of it: each
// request, each record of the journal, each move of the cursor, each word to the user. {deep:N} and
// {text:N} in an answer stand for N nested lists and a text of N letters. --update writes what came
// of it; look at it before it is committed.
#include <fmt/format.h>

#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>

#include "base/encode.h"
#include "base/text.h"
#include "collect/cloud/azure_listings.h"
#include "collect/cloud/graph_listings.h"
#include "collect/cloud/identities_feed.h"
#include "collect/cloud/lane.h"
#include "collect/cloud/window_feed.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/memory_journal.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using fakes::FakeHttpService;

constexpr int turns_max = 2'000;
const base::Timestamp start = *base::parse_iso("2026-06-01T12:00:00Z");

struct ScriptedAnswer {
  int status = 0;  // 0: no answer
  bool is_stop = false;
  FakeHttpService::Headers headers;
  std::string body;
};

struct Case {
  std::map<std::string, std::string> settings;
  std::vector<ScriptedAnswer> answers;
  std::string script, expected;  // before and after "----"

  [[nodiscard]] std::string setting(const std::string& name, const std::string& otherwise) const {
    const auto found = settings.find(name);
    return found == settings.end() ? otherwise : found->second;
  }
};

// {deep:3} -> [[[]]], {text:3} -> xxx
std::string expand(std::string text) {
  for (const std::string_view word : {"deep", "text"}) {
    const std::string mark = "{" + std::string(word) + ":";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
      const auto end = text.find('}', at);
      const std::size_t count =
          *base::parse_unsigned(text.substr(at + mark.size(), end - at - mark.size()));
      const std::string value = word == "deep" ? std::string(count, '[') + std::string(count, ']')
                                               : std::string(count, 'x');
      text.replace(at, end - at + 1, value);
    }
  }
  return text;
}

ScriptedAnswer parse_answer(std::string_view line) {
  ScriptedAnswer answer;
  if (line == "cut") return answer;
  answer.is_stop = line == "stop";
  if (answer.is_stop) return answer;
  const auto space = line.find(' ');
  answer.status = static_cast<int>(*base::parse_unsigned(line.substr(0, space)));
  if (space == std::string_view::npos) return answer;
  for (const std::string_view header : base::split(line.substr(space + 1), '|')) {
    const auto colon = header.find(':');
    answer.headers.emplace_back(base::trim(header.substr(0, colon)),
                                base::trim(header.substr(colon + 1)));
  }
  return answer;
}

Case parse_case(const std::string& text) {
  Case parsed;
  const auto end = text.find("\n----\n");
  parsed.script = text.substr(0, end == std::string::npos ? text.size() : end + 1);
  if (end != std::string::npos) parsed.expected = text.substr(end + 6);
  for (const std::string_view line : base::split(parsed.script, '\n')) {
    if (line.starts_with(">> ")) {
      parsed.answers.push_back(parse_answer(line.substr(3)));
    } else if (!parsed.answers.empty()) {
      auto& body = parsed.answers.back().body;
      body += (body.empty() || line.empty() ? "" : "\n") + std::string(line);
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      parsed.settings[std::string(line.substr(0, colon))] = base::trim(line.substr(colon + 1));
    }
  }
  for (auto& answer : parsed.answers) answer.body = expand(std::move(answer.body));
  return parsed;
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 240;
  if (text.size() <= most) return base::encode_terminal(text, 2'000);
  return fmt::format("{}... ({} bytes)", base::encode_terminal(text.substr(0, 120), 2'000),
                     text.size());
}

std::string decoded(std::string_view url) {
  std::string out;
  for (std::size_t i = 0; i < url.size(); ++i) {
    if (url[i] != '%' || i + 2 >= url.size()) {
      out += url[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(url.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return out;
}

class Run {
 public:
  explicit Run(const Case& what) : case_(what), script_(what.answers.begin(), what.answers.end()) {
    service_.set_responder([this](const ports::HttpRequest& request) { return answer(request); });
    make();
  }

  std::string transcript() {
    const std::string cursor = case_.setting("cursor", "");
    if (!cursor.empty()) {
      ports::RawRecord record;
      record.source = source_;
      record.cursor = cursor;
      (void)journal_.append(std::span(&record, 1));
      make();
    }
    for (int i = 0; i < turns_max && !is_over(); ++i) {
      if (!script_.empty() && script_.front().is_stop) {
        script_.pop_front();
        say("killed, and started again");
        make();
      }
      const Duration wait = lane_->turn({});
      tell_trouble();
      if (!is_over()) clock_.advance(wait);
    }
    tell_end();
    return std::move(text_);
  }

 private:
  [[nodiscard]] bool is_over() const { return script_.empty(); }

  void say(const std::string& line) {
    const auto seconds = clock_.monotonic().whole_seconds();
    text_ += fmt::format("{:02}:{:02}:{:02} {}\n", seconds / 3'600, seconds / 60 % 60, seconds % 60,
                         line);
  }

  FakeHttpService::Answer answer(const ports::HttpRequest& request) {
    ScriptedAnswer next;
    if (!script_.empty()) {
      next = script_.front();
      script_.pop_front();
    }
    std::string target(request.url.reveal());
    if (const std::string_view origin = client_->settings().address; target.starts_with(origin))
      target.erase(0, origin.size());
    say(fmt::format("{} {}{} -> {}", request.method, decoded(target),
                    request.body.empty() ? "" : " " + request.body,
                    next.status == 0 ? "cut off" : std::to_string(next.status)));
    if (next.status == 0) return FakeHttpService::cut_off("the connection was cut");
    return FakeHttpService::reply(next.status, next.body, next.headers);
  }

  [[nodiscard]] std::unique_ptr<Listing> listing(const std::string& feed) {
    const std::string graph = "https://graph.microsoft.com";
    if (feed == "audits") return directory_audits(graph);
    if (feed == "risk") return risk_detections(graph);
    if (feed == "risky-users") return risky_users(graph);
    if (feed == "non-interactive") return sign_ins(graph, SignInKind::non_interactive);
    if (feed == "activity")
      return management_activity("https://manage.office.com", "11111111-2222", "Audit.Exchange");
    if (feed == "sentinel")
      return sentinel_incidents("https://management.azure.com", {"sub", "group", "space"});
    if (feed == "table")
      return log_analytics_table("https://api.loganalytics.azure.com",
                                 {"guid", "Syslog", "Syslog", "| take 10"});
    return sign_ins(graph, SignInKind::interactive);
  }

  void make() {
    const std::string feed = case_.setting("feed", "interactive");
    ServiceSettings settings{"Microsoft Graph", "https://graph.microsoft.com", "scope", {}};
    if (feed == "activity")
      settings = {"the Management Activity API", "https://manage.office.com", "scope", {}};
    if (feed == "sentinel")
      settings = {"Microsoft Sentinel", "https://management.azure.com", "scope", {}};
    if (feed == "table")
      settings = {"Log Analytics", "https://api.loganalytics.azure.com", "scope", {}};
    client_ = std::make_unique<ServiceClient>(settings, http_, tokens_, clock_);
    lane_ = std::make_unique<Lane>(*client_, clock_);
    const FeedRooms rooms{*client_, clock_, random_, commit_, cursor_of_};
    if (feed == "identities") return lane_->add(std::make_unique<IdentitiesFeed>(source_, rooms));
    WindowFeedSettings window;
    window.source = source_;
    window.back_fill = Duration::hours(
        static_cast<std::int64_t>(*base::parse_unsigned(case_.setting("back_fill_hours", "0"))));
    lane_->add(std::make_unique<WindowFeed>(window, listing(feed), rooms));
  }

  bool commit(const ports::RawRecord& record) {
    (void)journal_.append(std::span(&record, 1));
    say(fmt::format("  journal {}{} {}", record.format, record.live ? "" : " (back-fill)",
                    shown(record.payload)));
    if (!record.cursor.empty()) say("  cursor " + record.cursor);
    return true;
  }

  void tell_trouble() {
    const FeedStatus status = lane_->status().front();
    std::string words = status.trouble;
    if (!status.remedy.empty()) words += (words.empty() ? "" : "; ") + status.remedy;
    if (words == told_) return;
    say(fmt::format("  {}{}{}", status.state, words.empty() ? "" : ": ", words));
    told_ = words;
  }

  void tell_end() {
    const FeedStatus status = lane_->status().front();
    std::string line =
        fmt::format("at the end: {}, {} pulls, {} records, {} new, {} failures", status.state,
                    status.pulls, status.records, status.fresh, status.failures);
    if (status.last_pull.reported)
      line += fmt::format("; service reported {}, fetched {}", *status.last_pull.reported,
                          status.last_pull.fetched);
    if (!status.back_fill.note.empty()) line += "; " + status.back_fill.note;
    say(line);
  }

  const Case& case_;
  const std::string source_ = "cloud:contoso:feed";
  std::deque<ScriptedAnswer> script_;
  std::string text_, told_;
  fakes::FakeClock clock_{start};
  fakes::FakeRandom random_;
  fakes::MemoryJournal journal_;
  fakes::FakeTokenService token_service_;
  fakes::FakeAccessTokens tokens_{token_service_};
  FakeHttpService service_;
  fakes::FakeHttpClient http_{service_};
  const CommitRecord commit_ = [this](const ports::RawRecord& record, const std::stop_token&) {
    return commit(record);
  };
  const CursorOf cursor_of_ = [this](const std::string& source) { return journal_.cursor(source); };
  std::unique_ptr<ServiceClient> client_;
  std::unique_ptr<Lane> lane_;
};

bool check(const std::string& path, bool updates) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.empty()) {
    fmt::print("{}: cannot be read\n", path);
    return false;
  }
  const Case parsed = parse_case(text);
  const std::string came = Run(parsed).transcript();
  if (updates) {
    std::ofstream(path, std::ios::binary) << parsed.script << "----\n" << came;
    return true;
  }
  if (came == parsed.expected) return true;
  fmt::print("{}: something else came of it:\n{}", path, came);
  return false;
}

}  // namespace
}  // namespace vedette::collect::cloud

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const bool updates = !arguments.empty() && arguments.front() == "--update";
  int wrong = 0, cases = 0;
  for (const auto& path : arguments) {
    if (path == "--update") continue;
    ++cases;
    wrong += vedette::collect::cloud::check(path, updates) ? 0 : 1;
  }
  fmt::print("{} cases, {} wrong\n", cases, wrong);
  return wrong == 0 && cases > 0 ? 0 : 1;
}
