// Owns: how the sources of indicators are, from a running `serve` to `vedette intel`: last success,
// how far behind, what came and what was refused, what is wrong and what to do; and the word to
// pull or push now. Promises: whoever asked for a pull can tell when it is done and when events are
// held against what came. Must not know: sources, how people see it. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/intel_desk.h"
#include "base/result.h"
#include "collect/cloud/feed.h"
#include "collect/cloud/indicator_push.h"
#include "net/http_receiver.h"
#include "ports/clock.h"

namespace vedette::app {

inline constexpr std::string_view intel_path = "/api/intel/";
inline constexpr std::string_view intel_push_path = "/api/intel/push";

struct IntelSourceRooms {
  const ports::Clock& clock;
  std::function<std::vector<collect::cloud::FeedStatus>()> feeds;  // of all services
  std::function<std::map<std::string, IntelDesk::Tally>()> tallies;
  std::function<IntelDesk::PassedOver()> passed_over;  // by warning lists
  std::function<void()> pull_now;
  std::function<base::Result<std::uint64_t>()> journal_position;
  std::function<void()> push_now;
  std::function<base::Result<std::vector<std::pair<std::string, collect::cloud::PushForecast>>>(
      const std::stop_token& stop)>
      forecast;
};

// Whether a feed's source gives indicators, or is a push that sends them.
[[nodiscard]] bool gives_indicators(std::string_view source);
[[nodiscard]] bool takes_indicators(std::string_view source);
// GET: {"now", "position", "sources": [...], "warning_lists": [...]}; POST: pull, and {"now"}. Of
// intel_push_path, GET:
// {"pushes": [...]}, what they would send; POST: push, and {"now"}.
[[nodiscard]] net::ReceiverReply answer_intel(const net::ReceivedRequest& request,
                                              const IntelSourceRooms& rooms);

}  // namespace vedette::app
