// Owns: the door for JSON rows over HTTP: POST /ingest/TABLE with a token. Promises: 200 only when
// the rows are on the disk, in the journal; 401 without the token, 404 for a table that is not to
// be written, 413 for a body over its bound, packed or unpacked, 415 for another content type or
// encoding, 400 for a body that holds no rows, 429 and 503 with Retry-After while too much waits or
// the journal takes nothing: who is told so sends again, and nothing of it is kept. What was
// answered is counted. Bounded: bodies, what waits, and the time a sender waits. Must not know:
// what rows mean. Started and stopped by one thread; `counts` from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "app/ingest_setting.h"
#include "app/request_workers.h"
#include "base/result.h"
#include "kql/catalogue/catalogue.h"
#include "net/http_receiver.h"
#include "ports/clock.h"
#include "ports/journal.h"
#include "server/gate.h"

namespace vedette::app {

struct IngestRooms {
  const kql::Catalogue& catalogue;
  const ports::Clock& clock;
  // Durable when it succeeds, at the position that comes back; tried once.
  std::function<base::Result<std::uint64_t>(ports::RawRecord)> commit;
};

struct IngestCounts {
  std::uint64_t requests = 0, rows = 0, bytes = 0;  // that are on the disk
  std::uint64_t refused = 0;                        // 4xx, for what they were
  std::uint64_t turned_away = 0;                    // 429 and 503, to be sent again
};

class IngestDoor {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<IngestDoor>> open(const IngestSetting& setting,
                                                                      IngestRooms rooms);
  IngestDoor(const IngestSetting& setting, IngestRooms rooms);  // for open
  ~IngestDoor();
  IngestDoor(const IngestDoor&) = delete;
  IngestDoor& operator=(const IngestDoor&) = delete;

  // Who waits is answered, nobody else is let in.
  void stop();
  [[nodiscard]] std::uint16_t port() const { return receiver_->port(); }
  [[nodiscard]] IngestCounts counts() const;

 private:
  struct Waiting {
    net::ReceivedRequest request;
    std::string table;
  };

  void take(net::ReceivedRequest request, const net::HttpReceiver::Answer& answer);
  [[nodiscard]] net::ReceiverReply refuse(const net::ReceivedRequest& request,
                                          std::string& table) const;
  [[nodiscard]] net::ReceiverReply store(Waiting& waiting);
  [[nodiscard]] bool may_write(std::string_view table) const;
  void count(const net::ReceiverReply& reply, std::uint64_t rows, std::uint64_t bytes);

  const IngestSetting setting_;
  const IngestRooms rooms_;
  const server::Gate gate_;
  std::atomic<std::size_t> waiting_bytes_ = 0;
  std::atomic<bool> is_closing_ = false;
  mutable std::mutex mutex_;
  IngestCounts counts_;  // guarded by mutex_
  std::unique_ptr<net::HttpReceiver> receiver_;
  RequestWorkers workers_;
};

}  // namespace vedette::app
