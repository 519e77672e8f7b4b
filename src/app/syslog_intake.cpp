#include "app/syslog_intake.h"

#include <signal.h>

#include <utility>

#include "collect/syslog_tcp_door.h"
#include "collect/syslog_udp_door.h"
#include "collect/tls_stream.h"
#include "model/sent_messages.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr Duration look_interval = Duration::seconds(1);
constexpr Duration rest_at_most = Duration::seconds(1);

base::Result<std::unique_ptr<collect::SyslogDoor>> make_door(const SyslogSetting& setting,
                                                             ports::Clock& clock) {
  if (setting.transport == SyslogTransport::udp) {
    collect::SyslogUdpSettings udp;
    udp.name = setting.source();
    udp.address = setting.address;
    udp.port = setting.port_or_default();
    udp.senders = setting.senders;
    udp.message_bytes_max = setting.message_bytes_max;
    return VEDETTE_TRY(collect::SyslogUdpDoor::listen(std::move(udp), clock));
  }
  collect::SyslogTcpSettings tcp;
  tcp.name = setting.source();
  tcp.address = setting.address;
  tcp.port = setting.port_or_default();
  tcp.senders = setting.senders;
  tcp.connections_max = setting.connections_max;
  tcp.message_bytes_max = setting.message_bytes_max;
  tcp.idle_at_most = setting.idle_timeout;
  std::unique_ptr<collect::ByteStreamMaker> streams = std::make_unique<collect::PlainStreams>();
  if (setting.transport == SyslogTransport::tls)
    streams = VEDETTE_TRY(
        collect::TlsStreams::create({setting.certificate, setting.key, setting.client_ca}));
  return VEDETTE_TRY(collect::SyslogTcpDoor::listen(std::move(tcp), std::move(streams), clock));
}

}  // namespace

SyslogIntake::~SyslogIntake() {
  stop();
}

base::Result<std::uint16_t> SyslogIntake::open(const SyslogSetting& setting) {
  auto lane = std::make_unique<Lane>();
  lane->source = setting.source();
  lane->door = VEDETTE_TRY(make_door(setting, clock_));
  const std::uint16_t port = lane->door->port();
  Lane& kept = *lanes_.emplace_back(std::move(lane));
  kept.thread = std::jthread([this, &kept](const std::stop_token& stop) { run(kept, stop); });
  return port;
}

void SyslogIntake::stop() {
  for (const auto& lane : lanes_) lane->thread.request_stop();
  for (const auto& lane : lanes_)
    if (lane->thread.joinable()) lane->thread.join();
}

void SyslogIntake::run(Lane& lane, const std::stop_token& stop) {
  // OpenSSL answers on sockets that the other side has closed; that is no reason to end.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (!stop.stop_requested()) {
    auto payload = lane.door->next(look_interval, stop);
    tell(lane);
    if (!payload) {
      notice_(collect::NoticeLevel::error, lane.source + ": " + payload.error().message);
      if (!clock_.sleep(look_interval, stop)) break;
      continue;
    }
    if (payload->empty()) continue;
    ports::RawRecord record = record_of(lane, *std::move(payload));
    if (intake_.commit(record, stop)) continue;
    // The stop came while the journal did not take it: once more, since nobody else has it.
    if (const auto added = intake_.add(std::move(record)); !added)
      notice_(collect::NoticeLevel::error,
              lane.source + ": messages are lost at the stop: " + added.error().message);
  }
  take_the_rest(lane);
}

// What senders were told has arrived (by TCP) and lies in the sockets still.
void SyslogIntake::take_the_rest(Lane& lane) {
  lane.door->close();
  const Duration deadline = clock_.monotonic() + rest_at_most;
  while (clock_.monotonic() < deadline) {
    auto payload = lane.door->next(Duration(), {});
    if (!payload || payload->empty()) break;
    if (const auto added = intake_.add(record_of(lane, *std::move(payload))); !added) {
      notice_(collect::NoticeLevel::error,
              lane.source + ": messages are lost at the stop: " + added.error().message);
      break;
    }
  }
  tell(lane);
}

void SyslogIntake::tell(Lane& lane) {
  for (const auto& notice : lane.door->take_notices()) notice_(notice.level, notice.text);
}

ports::RawRecord SyslogIntake::record_of(const Lane& lane, std::string payload) const {
  ports::RawRecord record;
  record.source = lane.source;
  record.format = model::syslog_format;
  record.received = clock_.now();
  record.live = true;
  record.payload = std::move(payload);
  return record;
}

std::vector<NamedDoorCounts> SyslogIntake::counts() const {
  std::vector<NamedDoorCounts> all;
  for (const auto& lane : lanes_) all.push_back({lane->source, lane->door->counts()});
  return all;
}

}  // namespace vedette::app
