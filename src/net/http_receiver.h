// Owns: a small HTTP/1.1 server on its own thread: it takes whole requests and answers with what
// its handler says: the routes of `serve`, the stand-in for a chat service in `vedette demo`, the
// simulated tenant. Promises: bodies, headers, connections and idle time are bounded by
// base/limits.h; a body is read into a buffer of its announced length; a request that breaks HTTP
// or a bound gets its 4xx and the handler never sees it. Over the connection bound, new ones wait
// in the listen queue. Stopping (or destroying) closes everything and joins the thread. Must not
// know: routes, or what is said. `listen`, `port` and `stop` are called from one thread; the
// handler runs on the receiver's own, one request at a time, so it must not block for long. A
// handler that needs time answers later, from any thread; by `stop` all answers must be given. An
// answer may go on for as long as both sides want it (ReplyStream).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "net/tls_identity.h"

namespace vedette::net {

struct ReceivedRequest {
  std::string method;
  std::string target;                                        // path and query, as sent
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string peer = {};  // the address of the other side
  // Asks for a stop when the other side goes before it was answered. (With TLS its farewell counts
  // as something said, so that only an end without one is seen.)
  std::stop_token gone = {};
  bool is_tls = false;  // the browser's way to us, or to the proxy before us, is encrypted

  // The first header of that (lower-case) name, or null.
  [[nodiscard]] const std::string* header(std::string_view name) const;
};

// An answer that breaks HTTP, for simulated faults: these bytes and no others; then the connection
// is closed, or left open in silence until the other side goes or the idle time is over.
struct RawReply {
  std::string bytes;
  bool then_silent = false;
};

// An answer that goes on after its headers: what is written goes out as it comes. Any thread.
class ReplyStream {
 public:
  using Send = std::function<void(std::string bytes)>;  // empty bytes: close

  // False: the other side is gone, or does not read as fast as is written.
  bool write(std::string bytes);
  void close();

  // The receiver's part: when there is a connection to send on, and when it is no more.
  void attach(Send send);
  void detach();
  [[nodiscard]] bool is_attached();

 private:
  std::mutex mutex_;
  Send send_;  // guarded by mutex_
  bool is_over_ = false;
};

struct ReceiverReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<RawReply> raw = {};          // in place of all of the above
  std::shared_ptr<ReplyStream> stream = {};  // in place of the body
};

class HttpReceiver {
 private:
  struct State;

 public:
  using Handler = std::function<ReceiverReply(const ReceivedRequest&)>;
  // To be called once.
  using Answer = std::function<void(ReceiverReply)>;
  using LateHandler = std::function<void(ReceivedRequest, Answer)>;

  // Port 0 takes any free one. The error says which address and why.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpReceiver>> listen(
      const base::IpAddress& address, std::uint16_t port, Handler handler);
  // The same with answers that may come later, with another bound for bodies, and over TLS.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpReceiver>> listen(
      const base::IpAddress& address, std::uint16_t port, LateHandler handler,
      std::size_t body_bytes_max, std::unique_ptr<TlsIdentity> tls = nullptr);
  explicit HttpReceiver(std::unique_ptr<State> state);  // for `listen`: only it can make a State
  ~HttpReceiver();
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  void stop();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace vedette::net
