#include "notify/http_sender.h"

#include "base/text.h"
#include "notify/chat_text.h"

namespace vedette::notify {

std::optional<Outcome> HttpSender::find(Message& message, const ports::Clock& clock,
                                        const std::stop_token& stop) {
  auto question = channel_->look_up(message);
  if (!question) return std::nullopt;
  question->stop = stop;
  const auto response = client_->send(*question);
  message.now = clock.now();
  if (response) return channel_->read_look_up(message, *response);
  if (response.error().code == base::ErrorCode::refused)
    return DestinationBroken{response.error().message};
  return TryAgain{std::nullopt, true, response.error().message};
}

Outcome HttpSender::send(Message message, const ports::Clock& clock, const std::stop_token& stop) {
  answer_.clear();
  if (message.maybe_delivered)
    if (auto found = find(message, clock, stop)) return *std::move(found);
  ports::HttpRequest request = channel_->compose(message);
  request.stop = stop;
  const auto response = client_->send(request);
  message.now = clock.now();
  if (response) {
    const auto said = base::trim(response->body);
    answer_ = std::to_string(response->status) +
              (said.empty() ? ", and no more" : ": " + visible_text(said, 300));
    return channel_->read(message, *response);
  }
  if (response.error().code == base::ErrorCode::refused)
    return DestinationBroken{response.error().message};
  return TryAgain{std::nullopt, true, response.error().message};
}

}  // namespace vedette::notify
