// Delivery with nothing faked: dispatcher, libcurl, sockets and the HTTP receiver in one process,
// on the machine's clock.
#include <gtest/gtest.h>

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/json.h"
#include "fakes/sample_alert.h"
#include "net/curl_client.h"
#include "net/http_receiver.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "notify/dispatcher.h"
#include "notify/signature.h"

namespace vedette {
namespace {

using base::Duration;
using model::AlertChange;
using net::ReceivedRequest;
using net::ReceiverReply;

constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// A chat service on loopback that answers what it is told and notes when each request arrived.
class ChatService {
 public:
  explicit ChatService(ports::Clock& clock) : clock_(clock) {
    receiver_ = *net::HttpReceiver::listen(
        *base::parse_ip("127.0.0.1"), 0,
        [this](const ReceivedRequest& request) { return serve(request); });
  }
  void answer(ReceiverReply reply) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(reply));
  }
  std::vector<ReceivedRequest> wait_for_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return requests_.size() >= count; });
    return requests_;
  }
  std::vector<Duration> arrivals() {
    const std::lock_guard lock(mutex_);
    return arrivals_;
  }
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(receiver_->port()) + path;
  }

 private:
  ReceiverReply serve(const ReceivedRequest& request) {
    const std::lock_guard lock(mutex_);
    arrivals_.push_back(clock_.monotonic());
    requests_.push_back(request);
    arrived_.notify_all();
    if (answers_.empty()) return {200, {}, R"({"id":"9001"})"};
    ReceiverReply reply = std::move(answers_.front());
    answers_.pop_front();
    return reply;
  }

  ports::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<ReceivedRequest> requests_;
  std::vector<Duration> arrivals_;
  std::deque<ReceiverReply> answers_;
  std::unique_ptr<net::HttpReceiver> receiver_;  // last: its thread uses the rest
};

class Delivery : public testing::Test {
 protected:
  void add(const std::string& url, const std::string& signing_secret = "") {
    const auto address =
        notify::parse_channel_address(url, [](const auto&) { return std::nullopt; });
    ASSERT_TRUE(address) << address.error().message;
    dispatcher_.add(*notify::make_channel(*address, {base::Secret(signing_secret)}),
                    *net::CurlClient::create({}));
  }

  net::SystemClock clock_;
  net::SystemRandom random_;
  ChatService service_{clock_};
  notify::Dispatcher dispatcher_{{clock_, random_, [](const std::string&) {}}};
};

TEST_F(Delivery, DiscordGetsOneMessageThatIsEdited) {
  add(service_.url("/api/webhooks/1/token"));
  service_.answer({429,
                   {{"Retry-After", "1"}},
                   R"({"message":"slow down","retry_after":0.05,"global":false})"});
  const auto alert = fakes::sample_alert();
  dispatcher_.submit(AlertChange::opened, alert);
  service_.wait_for_requests(2);
  dispatcher_.submit(AlertChange::closed, alert);
  const auto requests = service_.wait_for_requests(3);
  EXPECT_EQ(requests[0].target, "/api/webhooks/1/token?wait=true");
  EXPECT_EQ(requests[1].target, "/api/webhooks/1/token?wait=true");
  EXPECT_EQ(requests[2].method, "PATCH");
  EXPECT_EQ(requests[2].target, "/api/webhooks/1/token/messages/9001");
  const auto arrivals = service_.arrivals();
  EXPECT_GE(arrivals[1], arrivals[0] + Duration::milliseconds(50));
  const auto left = dispatcher_.drain(Duration::seconds(10));
  EXPECT_EQ(left[0].sent, 2U);
  EXPECT_EQ(left[0].waiting, 0U);
}

TEST_F(Delivery, TheReceiverCanVerifyTheSignature) {
  add(service_.url("/hook"), secret);
  dispatcher_.submit(AlertChange::opened, fakes::sample_alert());
  const auto request = service_.wait_for_requests(1)[0];
  const auto key = notify::signing_key(base::Secret(secret));
  const std::int64_t timestamp_s = std::stoll(*request.header("webhook-timestamp"));
  EXPECT_NEAR(timestamp_s, clock_.now().unix_seconds(), 60);
  EXPECT_EQ(*request.header("webhook-signature"),
            notify::sign_webhook(*key, *request.header("webhook-id"), timestamp_s, request.body));
  EXPECT_TRUE(base::parse_json(request.body));
}

// From submit to the request's arrival. The bar for the whole path is a median of 50 ms.
TEST_F(Delivery, IsQuick) {
  add(service_.url("/hook"), secret);
  constexpr std::size_t messages = 200;
  std::vector<Duration> waits;
  for (std::size_t i = 0; i < messages; ++i) {
    const Duration before = clock_.monotonic();
    dispatcher_.submit(AlertChange::opened, fakes::sample_alert(i));
    service_.wait_for_requests(i + 1);
    waits.push_back({service_.arrivals()[i].ticks - before.ticks});
  }
  std::sort(waits.begin(), waits.end());
  RecordProperty("median_us", std::to_string(waits[messages / 2].ticks / 10));
  RecordProperty("p99_us", std::to_string(waits[messages * 99 / 100].ticks / 10));
  EXPECT_LT(waits[messages / 2], Duration::milliseconds(50));
}

TEST_F(Delivery, AShutdownDoesNotWaitForASilentService) {
  net::SystemClock clock;
  std::mutex silence;
  std::unique_lock held(silence);  // the handler stands still until the test lets go
  std::condition_variable asked;
  std::mutex mutex;
  bool was_asked = false;
  const auto silent =
      *net::HttpReceiver::listen(*base::parse_ip("127.0.0.1"), 0, [&](const ReceivedRequest&) {
        {
          const std::lock_guard lock(mutex);
          was_asked = true;
          asked.notify_all();
        }
        const std::lock_guard wait(silence);
        return ReceiverReply{};
      });
  add("http://127.0.0.1:" + std::to_string(silent->port()) + "/hook");
  dispatcher_.submit(AlertChange::opened, fakes::sample_alert());
  {
    std::unique_lock lock(mutex);
    asked.wait(lock, [&] { return was_asked; });
  }
  const Duration before = clock.monotonic();
  const auto left = dispatcher_.drain(Duration::milliseconds(100));
  EXPECT_LT(clock.monotonic(), before + Duration::seconds(8))
      << "shorter than the request's own deadline";
  EXPECT_EQ(left[0].waiting, 1U);
  held.unlock();
}

}  // namespace
}  // namespace vedette
