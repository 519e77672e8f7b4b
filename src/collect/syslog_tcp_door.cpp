#include "collect/syslog_tcp_door.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "collect/socket_address.h"
#include "collect/syslog_framing.h"
#include "model/sent_messages.h"

namespace vedette::collect {
namespace {

using base::Duration;
using base::IpAddress;
namespace limits = base::limits;

constexpr Duration look_interval = Duration::seconds(1);
constexpr Duration accept_pause = Duration::seconds(1);
constexpr Duration unfinished_at_most = Duration::seconds(limits::syslog_unfinished_s);
constexpr std::size_t share_least = 8;  // of the connections, that one address may always have
constexpr std::size_t told_refused_max = 64;

// The system finds out by itself that the other side has gone without a word.
void keep_alive(int socket) {
  const int yes = 1, idle_s = 60, interval_s = 10, probes = 6;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

}  // namespace

struct SyslogTcpDoor::Connection {
  Connection(std::unique_ptr<ByteStream> stream_in, const IpAddress& sender_in,
             std::size_t message_bytes_max, Duration now)
      : stream(std::move(stream_in)),
        sender(sender_in),
        sender_text(base::format_ip(sender_in)),
        framing(message_bytes_max),
        last_bytes(now),
        begun(now) {}

  std::unique_ptr<ByteStream> stream;
  IpAddress sender;
  std::string sender_text;
  SyslogFraming framing;
  Duration last_bytes;
  Duration begun;  // of the message that is unfinished
  bool wants_write = false;
};

base::Result<std::unique_ptr<SyslogTcpDoor>> SyslogTcpDoor::listen(
    SyslogTcpSettings settings, std::unique_ptr<ByteStreamMaker> streams, ports::Clock& clock) {
  FileDescriptor listener = VEDETTE_TRY(bind_socket(SOCK_STREAM, settings.address, settings.port));
  FileDescriptor events(::epoll_create1(EPOLL_CLOEXEC));
  if (!events.is_open()) return base::system_failure("cannot wait for connections", errno);
  return std::make_unique<SyslogTcpDoor>(std::move(settings), std::move(streams), clock,
                                         std::move(listener), std::move(events));
}

SyslogTcpDoor::SyslogTcpDoor(SyslogTcpSettings settings, std::unique_ptr<ByteStreamMaker> streams,
                             ports::Clock& clock, FileDescriptor listener, FileDescriptor events)
    : settings_(std::move(settings)),
      streams_(std::move(streams)),
      clock_(clock),
      listener_(std::move(listener)),
      events_(std::move(events)),
      port_(bound_port(listener_)) {
  watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN);
}
SyslogTcpDoor::~SyslogTcpDoor() = default;

void SyslogTcpDoor::watch(int descriptor, int operation, std::uint32_t what) const {
  epoll_event event{};
  event.events = what;
  event.data.fd = descriptor;
  ::epoll_ctl(events_.get(), operation, descriptor, &event);
}

base::Result<std::string> SyslogTcpDoor::next(Duration wait, const std::stop_token& stop) {
  std::array<pollfd, 1> ready{{{events_.get(), POLLIN, 0}}};
  const bool at_once = !unread_.empty();
  VEDETTE_TRY_VOID(
      stop_wait_.wait(ready, at_once ? Duration() : std::min(wait, look_interval), stop));
  std::array<epoll_event, 64> happened{};
  const int count =
      ::epoll_wait(events_.get(), happened.data(), static_cast<int>(happened.size()), 0);
  std::set<int> turn = std::exchange(unread_, {});
  for (int i = 0; i < count; ++i) turn.insert(happened[static_cast<std::size_t>(i)].data.fd);
  std::string payload;
  for (const int descriptor : turn) {
    if (descriptor == listener_.get()) {
      accept_all();
    } else if (const auto found = connections_.find(descriptor); found != connections_.end()) {
      if (payload.size() < limits::syslog_batch_bytes)
        read_from(*found->second, payload);
      else
        unread_.insert(descriptor);
    }
  }
  look_at_time(payload);
  return payload;
}

void SyslogTcpDoor::accept_all() {
  while (is_accepting_) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    FileDescriptor connection(::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from),
                                        &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.is_open()) {
      accept_one(std::move(connection), address_of(from));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    note(NoticeLevel::warning,
         base::system_failure("cannot accept a connection", errno).error().message +
             "; trying again");
    pause_accepting();
  }
}

void SyslogTcpDoor::accept_one(FileDescriptor connection, const IpAddress& sender) {
  if (!may_send(settings_.senders, sender))
    return refuse(sender, "it is not among those that may send (senders)");
  const std::size_t share = std::max(share_least, settings_.connections_max / 4);
  if (by_sender_[sender] >= share)
    return refuse(sender, fmt::format("it has {} connections already", share));
  ++by_sender_[sender];
  keep_alive(connection.get());
  const int descriptor = connection.get();
  connections_.emplace(
      descriptor, std::make_unique<Connection>(streams_->make(std::move(connection)), sender,
                                               settings_.message_bytes_max, clock_.monotonic()));
  watch(descriptor, EPOLL_CTL_ADD, EPOLLIN | EPOLLRDHUP);
  {
    const std::lock_guard lock(mutex_);
    counts_.connections = connections_.size();
  }
  if (connections_.size() < settings_.connections_max) return;
  if (!std::exchange(told_full_, true))
    note(NoticeLevel::warning, fmt::format("{} connections are open, more wait until one ends "
                                           "(connections_max)",
                                           connections_.size()));
  pause_accepting();
}

void SyslogTcpDoor::pause_accepting() {
  is_accepting_ = false;
  accept_again_at_ = clock_.monotonic() + accept_pause;
  watch(listener_.get(), EPOLL_CTL_MOD, 0);
}

void SyslogTcpDoor::refuse(const IpAddress& sender, const std::string& why) {
  if (const auto found = by_sender_.find(sender); found != by_sender_.end() && found->second == 0)
    by_sender_.erase(found);
  {
    const std::lock_guard lock(mutex_);
    ++counts_.refused;
  }
  if (told_refused_.size() >= told_refused_max || !told_refused_.insert(sender).second) return;
  note(NoticeLevel::warning,
       fmt::format("a connection of {} was refused: {}", base::format_ip(sender), why));
}

void SyslogTcpDoor::read_from(Connection& connection, std::string& payload) {
  const int descriptor = connection.stream->socket();
  const ReadBytes read = connection.stream->read(buffer_);
  switch (read.state) {
    case ReadBytes::State::some:
      take_bytes(connection, {buffer_.data(), read.bytes}, payload);
      unread_.insert(descriptor);  // there may be more, here or in the stream itself
      break;
    case ReadBytes::State::none_yet:
      if (read.wants_write != connection.wants_write)
        watch(descriptor, EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP | (read.wants_write ? EPOLLOUT : 0U));
      connection.wants_write = read.wants_write;
      break;
    case ReadBytes::State::ended:
      end(connection, "", payload);
      break;
    case ReadBytes::State::failed:
      end(connection, read.why, payload);
      break;
  }
}

void SyslogTcpDoor::take_bytes(Connection& connection, std::string_view bytes,
                               std::string& payload) {
  connection.last_bytes = clock_.monotonic();
  const bool was_between = connection.framing.is_between_messages();
  SyslogDoorCounts taken;
  taken.bytes = bytes.size();
  connection.framing.feed(bytes, [&](std::string_view message, bool is_cut) {
    model::append_sent_message(payload, {connection.sender_text, message, is_cut});
    ++taken.messages;
    taken.cut += is_cut ? 1 : 0;
  });
  if (was_between || taken.messages > 0) connection.begun = connection.last_bytes;
  const std::lock_guard lock(mutex_);
  counts_.messages += taken.messages;
  counts_.bytes += taken.bytes;
  counts_.cut += taken.cut;
}

// Frees the connection: it is not to be used after this.
void SyslogTcpDoor::end(Connection& connection, const std::string& why, std::string& payload) {
  SyslogDoorCounts last;
  connection.framing.finish([&](std::string_view message, bool is_cut) {
    model::append_sent_message(payload, {connection.sender_text, message, is_cut});
    ++last.messages;
    last.cut += is_cut ? 1 : 0;
  });
  if (!why.empty())
    note(NoticeLevel::warning,
         fmt::format("the connection of {} ended: {}", connection.sender_text, why));
  const int descriptor = connection.stream->socket();
  if (--by_sender_[connection.sender] == 0) by_sender_.erase(connection.sender);
  unread_.erase(descriptor);
  connections_.erase(descriptor);  // closing it takes it out of epoll
  accept_again_at_ = {};
  const std::lock_guard lock(mutex_);
  counts_.messages += last.messages;
  counts_.cut += last.cut;
  counts_.connections = connections_.size();
}

void SyslogTcpDoor::look_at_time(std::string& payload) {
  const Duration now = clock_.monotonic();
  if (!is_accepting_ && listener_.is_open() && now >= accept_again_at_ &&
      connections_.size() < settings_.connections_max) {
    is_accepting_ = true;
    watch(listener_.get(), EPOLL_CTL_MOD, EPOLLIN);
  }
  if (now < look_at_time_at_) return;
  look_at_time_at_ = now + look_interval;
  std::vector<std::pair<Connection*, std::string>> over;
  for (const auto& [descriptor, connection] : connections_) {
    if (unread_.contains(descriptor)) continue;
    const bool is_unfinished =
        !connection->stream->is_established() || !connection->framing.is_between_messages();
    if (is_unfinished && now - connection->begun > unfinished_at_most)
      over.emplace_back(connection.get(), "what it began was not finished in time");
    else if (now - connection->last_bytes > settings_.idle_at_most)
      over.emplace_back(connection.get(), "");
  }
  for (const auto& [connection, why] : over) end(*connection, why, payload);
}

void SyslogTcpDoor::close() {
  is_accepting_ = false;
  listener_.reset();
}

void SyslogTcpDoor::note(NoticeLevel level, const std::string& text) {
  if (notices_.size() >= limits::source_notices_max) return;
  notices_.push_back({NoticeKind::connection, level, settings_.name, settings_.name + ": " + text});
}

std::vector<SourceNotice> SyslogTcpDoor::take_notices() {
  return std::exchange(notices_, {});
}

SyslogDoorCounts SyslogTcpDoor::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace vedette::collect
