// Owns: messages to a Slack incoming webhook. Such a webhook cannot edit, so an update is a new
// message that says it is one. Promises: text from outside stands only in plain_text objects (no
// mrkdwn, no emoji, no links) and in the fallback text without any formatting character; the limits
// of Block Kit are kept. Source: Slack's incoming webhooks and Block Kit reference. Must not know:
// queues, retries. Called from the channel's own thread.
#pragma once

#include "notify/channel.h"

namespace vedette::notify {

class Slack : public Channel {
 public:
  Slack(const ChannelAddress& address, Templates templates)
      : name_(address.shown), url_(address.url), templates_(std::move(templates)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  // "One message per second per webhook, short bursts allowed."
  [[nodiscard]] Pace pace() const override { return {3, base::Duration::seconds(1)}; }
  [[nodiscard]] ports::HttpRequest compose(const Message& message) const override;
  [[nodiscard]] Outcome read(const Message& message,
                             const ports::HttpResponse& response) const override;

 private:
  std::string name_;
  base::Secret url_;
  Templates templates_;
};

}  // namespace vedette::notify
