#include "server/change_feed.h"

#include <algorithm>
#include <string>

namespace vedette::server {
namespace {

using base::Duration;

constexpr std::size_t listeners_max = 24;
constexpr Duration look_interval = Duration::seconds(1);
// Something is said this often, so that both sides notice when the other is gone.
constexpr Duration silence_max = Duration::seconds(15);
constexpr Duration age_max = Duration::minutes(5);

}  // namespace

ChangeFeed::ChangeFeed(ports::AccessStore& store, ports::Clock& clock)
    : store_(store), clock_(clock), thread_([this](const std::stop_token& stop) { run(stop); }) {}

ChangeFeed::~ChangeFeed() {
  thread_.request_stop();
  thread_.join();
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) listener.stream->close();
}

std::shared_ptr<net::ReplyStream> ChangeFeed::subscribe() {
  const std::lock_guard lock(mutex_);
  if (listeners_.size() >= listeners_max) return nullptr;
  const Duration now = clock_.monotonic();
  listeners_.push_back({std::make_shared<net::ReplyStream>(), now, now - silence_max});
  return listeners_.back().stream;
}

void ChangeFeed::run(const std::stop_token& stop) {
  std::int64_t known = store_.state_version().value_or(0);
  while (clock_.sleep(look_interval, stop)) {
    const std::int64_t version = store_.state_version().value_or(known);
    tell(version != known, version);
    known = version;
  }
}

void ChangeFeed::tell(bool is_changed, std::int64_t version) {
  const std::string event = "event: change\nid: " + std::to_string(version) +
                            "\ndata: {\"kind\":\"state\",\"version\":" + std::to_string(version) +
                            "}\n\n";
  const Duration now = clock_.monotonic();
  const std::lock_guard lock(mutex_);
  std::erase_if(listeners_, [&](Listener& listener) {
    if (now - listener.begun > age_max) listener.stream->close();
    if (!is_changed && now - listener.told < silence_max) return false;
    listener.told = now;
    return !listener.stream->write(is_changed ? event : ": still here\n\n");
  });
}

}  // namespace vedette::server
