// A service that answers as the test says and remembers what it was asked. Body of
// ports::HttpClient; contract in test/contract/http_client_contract.h. The client itself belongs to
// the code under test; the test keeps the FakeHttpService, from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ports/http_client.h"

namespace vedette::fakes {

class FakeHttpService {
 public:
  using Answer = base::Result<ports::HttpResponse>;
  using Headers = std::vector<std::pair<std::string, std::string>>;

  static Answer reply(int status, std::string body = "", Headers headers = {}) {
    ports::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    return response;
  }
  static Answer cut_off(std::string why = "connection refused") {
    return base::failure(base::ErrorCode::unavailable, std::move(why));
  }

  // The next answers, in order. When none is left, `set_default` (200 "ok") answers.
  void answer(Answer next) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(next));
  }
  void set_default(Answer answer) {
    const std::lock_guard lock(mutex_);
    default_ = std::move(answer);
  }
  // What answers when no script is left, in place of the default. Called by one thread at a time.
  void set_responder(std::function<Answer(const ports::HttpRequest& request)> responder) {
    const std::lock_guard lock(mutex_);
    responder_ = std::move(responder);
  }
  // Requests from now on get no answer until `release` (or until they are stopped).
  void hang() {
    const std::lock_guard lock(mutex_);
    hanging_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    hanging_ = false;
    changed_.notify_all();
  }

  // Waits until that many requests have come in all, and returns them.
  std::vector<ports::HttpRequest> wait_for_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return requests_.size() >= count; });
    return requests_;
  }
  [[nodiscard]] std::vector<ports::HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  Answer serve(const ports::HttpRequest& request) {
    std::unique_lock lock(mutex_);
    const auto url = request.url.reveal();
    if (!url.starts_with("http://") && !url.starts_with("https://"))
      return base::failure(base::ErrorCode::refused, "the address is not an http(s) URL");
    if (request.stop.stop_requested()) return base::failure(base::ErrorCode::cancelled, "stopped");
    requests_.push_back(request);
    changed_.notify_all();
    if (!changed_.wait(lock, request.stop, [this] { return !hanging_; }))
      return base::failure(base::ErrorCode::cancelled, "stopped");
    Answer answer = default_;
    if (!script_.empty()) {
      answer = std::move(script_.front());
      script_.pop_front();
    } else if (responder_) {
      answer = responder_(request);
    }
    if (answer) keep_promises(*answer, request.response_bytes_max);
    return answer;
  }

 private:
  // What the port promises of every body of it.
  static void keep_promises(ports::HttpResponse& response, std::size_t bytes_max) {
    for (auto& [name, value] : response.headers) name = base::to_lower_ascii(name);
    if (response.body.size() <= bytes_max) return;
    response.body.resize(bytes_max);
    response.body_truncated = true;
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Answer> script_;
  Answer default_ = reply(200, "ok");
  std::function<Answer(const ports::HttpRequest& request)> responder_;
  std::vector<ports::HttpRequest> requests_;
  bool hanging_ = false;
};

class FakeHttpClient : public ports::HttpClient {
 public:
  explicit FakeHttpClient(FakeHttpService& service) : service_(service) {}
  [[nodiscard]] base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    return service_.serve(request);
  }

 private:
  FakeHttpService& service_;
};

}  // namespace vedette::fakes
