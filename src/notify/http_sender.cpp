#include "notify/http_sender.h"

namespace vedette::notify {

Outcome HttpSender::send(Message message, const ports::Clock& clock, const std::stop_token& stop) {
  ports::HttpRequest request = channel_->compose(message);
  request.stop = stop;
  const auto response = client_->send(request);
  message.now = clock.now();
  if (response) return channel_->read(message, *response);
  if (response.error().code == base::ErrorCode::refused)
    return DestinationBroken{response.error().message};
  return TryAgain{std::nullopt, true, response.error().message};
}

}  // namespace vedette::notify
