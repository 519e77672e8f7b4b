#include "collect/syslog_udp_door.h"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/limits.h"
#include "collect/socket_address.h"
#include "model/sent_messages.h"

namespace vedette::collect {
namespace {

using base::Duration;
using base::IpAddress;
namespace limits = base::limits;

constexpr std::size_t datagrams_at_once = 32;
constexpr std::size_t datagram_bytes_max = 64 * 1024;  // more than IP lets through
constexpr Duration tell_interval = Duration::minutes(1);
constexpr Duration look_interval = Duration::seconds(1);

// What the system gives: more than its ordinary bound only to the privileged.
void ask_for_buffer(int socket, int bytes) {
  if (::setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

// Datagrams that did not fit the socket's buffer since it was opened.
std::uint64_t dropped_by_system(int socket) {
  std::array<std::uint32_t, SK_MEMINFO_VARS> numbers{};
  socklen_t length = sizeof numbers;
  if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, numbers.data(), &length) != 0) return 0;
  return numbers.at(SK_MEMINFO_DROPS);
}

}  // namespace

// Where the system puts what one call gives.
struct SyslogUdpDoor::Batch {
  std::vector<char> bytes = std::vector<char>(datagrams_at_once * datagram_bytes_max);
  std::array<sockaddr_storage, datagrams_at_once> senders{};
  std::array<iovec, datagrams_at_once> parts{};
  std::array<mmsghdr, datagrams_at_once> heads{};

  void prepare() {
    for (std::size_t i = 0; i < datagrams_at_once; ++i) {
      parts.at(i) = {bytes.data() + i * datagram_bytes_max, datagram_bytes_max};
      msghdr& head = heads.at(i).msg_hdr;
      head = {};
      head.msg_name = &senders.at(i);
      head.msg_namelen = sizeof(sockaddr_storage);
      head.msg_iov = &parts.at(i);
      head.msg_iovlen = 1;
    }
  }
};

base::Result<std::unique_ptr<SyslogUdpDoor>> SyslogUdpDoor::listen(SyslogUdpSettings settings,
                                                                   ports::Clock& clock) {
  FileDescriptor socket = VEDETTE_TRY(bind_socket(SOCK_DGRAM, settings.address, settings.port));
  ask_for_buffer(socket.get(), settings.socket_bytes);
  auto door = std::make_unique<SyslogUdpDoor>(std::move(settings), clock, std::move(socket));
  door->start();
  return door;
}

SyslogUdpDoor::SyslogUdpDoor(SyslogUdpSettings settings, ports::Clock& clock, FileDescriptor socket)
    : settings_(std::move(settings)),
      clock_(clock),
      socket_(std::move(socket)),
      port_(bound_port(socket_)) {}

SyslogUdpDoor::~SyslogUdpDoor() {
  close();
}

void SyslogUdpDoor::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void SyslogUdpDoor::run(const std::stop_token& stop) {
  Batch batch;
  StopWait wait;
  while (!stop.stop_requested()) {
    std::array<pollfd, 1> ready{{{socket_.get(), POLLIN, 0}}};
    if (!wait.wait(ready, look_interval, stop)) clock_.sleep(look_interval, stop);
    while (!stop.stop_requested() && receive(batch)) continue;
  }
  while (receive(batch)) continue;  // what had arrived when the stop came
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  arrived_.notify_all();
}

bool SyslogUdpDoor::receive(Batch& batch) {
  batch.prepare();
  const int count =
      ::recvmmsg(socket_.get(), batch.heads.data(), datagrams_at_once, MSG_DONTWAIT, nullptr);
  if (count <= 0) return count < 0 && errno == EINTR;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const mmsghdr& head = batch.heads.at(i);
    std::string_view text(static_cast<const char*>(batch.parts.at(i).iov_base), head.msg_len);
    const bool is_cut =
        (head.msg_hdr.msg_flags & MSG_TRUNC) != 0 || text.size() > settings_.message_bytes_max;
    text = text.substr(0, settings_.message_bytes_max);
    take(address_of(batch.senders.at(i)), text, is_cut);
  }
  arrived_.notify_all();
  return true;
}

void SyslogUdpDoor::take(const IpAddress& sender, std::string_view text, bool is_cut) {
  if (!may_send(settings_.senders, sender)) {
    ++counts_.refused;
    return;
  }
  if (waiting_bytes_ + text.size() > settings_.queue_bytes_max) {
    ++counts_.dropped;
    return;
  }
  if (waiting_.empty() || waiting_.back().size() >= limits::syslog_batch_bytes)
    waiting_.emplace_back();
  std::string& payload = waiting_.back();
  const std::size_t before = payload.size();
  model::append_sent_message(payload, {base::format_ip(sender), text, is_cut});
  waiting_bytes_ += payload.size() - before;
  ++counts_.messages;
  counts_.bytes += text.size();
  counts_.cut += is_cut ? 1 : 0;
}

base::Result<std::string> SyslogUdpDoor::next(Duration wait, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, stop, std::chrono::milliseconds(wait.whole_milliseconds()),
                    [this] { return !waiting_.empty() || is_closed_; });
  if (waiting_.empty()) return std::string();
  std::string payload = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= payload.size();
  return payload;
}

void SyslogUdpDoor::close() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::vector<SourceNotice> SyslogUdpDoor::take_notices() {
  const Duration now = clock_.monotonic();
  const std::uint64_t dropped = counts().dropped;
  if (dropped == told_drops_ || now < tell_drops_at_) return {};
  const std::uint64_t news = dropped - std::exchange(told_drops_, dropped);
  tell_drops_at_ = now + tell_interval;
  return {{NoticeKind::connection, NoticeLevel::warning, settings_.name,
           fmt::format("{}: {} datagrams came faster than they could be taken and are lost ({} "
                       "since the start); TCP would have made the senders wait",
                       settings_.name, news, dropped)}};
}

SyslogDoorCounts SyslogUdpDoor::counts() const {
  const std::lock_guard lock(mutex_);
  SyslogDoorCounts counts = counts_;
  counts.dropped += dropped_by_system(socket_.get());
  return counts;
}

}  // namespace vedette::collect
