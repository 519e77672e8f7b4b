// Owns: telling pages that are open that something changed (server-sent events), on a thread of its
// own. Promises: says that something changed and never what, so that nobody learns more than they
// may read; a change is told within about a second, many at once as one; streams are bounded in
// number and in age (the browser comes back, and is looked at again). Must not know: who listens.
// Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "net/http_receiver.h"
#include "ports/access_store.h"
#include "ports/clock.h"

namespace vedette::server {

class ChangeFeed {
 public:
  ChangeFeed(ports::AccessStore& store, ports::Clock& clock);
  ~ChangeFeed();
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  // Null: there are too many already.
  [[nodiscard]] std::shared_ptr<net::ReplyStream> subscribe();

 private:
  struct Listener {
    std::shared_ptr<net::ReplyStream> stream;
    base::Duration begun, told;
  };
  void run(const std::stop_token& stop);
  void tell(bool is_changed, std::int64_t version);

  ports::AccessStore& store_;
  ports::Clock& clock_;
  std::mutex mutex_;
  std::vector<Listener> listeners_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace vedette::server
