#include "collect/syslog_tcp_door.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "fakes/fake_clock.h"
#include "model/sent_messages.h"

namespace vedette::collect {
namespace {

using base::Duration;

// A sender on this machine.
class Sender {
 public:
  explicit Sender(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected =
        ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  void send(std::string_view text) {
    ASSERT_EQ(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // How much goes into the sockets' buffers before the other side has to read.
  std::size_t send_until_it_has_to_wait(std::string_view text) {
    std::size_t sent = 0;
    while (true) {
      const ssize_t went =
          ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (went < 0) return sent;
      sent += static_cast<std::size_t>(went);
      text = text.substr(static_cast<std::size_t>(went) % text.size());
    }
  }
  void hang_up() { socket_.reset(); }
  // The other side has ended the connection; waits for it.
  bool was_ended() {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, 0) <= 0;
  }

  bool is_connected = false;

 private:
  FileDescriptor socket_;
};

class SyslogTcpDoorTest : public testing::Test {
 protected:
  void open() {
    settings.name = "door";
    settings.address = *base::parse_ip("127.0.0.1");
    auto opened = SyslogTcpDoor::listen(settings, std::make_unique<PlainStreams>(), clock);
    ASSERT_TRUE(opened) << opened.error().message;
    door = std::move(*opened);
  }
  // Reads on until that many messages have come.
  std::vector<std::string> take(std::size_t count) {
    std::vector<std::string> taken;
    for (int looks = 0; taken.size() < count && looks < 2'000; ++looks) look(taken);
    return taken;
  }
  void look(std::vector<std::string>& taken) {
    const auto payload = door->next(Duration::milliseconds(5), {});
    ASSERT_TRUE(payload);
    model::SentMessages messages(*payload);
    model::SentMessage message;
    while (messages.next(message)) {
      EXPECT_EQ(message.sender, "127.0.0.1");
      taken.emplace_back(message.text);
    }
    EXPECT_EQ(messages.broken(), "");
  }

  fakes::FakeClock clock;
  SyslogTcpSettings settings;
  std::unique_ptr<SyslogTcpDoor> door;
};

TEST_F(SyslogTcpDoorTest, TakesMessagesOfManyConnections) {
  open();
  Sender one(door->port()), other(door->port());
  one.send("<13>a\n5 <13>b");
  other.send("<14>un");
  EXPECT_EQ(take(2), (std::vector<std::string>{"<13>a", "<13>b"}));
  other.send("finished\n<15>its line end is missing");
  other.hang_up();
  EXPECT_EQ(take(2), (std::vector<std::string>{"<14>unfinished", "<15>its line end is missing"}));
  one.hang_up();
  std::vector<std::string> taken;
  while (door->counts().connections > 0) look(taken);
  EXPECT_EQ(door->counts().messages, 4U);
  EXPECT_TRUE(door->take_notices().empty());
}

// What nobody takes stays with the sender: nothing is lost, nothing is kept here.
TEST_F(SyslogTcpDoorTest, WhoDoesNotReadMakesTheSenderWait) {
  open();
  Sender sender(door->port());
  const std::string line = "<13>" + std::string(995, 'x') + "\n";
  std::vector<std::string> taken;
  look(taken);  // lets it in
  const std::size_t sent = sender.send_until_it_has_to_wait(line);
  EXPECT_LT(sent, 64U << 20);
  taken = take(sent / line.size());
  EXPECT_EQ(taken.size(), sent / line.size());
  EXPECT_EQ(taken.back().size(), 999U);
}

TEST_F(SyslogTcpDoorTest, OnlyThoseWhoMay) {
  settings.senders = {*base::parse_network("10.0.0.0/8")};
  open();
  Sender sender(door->port());
  std::vector<std::string> taken;
  while (door->counts().refused == 0) look(taken);
  EXPECT_TRUE(sender.was_ended());
  const auto notices = door->take_notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].text.find("127.0.0.1"), std::string::npos);
}

TEST_F(SyslogTcpDoorTest, OverTheBoundNewOnesWait) {
  settings.connections_max = 2;
  open();
  Sender first(door->port()), second(door->port()), third(door->port());
  first.send("<13>1\n");
  second.send("<13>2\n");
  third.send("<13>3\n");
  EXPECT_EQ(take(2), (std::vector<std::string>{"<13>1", "<13>2"}));
  std::vector<std::string> taken;
  for (int i = 0; i < 5; ++i) look(taken);
  EXPECT_TRUE(taken.empty());
  EXPECT_EQ(door->counts().connections, 2U);
  first.hang_up();
  EXPECT_EQ(take(1), std::vector<std::string>{"<13>3"});
}

TEST_F(SyslogTcpDoorTest, OneAddressHasItsShare) {
  settings.connections_max = 40;
  open();
  std::vector<std::unique_ptr<Sender>> senders;
  for (int i = 0; i < 12; ++i) senders.push_back(std::make_unique<Sender>(door->port()));
  std::vector<std::string> taken;
  while (door->counts().refused < 2) look(taken);
  EXPECT_EQ(door->counts().connections, 10U);
  EXPECT_EQ(door->take_notices().size(), 1U);  // not one for each
}

TEST_F(SyslogTcpDoorTest, AMessageMustEndAndAnIdleConnectionToo) {
  open();
  Sender slow(door->port()), idle(door->port());
  slow.send("<13>half");
  idle.send("<13>whole\n");
  EXPECT_EQ(take(1), std::vector<std::string>{"<13>whole"});
  clock.advance(Duration::seconds(61));
  EXPECT_EQ(take(1), std::vector<std::string>{"<13>half"});
  EXPECT_TRUE(slow.was_ended());
  EXPECT_EQ(door->take_notices().size(), 1U);
  clock.advance(Duration::hours(1));
  std::vector<std::string> taken;
  while (door->counts().connections > 0) look(taken);
  EXPECT_TRUE(idle.was_ended());
  EXPECT_TRUE(door->take_notices().empty());
}

TEST_F(SyslogTcpDoorTest, WhatWasSentBeforeItClosedIsGiven) {
  open();
  Sender sender(door->port());
  sender.send("<13>a\n");
  std::vector<std::string> taken;
  while (door->counts().connections == 0) look(taken);
  sender.send("<13>b\n");
  door->close();
  for (int looks = 0; taken.size() < 2 && looks < 2'000; ++looks) look(taken);
  EXPECT_EQ(taken, (std::vector<std::string>{"<13>a", "<13>b"}));
  EXPECT_FALSE(Sender(door->port()).is_connected);
}

TEST_F(SyslogTcpDoorTest, APortThatIsTakenIsSaid) {
  open();
  settings.port = door->port();
  const auto second = SyslogTcpDoor::listen(settings, std::make_unique<PlainStreams>(), clock);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("127.0.0.1 port"), std::string::npos);
}

}  // namespace
}  // namespace vedette::collect
