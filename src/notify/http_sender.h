// Owns: a channel and the client that carries what it composes. Promises: those of sender.h. Must
// not know: which service it is. One thread.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "notify/sender.h"
#include "ports/http_client.h"

namespace vedette::notify {

class HttpSender : public Sender {
 public:
  HttpSender(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client)
      : channel_(std::move(channel)), client_(std::move(client)) {}

  [[nodiscard]] const std::string& name() const override { return channel_->name(); }
  [[nodiscard]] Pace pace() const override { return channel_->pace(); }
  [[nodiscard]] bool names_incidents() const override { return channel_->names_incidents(); }
  [[nodiscard]] std::string last_answer() const override { return answer_; }
  Outcome send(Message message, const ports::Clock& clock, const std::stop_token& stop) override;

 private:
  // What became of an earlier attempt; empty: it did not arrive, so the message is to be sent.
  [[nodiscard]] std::optional<Outcome> find(Message& message, const ports::Clock& clock,
                                            const std::stop_token& stop);

  const std::unique_ptr<Channel> channel_;
  const std::unique_ptr<ports::HttpClient> client_;
  std::string answer_;
};

}  // namespace vedette::notify
