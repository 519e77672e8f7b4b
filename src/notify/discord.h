// Owns: messages to a Discord webhook: one embed an alert, edited in place while the alert lives.
// Promises: no mention can be sent, no markup from outside, at most the embed limits of Discord
// (title 256, description 4096, field 1024, all text together 6000).
// Source: Discord's webhook and message resources, its OpenAPI description (execute webhook).
// Must not know: queues, retries. Called from the channel's own thread.
#pragma once

#include "notify/channel.h"
#include "notify/url.h"

namespace vedette::notify {

class Discord : public Channel {
 public:
  // `address.url` was checked by parse_channel_address (asserted).
  Discord(const ChannelAddress& address, Templates templates);

  [[nodiscard]] const std::string& name() const override { return name_; }
  // Discord says in each answer how much it still takes; nothing is guessed here.
  [[nodiscard]] Pace pace() const override { return {}; }
  [[nodiscard]] ports::HttpRequest compose(const Message& message) const override;
  [[nodiscard]] Outcome read(const Message& message,
                             const ports::HttpResponse& response) const override;

 private:
  std::string name_;
  Templates templates_;
  base::Secret create_url_;  // with wait=true, so that the answer is the message
  base::Secret edit_base_;   // up to and with ".../messages/"
  std::string edit_query_;   // "?thread_id=...", or empty
};

}  // namespace vedette::notify
