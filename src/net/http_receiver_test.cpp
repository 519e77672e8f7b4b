#include "net/http_receiver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "base/limits.h"

namespace vedette::net {
namespace {

const base::IpAddress loopback = *base::parse_ip("127.0.0.1");

// A client that writes exactly what a test says.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server has had enough
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  std::string read_until(std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && ::recv(socket_, &byte, 1, 0) == 1) text += byte;
    return text;
  }
  std::string read_all() { return read_until(std::string(4, '\0') + "never"); }

 private:
  int socket_;
};

std::unique_ptr<HttpReceiver> echo(std::atomic<int>& handled) {
  auto receiver = HttpReceiver::listen(loopback, 0, [&handled](const ReceivedRequest& request) {
    ++handled;
    return ReceiverReply{200, {{"X-Method", request.method}}, request.target + "|" + request.body};
  });
  EXPECT_TRUE(receiver);
  return *std::move(receiver);
}

TEST(HttpReceiver, KeepsAConnectionAndReadsBodiesOfBothKinds) {
  std::atomic<int> handled = 0;
  const auto receiver = echo(handled);
  RawClient client(receiver->port());
  client.write("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_NE(client.read_until("|abc").find("X-Method: POST"), std::string::npos);
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.read_until("/|").ends_with("/|"));
  client.write(
      "PUT /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_until("|abcde").ends_with("/chunks|abcde"));
  client.write("POST /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client.read_all().ends_with("/last|"));
  EXPECT_EQ(handled, 4);
}

TEST(HttpReceiver, TellsAWaitingClientToGoOn) {
  std::atomic<int> handled = 0;
  const auto receiver = echo(handled);
  RawClient client(receiver->port());
  client.write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));
  client.write("ok");
  EXPECT_TRUE(client.read_until("|ok").starts_with("HTTP/1.1 200"));
}

TEST(HttpReceiver, RefusesWhatBreaksABoundOrHttp) {
  std::atomic<int> handled = 0;
  const auto receiver = echo(handled);
  const std::string large = std::to_string(base::limits::http_body_bytes_max + 1);
  std::string chunks = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 20; ++i) chunks += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  const std::pair<std::string, std::string> cases[] = {
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + large + "\r\n\r\n", "413"},
      {chunks, "413"},
      {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "400"},
  };
  for (const auto& [request, status] : cases) {
    RawClient client(receiver->port());
    client.write(request);
    EXPECT_TRUE(client.read_until("\r\n").starts_with("HTTP/1.1 " + status))
        << request.substr(0, 60);
  }
  EXPECT_EQ(handled, 0);
}

TEST(HttpReceiver, MoreConnectionsThanItsBoundWaitTheirTurn) {
  std::atomic<int> handled = 0;
  const auto receiver = echo(handled);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (std::size_t i = 0; i < base::limits::http_connections_max; ++i) {
    idle.push_back(std::make_unique<RawClient>(receiver->port()));
    idle.back()->write("GET /");  // taken, and kept
  }
  RawClient late(receiver->port());
  late.write("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.clear();
  EXPECT_TRUE(late.read_until("/late|").ends_with("/late|"));
}

TEST(HttpReceiver, SendsRawBytesAndThenClosesOrStaysSilent) {
  const auto receiver = HttpReceiver::listen(loopback, 0, [](const ReceivedRequest& request) {
    ReceiverReply reply;
    reply.raw =
        RawReply{"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", request.target == "/silent"};
    return reply;
  });
  ASSERT_TRUE(receiver);
  RawClient closed((*receiver)->port());
  closed.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(closed.read_all().ends_with("\r\n\r\nhalf"));
  // What is silent is ended by our stop at the latest.
  RawClient silent((*receiver)->port());
  silent.write("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(silent.read_until("half").ends_with("half"));
  (*receiver)->stop();
  EXPECT_EQ(silent.read_all(), "");
}

TEST(HttpReceiver, StopsWhileConnectionsAreOpen) {
  std::atomic<int> handled = 0;
  const auto receiver = echo(handled);
  RawClient half(receiver->port());
  half.write("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  RawClient whole(receiver->port());
  whole.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  whole.read_until("/|");
  receiver->stop();
  EXPECT_EQ(whole.read_all(), "");
  receiver->stop();  // twice is once
}

TEST(HttpReceiver, SaysWhyItCannotListen) {
  std::atomic<int> handled = 0;
  const auto first = echo(handled);
  const auto second =
      HttpReceiver::listen(loopback, first->port(), [](const auto&) { return ReceiverReply{}; });
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("127.0.0.1 port " + std::to_string(first->port())),
            std::string::npos)
      << second.error().message;
}

TEST(HttpReceiver, TellsWhoMakesAnAnswerThatTheOtherSideIsGone) {
  std::promise<std::pair<std::stop_token, HttpReceiver::Answer>> asked;
  auto receiver = HttpReceiver::listen(
      loopback, 0,
      [&asked](const ReceivedRequest& request, HttpReceiver::Answer answer) {
        if (request.target == "/at-once") return answer({200, {}, "here"});
        asked.set_value({request.gone, std::move(answer)});
      },
      1000);
  ASSERT_TRUE(receiver);
  auto client = std::make_unique<RawClient>((*receiver)->port());
  client->write("GET /at-once HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client->read_until("here").ends_with("here"));
  client->write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto [gone, answer] = asked.get_future().get();
  EXPECT_FALSE(gone.stop_requested());
  std::promise<void> went;
  const std::stop_callback at_the_end(gone, [&went] { went.set_value(); });
  client.reset();
  went.get_future().wait();
  answer({200, {}, "for nobody"});
}

TEST(HttpReceiver, AnAnswerMayGoOnUntilEitherSideEndsIt) {
  std::atomic<int> asked = 0;
  std::array<std::shared_ptr<ReplyStream>, 2> streams{std::make_shared<ReplyStream>(),
                                                      std::make_shared<ReplyStream>()};
  auto receiver = *HttpReceiver::listen(loopback, 0, [&](const ReceivedRequest& request) {
    EXPECT_EQ(request.peer, "127.0.0.1");
    return ReceiverReply{200,
                         {{"Content-Type", "text/event-stream"}},
                         {},
                         {},
                         streams.at(static_cast<std::size_t>(asked++))};
  });
  RawClient reader(receiver->port());
  reader.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = reader.read_until("\r\n\r\n");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("text/event-stream"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  while (!streams[0]->is_attached()) std::this_thread::yield();
  EXPECT_TRUE(streams[0]->write("one\n"));
  EXPECT_TRUE(streams[0]->write("two\n"));
  EXPECT_EQ(reader.read_until("two\n"), "one\ntwo\n");
  streams[0]->close();
  EXPECT_EQ(reader.read_all(), "");
  EXPECT_FALSE(streams[0]->write("three"));
  {
    RawClient leaving(receiver->port());
    leaving.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    leaving.read_until("\r\n\r\n");
  }
  while (streams[1]->write("x")) std::this_thread::yield();  // until it is noticed
  receiver->stop();
}

// Who does not read is let go: what waits for one reader is bounded.
// A connection that ended on the answering thread took itself off the receiver's list, and accepted
// the next one, beside the receiver's own thread.
TEST(HttpReceiver, WhoKeepsTheAnswerDoesNotKeepTheConnection) {
  std::promise<HttpReceiver::Answer> asked;
  const auto receiver = HttpReceiver::listen(
      loopback, 0,
      [&](const ReceivedRequest&, const HttpReceiver::Answer& answer) { asked.set_value(answer); },
      base::limits::http_body_bytes_max);
  ASSERT_TRUE(receiver);
  const auto stream = std::make_shared<ReplyStream>();
  HttpReceiver::Answer kept;
  {
    RawClient client((*receiver)->port());
    client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    kept = asked.get_future().get();
    kept({200, {}, {}, {}, stream});
    EXPECT_NE(client.read_until("\r\n\r\n").find("200"), std::string::npos);
  }
  while (stream.use_count() > 1) std::this_thread::yield();  // the connection has it no more
  EXPECT_FALSE(stream->write("x"));
}

TEST(HttpReceiver, AReaderThatIsTooSlowIsCutOff) {
  const auto stream = std::make_shared<ReplyStream>();
  auto receiver = *HttpReceiver::listen(
      loopback, 0, [&](const ReceivedRequest&) { return ReceiverReply{200, {}, {}, {}, stream}; });
  RawClient reader(receiver->port());
  reader.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  reader.read_until("\r\n\r\n");
  while (!stream->is_attached()) std::this_thread::yield();
  while (stream->write(std::string(60'000, 'x'))) std::this_thread::yield();
  receiver->stop();
}

}  // namespace
}  // namespace vedette::net
