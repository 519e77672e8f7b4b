// Owns: what a channel's worker needs of a destination: a message goes out, and what became of it.
// Bodies: http_sender.h (chats, webhooks), mail_sender.h. Must not know: queues, retries. Called
// from the worker's own thread.
#pragma once

#include <stop_token>
#include <string>

#include "notify/channel.h"
#include "ports/clock.h"

namespace vedette::notify {

class Sender {
 public:
  virtual ~Sender() = default;
  // Safe to show.
  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual Pace pace() const = 0;
  // The id in an answer is that of the incident's ticket, not of one alert's message.
  [[nodiscard]] virtual bool names_incidents() const { return false; }
  // What was answered to the last message, in words that are safe to show; empty: nothing came.
  [[nodiscard]] virtual std::string last_answer() const { return {}; }
  // A stop ends the exchange.
  [[nodiscard]] virtual Outcome send(Message message, const ports::Clock& clock,
                                     const std::stop_token& stop) = 0;
};

}  // namespace vedette::notify
