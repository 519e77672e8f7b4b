// The contracts of the ports, run on the bodies of this room.
#include <gtest/gtest.h>

#include <cassert>
#include <deque>
#include <mutex>

#include "contract/clock_contract.h"
#include "contract/external_data_contract.h"
#include "contract/http_client_contract.h"
#include "contract/random_contract.h"
#include "contract/resolver_contract.h"
#include "net/curl_client.h"
#include "net/external_reader.h"
#include "net/http_receiver.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "net/system_resolver.h"

namespace vedette::contract {
namespace {

struct SystemClockWorld {
  ports::Clock& clock() { return clock_; }
  net::SystemClock clock_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(System, ClockContract, SystemClockWorld);

struct ScaledClockWorld {
  ports::Clock& clock() { return clock_; }
  net::ScaledClock clock_{*base::parse_iso("2026-06-01T08:00:00Z"), 50};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Scaled, ClockContract, ScaledClockWorld);

struct SystemRandomWorld {
  ports::Random& random() { return random_; }
  net::SystemRandom random_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(System, RandomContract, SystemRandomWorld);

struct ReaderWorld {
  ports::ExternalData& external() { return reader_; }
  [[nodiscard]] std::string there() const { return origin_ + "/rows.csv"; }
  [[nodiscard]] std::string nothing() const { return origin_ + "/none"; }
  static std::string forbidden() { return "https://other.example.org/rows.csv"; }

  std::unique_ptr<net::HttpReceiver> receiver_ = *net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), 0, [](const net::ReceivedRequest& asked) {
        return asked.target == "/rows.csv" ? net::ReceiverReply{200, {}, "a,b\n"}
                                           : net::ReceiverReply{404, {}, "no"};
      });
  std::string origin_ = "http://127.0.0.1:" + std::to_string(receiver_->port());
  net::ExternalReader reader_{*net::ExternalReader::parse_hosts({origin_})};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Reader, ExternalDataContract, ReaderWorld);

struct SystemResolverWorld {
  ports::Resolver& resolver() { return resolver_; }
  // No name server is asked for a name that cannot exist, so this needs no network.
  static std::string unknown_name() { return "an-empty-label..invalid"; }
  net::SystemResolver resolver_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(System, ResolverContract, SystemResolverWorld);

struct CurlWorld {
  CurlWorld() {
    auto listening = net::HttpReceiver::listen(
        *base::parse_ip("127.0.0.1"), 0, [this](const auto& request) { return serve(request); });
    assert(listening);
    receiver_ = *std::move(listening);
    port_ = receiver_->port();
    client_ = *net::CurlClient::create({});
  }
  ports::HttpClient& client() { return *client_; }
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  void answer(int status, std::string body,
              std::vector<std::pair<std::string, std::string>> headers) {
    const std::lock_guard lock(mutex_);
    answers_.push_back({status, std::move(headers), std::move(body)});
  }
  void break_connection() { receiver_->stop(); }
  [[nodiscard]] std::vector<SeenRequest> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  net::ReceiverReply serve(const net::ReceivedRequest& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back({request.method, request.target, request.headers, request.body});
    if (answers_.empty()) return {};
    net::ReceiverReply reply = std::move(answers_.front());
    answers_.pop_front();
    return reply;
  }

  mutable std::mutex mutex_;
  std::deque<net::ReceiverReply> answers_;
  std::vector<SeenRequest> seen_;
  std::unique_ptr<net::HttpReceiver> receiver_;
  std::uint16_t port_ = 0;
  std::unique_ptr<net::CurlClient> client_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Curl, HttpClientContract, CurlWorld);

}  // namespace
}  // namespace vedette::contract
