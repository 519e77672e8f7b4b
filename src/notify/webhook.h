// Owns: messages to a generic webhook: the JSON shape of model::append_json with its "change", or
// the user's own template (webhook.json).
// Promises: signed by the Standard Webhooks specification when there is a secret; `webhook-id` is
// the message's key, or depends on its content alone where it has none, so it is the same when a
// message is tried again, also by a restarted process: a receiver that remembers ids sees each
// message once. Must not know: queues,
// retries. Called from the channel's own thread.
#pragma once

#include "notify/channel.h"

namespace vedette::notify {

class Webhook : public Channel {
 public:
  // An empty secret: unsigned.
  [[nodiscard]] static base::Result<std::unique_ptr<Channel>> create(
      const ChannelAddress& address, const base::Secret& signing_secret, Templates templates);
  // `key` as signing_key gives it, or empty.
  Webhook(const ChannelAddress& address, base::Secret key, Templates templates)
      : name_(address.shown),
        url_(address.url),
        key_(std::move(key)),
        templates_(std::move(templates)) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Pace pace() const override { return {}; }
  [[nodiscard]] ports::HttpRequest compose(const Message& message) const override;
  [[nodiscard]] Outcome read(const Message& message,
                             const ports::HttpResponse& response) const override;

  // "vedette_<alert>_<change>_<hash of what changed>".
  [[nodiscard]] static std::string message_id(model::AlertChange change, const model::Alert& alert);

 private:
  [[nodiscard]] std::string body_of(const Message& message) const;

  std::string name_;
  base::Secret url_, key_;
  Templates templates_;
};

}  // namespace vedette::notify
