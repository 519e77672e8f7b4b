// Owns: what the page behind a message's link needs: the key of the links, who may use one, and how
// often. Promises: made-up links are counted by who sends them, real ones by themselves, so that
// nobody keeps another's link from working; what is counted is bounded and forgotten within a
// minute. Must not know: pages, incidents. Any thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/secret.h"
#include "base/time.h"

namespace vedette::server {

class AcknowledgeDoor {
 public:
  // `recipients`: who gets a channel's messages, for people.
  AcknowledgeDoor(base::Secret key, bool needs_log_in,
                  std::function<std::string(const std::string& channel)> recipients)
      : key_(std::move(key)), needs_log_in_(needs_log_in), recipients_(std::move(recipients)) {}

  [[nodiscard]] const base::Secret& key() const { return key_; }
  [[nodiscard]] bool needs_log_in() const { return needs_log_in_; }
  [[nodiscard]] std::string recipients_of(const std::string& channel) const {
    return recipients_(channel);
  }
  // Whether one more of `what` is looked at; `now` is steady.
  [[nodiscard]] bool lets_in(const std::string& what, base::Duration now);

 private:
  const base::Secret key_;
  const bool needs_log_in_;
  const std::function<std::string(const std::string& channel)> recipients_;
  std::mutex mutex_;
  std::map<std::string, int> seen_;  // since begun_
  base::Duration begun_;
};

}  // namespace vedette::server
