#include "collect/syslog_udp_door.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "fakes/fake_clock.h"
#include "model/sent_messages.h"

namespace vedette::collect {
namespace {

using base::Duration;

class SyslogUdpDoorTest : public testing::Test {
 protected:
  void open() {
    settings.name = "door";
    settings.address = *base::parse_ip("127.0.0.1");
    auto opened = SyslogUdpDoor::listen(settings, clock);
    ASSERT_TRUE(opened) << opened.error().message;
    door = std::move(*opened);
    sender = FileDescriptor(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(door->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(sender.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void send(std::string_view text) {
    ASSERT_EQ(::send(sender.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  void look(std::vector<model::SentMessage>& taken) {
    const auto payload = door->next(Duration::milliseconds(20), {});
    ASSERT_TRUE(payload);
    kept.push_back(*payload);
    model::SentMessages messages(kept.back());
    model::SentMessage message;
    while (messages.next(message)) taken.push_back(message);
    EXPECT_EQ(messages.broken(), "");
  }
  std::vector<model::SentMessage> take(std::size_t count) {
    std::vector<model::SentMessage> taken;
    for (int looks = 0; taken.size() < count && looks < 2'000; ++looks) look(taken);
    return taken;
  }

  fakes::FakeClock clock;
  SyslogUdpSettings settings;
  std::unique_ptr<SyslogUdpDoor> door;
  FileDescriptor sender;
  std::deque<std::string> kept;
};

TEST_F(SyslogUdpDoorTest, ADatagramIsAMessage) {
  settings.message_bytes_max = 8;
  open();
  send("<13>a\nb");
  send("<13>longer");
  const auto taken = take(2);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].text, "<13>a\nb");
  EXPECT_EQ(taken[0].sender, "127.0.0.1");
  EXPECT_EQ(taken[1].text, "<13>long");
  EXPECT_TRUE(taken[1].is_cut);
  EXPECT_EQ(door->counts().cut, 1U);
}

TEST_F(SyslogUdpDoorTest, OnlyThoseWhoMay) {
  settings.senders = {*base::parse_network("10.0.0.0/8")};
  open();
  send("<13>a");
  std::vector<model::SentMessage> taken;
  while (door->counts().refused == 0) look(taken);
  EXPECT_TRUE(taken.empty());
}

// Experiment E20: what is not taken is counted, to the last one; whoever dropped it.
TEST_F(SyslogUdpDoorTest, SentIsTakenAndDropped) {
  for (const std::size_t queue_bytes : {std::size_t{10'000}, std::size_t{100'000'000}}) {
    settings.queue_bytes_max = queue_bytes;
    settings.socket_bytes = 16 * 1024;
    open();
    constexpr std::size_t sent = 20'000;
    const std::string text = "<13>" + std::string(200, 'x');
    for (std::size_t i = 0; i < sent; ++i) send(text);
    door->close();
    std::vector<model::SentMessage> taken;
    for (std::size_t before = 1; before != taken.size();) {
      before = taken.size();
      look(taken);
    }
    const SyslogDoorCounts counts = door->counts();
    EXPECT_EQ(counts.messages, taken.size());
    EXPECT_EQ(counts.messages + counts.dropped, sent);
    if (queue_bytes == 10'000) {
      EXPECT_GT(counts.dropped, 0U);
      const auto notices = door->take_notices();
      ASSERT_EQ(notices.size(), 1U);
      EXPECT_NE(notices[0].text.find(std::to_string(counts.dropped)), std::string::npos);
      EXPECT_TRUE(door->take_notices().empty());
    }
  }
}

}  // namespace
}  // namespace vedette::collect
