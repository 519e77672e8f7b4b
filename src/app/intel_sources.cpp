#include "app/intel_sources.h"

#include "app/cloud_story.h"
#include "base/json.h"
#include "server/reply.h"

namespace vedette::app {
namespace {

using collect::cloud::FeedStatus;

void time_member(base::JsonWriter& out, std::string_view name, base::Timestamp time) {
  if (time.is_set()) out.member(name, base::format_iso(time));
}

void write_feed(base::JsonWriter& out, const FeedStatus& feed, base::Timestamp now) {
  out.member("title", feed.title).member("state", feed.state);
  time_member(out, "last_success", feed.last_pull.ended);
  time_member(out, "read_until", feed.read_until);
  if (feed.read_until.is_set()) out.key("lag_s").number((now - feed.read_until).whole_seconds());
  out.key("pulls").number(feed.pulls).key("failures").number(feed.failures);
  out.key("fetched").number(feed.records).key("fresh").number(feed.fresh);
  if (feed.back_fill.is_wanted) out.member("behind", describe_back_fill(feed.back_fill));
  if (feed.trouble.empty()) return;
  out.member("trouble", feed.trouble);
  if (!feed.remedy.empty()) out.member("remedy", feed.remedy);
  time_member(out, "trouble_since", feed.trouble_since);
}

void write_tally(base::JsonWriter& out, const IntelDesk::Tally& tally) {
  out.key("taken").number(tally.taken).key("withdrawn").number(tally.withdrawn);
  out.key("refused").begin_object();
  for (const auto& [reason, times] : tally.refusals.by_reason()) out.key(reason).number(times);
  out.end_object();
}

std::string write_sources(const IntelSourceRooms& rooms, std::uint64_t position) {
  const base::Timestamp now = rooms.clock.now();
  auto tallies = rooms.tallies();
  base::JsonWriter out;
  out.begin_object().member("now", base::format_iso(now)).key("position").number(position);
  out.key("sources").begin_array();
  for (const FeedStatus& feed : rooms.feeds()) {
    if (!gives_indicators(feed.source) && !takes_indicators(feed.source)) continue;
    out.begin_object().member("source", feed.source);
    write_feed(out, feed, now);
    const auto tally = tallies.extract(feed.source);
    write_tally(out, tally ? tally.mapped() : IntelDesk::Tally{});
    out.end_object();
  }
  // What is not pulled, but sent to us.
  for (const auto& [source, tally] : tallies) {
    out.begin_object().member("source", source);
    write_tally(out, tally);
    out.end_object();
  }
  out.end_array().key("warning_lists").begin_array();
  for (const auto& [list, times] : rooms.passed_over())
    out.begin_object().member("list", list).key("passed_over").number(times).end_object();
  out.end_array().end_object();
  return out.take() + "\n";
}

net::ReceiverReply answer_forecast(const IntelSourceRooms& rooms, const std::stop_token& gone) {
  const auto forecasts = rooms.forecast(gone);
  if (!forecasts) return server::failure_reply(503, forecasts.error().message);
  base::JsonWriter out;
  out.begin_object().key("pushes").begin_array();
  for (const auto& [source, forecast] : *forecasts) {
    out.begin_object().member("push", source).key("looked_at").number(forecast.looked_at);
    out.key("new").number(forecast.fresh).key("changed").number(forecast.changed);
    out.key("withdrawn").number(forecast.withdrawn).key("whole").boolean(forecast.is_whole);
    out.end_object();
  }
  out.end_array().end_object();
  return server::reply(200, out.take() + "\n");
}

}  // namespace

bool gives_indicators(std::string_view source) {
  return source.starts_with("misp:") || source.starts_with("feed:") || source.starts_with("taxii:");
}

bool takes_indicators(std::string_view source) {
  return source.starts_with("push:") || source.starts_with("sightings:");
}

net::ReceiverReply answer_intel(const net::ReceivedRequest& request,
                                const IntelSourceRooms& rooms) {
  const bool is_of_pushes = request.target == intel_push_path;
  if (request.method == "POST") {
    base::JsonWriter out;
    out.begin_object().member("now", base::format_iso(rooms.clock.now())).end_object();
    is_of_pushes ? rooms.push_now() : rooms.pull_now();
    return server::reply(200, out.take() + "\n");
  }
  if (request.method != "GET") return server::failure_reply(405, "only GET and POST");
  if (is_of_pushes) return answer_forecast(rooms, request.gone);
  const auto position = rooms.journal_position();
  if (!position) return server::failure_reply(503, position.error().message);
  return server::reply(200, write_sources(rooms, *position));
}

}  // namespace vedette::app
