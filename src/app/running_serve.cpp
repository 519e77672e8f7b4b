#include "app/running_serve.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "net/curl_client.h"
#include "notify/channel_address.h"

namespace vedette::app {

std::optional<RunningServe> RunningServe::find(const DataLayout& data) {
  const auto port = notify::resolve_secret("file:" + data.port(), {});
  auto token = notify::resolve_secret("file:" + data.token(), {});
  if (!port || !base::parse_unsigned(port->reveal()) || !token || token->reveal().empty())
    return std::nullopt;
  auto client = net::CurlClient::create({});
  if (!client) return std::nullopt;
  return RunningServe(std::string(port->reveal()), *std::move(token), *std::move(client));
}

base::Result<ports::HttpResponse> RunningServe::ask(Question question) {
  ports::HttpRequest asked;
  asked.method = std::move(question.method);
  asked.url = base::Secret(fmt::format("http://127.0.0.1:{}{}", port_, question.path));
  asked.headers = {{"Authorization", "Bearer " + std::string(token_.reveal())},
                   {"Content-Type", "application/json"}};
  asked.body = std::move(question.body);
  asked.timeout_ms = question.timeout_ms;
  asked.response_bytes_max = question.answer_bytes_max;
  asked.stop = question.stop;
  return client_->send(asked);
}

}  // namespace vedette::app
