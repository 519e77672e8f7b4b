#include "app/crash_point.h"

#if VEDETTE_TEST_HOOKS
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "app/environment.h"
#include "base/text.h"
#endif

namespace vedette::app {

#if VEDETTE_TEST_HOOKS

void crash_point(std::string_view name) {
  static const std::string wanted = environment_variable("VEDETTE_CRASH_AT").value_or("");
  static const std::size_t colon = wanted.find(':');
  static const std::uint64_t nth =
      colon == std::string::npos ? 1 : base::parse_unsigned(wanted.substr(colon + 1)).value_or(1);
  static std::atomic<std::uint64_t> times = 0;
  if (std::string_view(wanted).substr(0, colon) != name) return;
  if (++times == nth) ::kill(::getpid(), SIGKILL);
}

namespace {

class Dying : public ports::HttpClient {
 public:
  explicit Dying(std::unique_ptr<ports::HttpClient> client) : client_(std::move(client)) {}
  base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    crash_point("before_send");
    auto response = client_->send(request);
    crash_point("after_send");
    return response;
  }

 private:
  const std::unique_ptr<ports::HttpClient> client_;
};

}  // namespace

std::unique_ptr<ports::HttpClient> with_crash_points(std::unique_ptr<ports::HttpClient> client) {
  return std::make_unique<Dying>(std::move(client));
}

#else

void crash_point(std::string_view name) {
  static_cast<void>(name);
}

std::unique_ptr<ports::HttpClient> with_crash_points(std::unique_ptr<ports::HttpClient> client) {
  return client;
}

#endif

}  // namespace vedette::app
