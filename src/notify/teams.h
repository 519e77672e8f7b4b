// Owns: messages to Microsoft Teams: an Adaptive Card to a Workflows webhook ("When a Teams webhook
// request is received") or to an incoming webhook of the older kind. Neither can edit, so an update
// is a new message that says it is one.
// Promises: a card stays under the 21 KB at which Teams was seen to refuse (28 KB documented); text
// from outside has no markup, no link and no mention. An answer of 200 that tells a failure in its
// text (the older kind's way) is read as that failure.
// Source: Microsoft's Adaptive Card schema 1.4 and the Teams documentation on webhooks.
// Must not know: queues, retries. Called from the channel's own thread.
#pragma once

#include "notify/channel.h"

namespace vedette::notify {

class Teams : public Channel {
 public:
  Teams(const ChannelAddress& address, Templates templates)
      : name_(address.shown), url_(address.url), templates_(std::move(templates)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  // "4 in 1 second"; over the hour it is 100, which the digest sees to.
  [[nodiscard]] Pace pace() const override { return {4, base::Duration::seconds(1)}; }
  [[nodiscard]] ports::HttpRequest compose(const Message& message) const override;
  [[nodiscard]] Outcome read(const Message& message,
                             const ports::HttpResponse& response) const override;

 private:
  std::string name_;
  base::Secret url_;
  Templates templates_;
};

}  // namespace vedette::notify
