// The contracts of the ports, run on the bodies of this room.
#include <gtest/gtest.h>

#include <cassert>
#include <deque>
#include <mutex>

#include "contract/clock_contract.h"
#include "contract/external_data_contract.h"
#include "contract/http_client_contract.h"
#include "contract/mailer_contract.h"
#include "contract/random_contract.h"
#include "contract/resolver_contract.h"
#include "fakes/raw_server.h"
#include "net/curl_client.h"
#include "net/curl_mailer.h"
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

struct CurlMailWorld {
  CurlMailWorld() {
    net::CurlMailerSettings settings;
    settings.host = "127.0.0.1";
    settings.port = server_->port();
    settings.encryption = net::MailEncryption::none;
    mailer_ = *net::CurlMailer::create(settings);
  }
  ports::Mailer& mailer() { return *mailer_; }
  void refuse(std::string verb, const ports::MailReply& reply) {
    const std::lock_guard lock(mutex_);
    refused_verb_ = std::move(verb);
    refused_with_ = std::to_string(reply.code) + " " + reply.text;
  }
  void break_connection() { server_.reset(); }
  [[nodiscard]] std::vector<std::string> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

  // The answer to a command: what was asked for, once, or the usual one.
  std::string answer_to(const std::string& verb, const std::string& usual) {
    const std::lock_guard lock(mutex_);
    if (refused_verb_ != verb) return usual + "\r\n";
    refused_verb_.clear();
    return refused_with_ + "\r\n";
  }
  void serve(fakes::RawConnection& connection) {
    connection.write("220 here\r\n");
    for (std::string line = connection.read_until("\r\n"); line.ends_with("\r\n");
         line = connection.read_until("\r\n")) {
      const std::string verb = line.substr(0, 4);
      const bool is_data = verb == "DATA";
      connection.write(answer_to(verb, is_data ? "354 go on" : "250 ok"));
      if (!is_data) continue;
      std::string content = connection.read_until("\r\n.\r\n");
      content.resize(content.size() - 3);
      const std::string answer = answer_to("END", "250 ok");
      const std::lock_guard lock(mutex_);
      // A dot at a line's start was doubled on the way (RFC 5321 section 4.5.2).
      if (const auto dots = content.find("\n.."); dots != std::string::npos)
        content.erase(dots + 1, 1);
      if (answer.starts_with("250")) taken_.push_back(content);
      connection.write(answer);
    }
  }

  mutable std::mutex mutex_;
  std::string refused_verb_, refused_with_;
  std::vector<std::string> taken_;
  std::unique_ptr<fakes::RawServer> server_ = std::make_unique<fakes::RawServer>(
      [this](fakes::RawConnection& connection) { serve(connection); });
  std::unique_ptr<net::CurlMailer> mailer_;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Curl, MailerContract, CurlMailWorld);

}  // namespace
}  // namespace vedette::contract
