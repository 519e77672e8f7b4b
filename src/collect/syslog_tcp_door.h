// Owns: syslog over TCP (and over TLS, by its streams): a listening socket and its connections.
// Promises: what a connection sent is never dropped: who does not call `next` leaves it in the
// sockets, whose senders wait. Connections, their share of one address, messages and time for an
// unfinished message are bounded; over the bound new ones wait to be let in. No sender holds up the
// others. Must not know: what messages say. One thread, but `counts`: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "collect/byte_stream.h"
#include "collect/stop_wait.h"
#include "collect/syslog_door.h"
#include "ports/clock.h"

namespace vedette::collect {

struct SyslogTcpSettings {
  std::string name;  // for notices
  base::IpAddress address;
  std::uint16_t port = 0;                // 0: any free one
  std::vector<base::IpNetwork> senders;  // who may; empty: everybody
  std::size_t connections_max = 256;
  std::size_t message_bytes_max = 64 * 1024;
  base::Duration idle_at_most = base::Duration::hours(1);
};

class SyslogTcpDoor : public SyslogDoor {
 private:
  struct Connection;

 public:
  // The clock outlives it.
  [[nodiscard]] static base::Result<std::unique_ptr<SyslogTcpDoor>> listen(
      SyslogTcpSettings settings, std::unique_ptr<ByteStreamMaker> streams, ports::Clock& clock);
  SyslogTcpDoor(SyslogTcpSettings settings, std::unique_ptr<ByteStreamMaker> streams,
                ports::Clock& clock, FileDescriptor listener, FileDescriptor events);  // for listen
  ~SyslogTcpDoor() override;

  base::Result<std::string> next(base::Duration wait, const std::stop_token& stop) override;
  void close() override;
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] SyslogDoorCounts counts() const override;

 private:
  void watch(int descriptor, int operation, std::uint32_t what) const;
  void accept_all();
  void accept_one(FileDescriptor connection, const base::IpAddress& sender);
  void pause_accepting();
  void read_from(Connection& connection, std::string& payload);
  void take_bytes(Connection& connection, std::string_view bytes, std::string& payload);
  void end(Connection& connection, const std::string& why, std::string& payload);
  // What time ends: idle connections, messages that were begun and not finished.
  void look_at_time(std::string& payload);
  void refuse(const base::IpAddress& sender, const std::string& why);
  void note(NoticeLevel level, const std::string& text);

  const SyslogTcpSettings settings_;
  const std::unique_ptr<ByteStreamMaker> streams_;
  ports::Clock& clock_;
  FileDescriptor listener_;
  const FileDescriptor events_;  // epoll
  std::uint16_t port_ = 0;
  StopWait stop_wait_;
  std::map<int, std::unique_ptr<Connection>> connections_;  // by descriptor
  std::map<base::IpAddress, std::size_t> by_sender_;
  std::set<int> unread_;  // their last turn ended before their bytes did
  bool is_accepting_ = true;
  bool told_full_ = false;
  base::Duration accept_again_at_, look_at_time_at_;
  std::set<base::IpAddress> told_refused_;
  std::vector<SourceNotice> notices_;
  std::vector<char> buffer_ = std::vector<char>(base::limits::syslog_read_bytes);

  mutable std::mutex mutex_;
  SyslogDoorCounts counts_;  // guarded by mutex_
};

}  // namespace vedette::collect
