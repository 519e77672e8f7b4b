// Owns: syslog over UDP (RFC 5426): a socket, and a thread that empties it whatever the journal
// does meanwhile. Promises: every datagram is a message, or is counted: as refused, or as dropped
// by the system (its buffer was full) or by us (our queue was); the counts add up to what reached
// the socket. Memory is bounded. Must not know: what messages say. One thread, but `counts`: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "collect/file_descriptor.h"
#include "collect/stop_wait.h"
#include "collect/syslog_door.h"
#include "ports/clock.h"

namespace vedette::collect {

struct SyslogUdpSettings {
  std::string name;  // for notices
  base::IpAddress address;
  std::uint16_t port = 0;                // 0: any free one
  std::vector<base::IpNetwork> senders;  // who may; empty: everybody
  std::size_t message_bytes_max = 64 * 1024;
  std::size_t queue_bytes_max = 32 * 1024 * 1024;
  int socket_bytes = 8 * 1024 * 1024;  // asked of the system, which may give less
};

class SyslogUdpDoor : public SyslogDoor {
 public:
  // The clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<SyslogUdpDoor>> listen(
      SyslogUdpSettings settings, ports::Clock& clock);
  SyslogUdpDoor(SyslogUdpSettings settings, ports::Clock& clock, FileDescriptor socket);
  ~SyslogUdpDoor() override;

  base::Result<std::string> next(base::Duration wait, const std::stop_token& stop) override;
  void close() override;
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] SyslogDoorCounts counts() const override;

 private:
  struct Batch;

  void run(const std::stop_token& stop);
  // False when nothing more waits in the socket.
  bool receive(Batch& batch);
  void take(const base::IpAddress& sender, std::string_view text, bool is_cut);
  void start();

  const SyslogUdpSettings settings_;
  ports::Clock& clock_;
  const FileDescriptor socket_;
  const std::uint16_t port_;
  base::Duration tell_drops_at_;
  std::uint64_t told_drops_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable_any arrived_;
  // Guarded by mutex_.
  std::deque<std::string>
      waiting_;  // payloads of at most limits::syslog_batch_bytes, and a message
  std::size_t waiting_bytes_ = 0;
  SyslogDoorCounts counts_;  // `dropped`: by us
  bool is_closed_ = false;

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace vedette::collect
