#include "net/http_receiver.h"

#include <sys/socket.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <optional>
#include <set>
#include <sstream>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace limits = base::limits;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

// A body that announces no length (chunked) grows by this much at a time.
constexpr std::size_t growth_bytes = 16 * 1024;
// Of a stream whose other side reads slower than is written; then it is cut off.
constexpr std::size_t stream_waiting_bytes_max = 64 * 1024;

asio::ip::address to_asio(const base::IpAddress& address) {
  if (address.is_v4()) return asio::ip::address_v4(address.v4());
  asio::ip::address_v6::bytes_type bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<unsigned char>(address.high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<unsigned char>(address.low >> (56 - 8 * i));
  }
  return asio::ip::address_v6(bytes);
}

using PlainStream = beast::tcp_stream;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

// A connection as the server that made it knows it.
struct Connection {
  virtual ~Connection() = default;
  virtual void close() = 0;
};

// What sessions need of the server that made them.
struct Owner {
  virtual ~Owner() = default;
  virtual void take(ReceivedRequest request, HttpReceiver::Answer answer) = 0;
  [[nodiscard]] virtual std::size_t body_bytes_max() const = 0;
  virtual void session_ended(Connection* session) = 0;
};

// One connection: read a request, ask the handler, write the answer, and again while kept alive.
// Alive as long as an operation is pending; the owner knows it only to close it.
template <typename Stream>
class Session : public Connection, public std::enable_shared_from_this<Session<Stream>> {
 public:
  static constexpr bool is_tls = std::is_same_v<Stream, TlsStream>;

  Session(Stream stream, Owner& owner) : stream_(std::move(stream)), owner_(owner) {}
  ~Session() override {
    if (reply_stream_) reply_stream_->detach();
    owner_.session_ended(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin();
  void close() override { plain().close(); }

 private:
  using std::enable_shared_from_this<Session<Stream>>::shared_from_this;
  using std::enable_shared_from_this<Session<Stream>>::weak_from_this;
  using Parser = http::request_parser<http::buffer_body>;
  using Held = std::shared_ptr<Session>;

  // What lies under the encryption.
  beast::tcp_stream& plain() { return beast::get_lowest_layer(stream_); }
  void read_header();
  void end();
  void on_header(SystemError error);
  void read_body();
  void on_body(SystemError error);
  void write(ReceiverReply reply, bool keep_alive);
  void write_raw(RawReply raw);
  void begin_stream(ReceiverReply reply);
  void add_to_stream(const std::string& bytes);
  void write_stream();
  void stay_silent();
  void watch_other_side();
  void refuse(SystemError error);
  [[nodiscard]] ReceivedRequest take_request();

  Stream stream_;
  Owner& owner_;
  beast::flat_buffer buffer_{limits::http_header_bytes_max + growth_bytes};
  std::optional<Parser> parser_;
  std::string body_;
  std::size_t body_bytes_ = 0;  // of body_, how many are filled
  http::response<http::string_body> response_;
  std::string raw_;
  std::shared_ptr<ReplyStream> reply_stream_;
  std::string stream_waiting_;
  bool is_writing_ = false;
  std::stop_source gone_;  // of the request that is answered
};

// With TLS the handshake comes first.
template <typename Stream>
void Session<Stream>::begin() {
  if constexpr (is_tls) {
    plain().expires_after(std::chrono::seconds(limits::http_idle_timeout_s));
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](SystemError error) {
                              if (!error) self->read_header();
                            });
  } else {
    read_header();
  }
}

// After the last answer: nothing more comes from us.
template <typename Stream>
void Session<Stream>::end() {
  if constexpr (is_tls) {
    stream_.async_shutdown([self = shared_from_this()](SystemError) { self->close(); });
  } else {
    SystemError ignored;
    plain().socket().shutdown(tcp::socket::shutdown_send, ignored);
  }
}

template <typename Stream>
void Session<Stream>::read_header() {
  parser_.emplace();
  parser_->header_limit(limits::http_header_bytes_max);
  parser_->body_limit(owner_.body_bytes_max());
  body_.clear();
  body_bytes_ = 0;
  plain().expires_after(std::chrono::seconds(limits::http_idle_timeout_s));
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](SystemError error, std::size_t) { self->on_header(error); });
}

template <typename Stream>
void Session<Stream>::on_header(SystemError error) {
  if (error) return refuse(error);
  // The parser has checked a length against the body limit, so this allocation is bounded too.
  if (const auto length = parser_->content_length()) body_.resize(*length);
  if (parser_->get()[http::field::expect] == "100-continue") {
    // Tell a client that waits for it to go on; the answer is tiny and fits the socket's buffer.
    http::response<http::empty_body> go_on(http::status::continue_, 11);
    SystemError ignored;
    http::write(stream_, go_on, ignored);
  }
  read_body();
}

template <typename Stream>
void Session<Stream>::read_body() {
  if (parser_->is_done()) return on_body({});
  if (body_bytes_ == body_.size()) body_.resize(body_.size() + growth_bytes);
  auto& target = parser_->get().body();
  target.data = body_.data() + body_bytes_;
  target.size = body_.size() - body_bytes_;
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](SystemError error, std::size_t) { self->on_body(error); });
}

template <typename Stream>
void Session<Stream>::on_body(SystemError error) {
  if (error == http::error::need_buffer) error = {};
  if (error) return refuse(error);
  const auto& read = parser_->get().body();
  if (read.data != nullptr) body_bytes_ = body_.size() - read.size;
  if (!parser_->is_done()) return read_body();
  body_.resize(body_bytes_);
  const bool keep_alive = parser_->keep_alive();
  // While the answer is made nobody waits for the other side.
  plain().expires_never();
  gone_ = {};
  ReceivedRequest request = take_request();
  request.gone = gone_.get_token();
  watch_other_side();
  // Whoever answers drops this function on a thread of his own, perhaps when the connection is
  // over: with the answer it gives its hold on the connection away, so that this ends on its own
  // thread.
  owner_.take(std::move(request),
              [held = std::make_shared<Held>(shared_from_this()), keep_alive](ReceiverReply reply) {
                Held self = std::exchange(*held, nullptr);
                const auto executor = self->stream_.get_executor();
                asio::dispatch(executor, [self = std::move(self), keep_alive,
                                          reply = std::move(reply)]() mutable {
                  SystemError ignored;
                  self->plain().socket().cancel(ignored);  // the watch
                  if (reply.raw) return self->write_raw(*std::move(reply.raw));
                  if (reply.stream) return self->begin_stream(std::move(reply));
                  self->write(std::move(reply), keep_alive);
                });
              });
}

template <typename Stream>
ReceivedRequest Session<Stream>::take_request() {
  const auto& message = parser_->get();
  ReceivedRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message)
    request.headers.emplace_back(base::to_lower_ascii(std::string(field.name_string())),
                                 std::string(field.value()));
  request.body = std::move(body_);
  SystemError ignored;
  const auto peer = plain().socket().remote_endpoint(ignored);
  if (!ignored) request.peer = peer.address().to_string();
  request.is_tls = is_tls;
  return request;
}

// Whoever asks for much may leave before he gets it: the work for him can end.
template <typename Stream>
void Session<Stream>::watch_other_side() {
  plain().socket().async_wait(
      tcp::socket::wait_read, [self = shared_from_this()](SystemError error) {
        if (error) return;
        char first = 0;
        const auto peeked =
            ::recv(self->plain().socket().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
        const bool is_there = peeked > 0 || (peeked < 0 && errno == EAGAIN);
        if (!is_there) self->gone_.request_stop();
      });
}

template <typename Stream>
void Session<Stream>::write(ReceiverReply reply, bool keep_alive) {
  assert(reply.status >= 200 && reply.status <= 999);
  assert(reply.body.empty() ||
         (reply.status != 204 && reply.status != 304));  // RFC 9110 section 6.4.1
  response_ = {};
  response_.version(11);
  response_.result(static_cast<unsigned>(reply.status));
  for (const auto& [name, value] : reply.headers) response_.insert(name, value);
  response_.body() = std::move(reply.body);
  response_.keep_alive(keep_alive);
  response_.prepare_payload();
  plain().expires_after(std::chrono::seconds(limits::http_idle_timeout_s));
  http::async_write(stream_, response_,
                    [self = shared_from_this(), keep_alive](SystemError error, std::size_t) {
                      if (error) return;
                      keep_alive ? self->read_header() : self->end();
                    });
}

template <typename Stream>
void Session<Stream>::write_raw(RawReply raw) {
  raw_ = std::move(raw.bytes);
  plain().expires_after(std::chrono::seconds(limits::http_idle_timeout_s));
  asio::async_write(
      stream_, asio::buffer(raw_),
      [self = shared_from_this(), silent = raw.then_silent](SystemError error, std::size_t) {
        if (error) return;
        if (silent) return self->stay_silent();
        SystemError ignored;
        self->plain().socket().shutdown(tcp::socket::shutdown_both, ignored);
      });
}

template <typename Stream>
void Session<Stream>::stay_silent() {
  plain().expires_after(std::chrono::seconds(limits::http_idle_timeout_s));
  stream_.async_read_some(buffer_.prepare(1),
                          [self = shared_from_this()](SystemError, std::size_t) {});
}

// Its end is the connection's.
template <typename Stream>
void Session<Stream>::begin_stream(ReceiverReply reply) {
  http::response<http::empty_body> head(static_cast<http::status>(reply.status), 11);
  for (const auto& [name, value] : reply.headers) head.insert(name, value);
  head.keep_alive(false);
  std::ostringstream text;
  text << head.base();
  reply_stream_ = std::move(reply.stream);
  plain().expires_never();
  add_to_stream(text.str());
  reply_stream_->attach(
      [weak = weak_from_this(), executor = stream_.get_executor()](std::string bytes) {
        asio::post(executor, [weak, bytes = std::move(bytes)] {
          const auto self = weak.lock();
          if (!self) return;
          bytes.empty() ? self->close() : self->add_to_stream(bytes);
        });
      });
  // Nothing is to come from the other side but its end.
  stream_.async_read_some(buffer_.prepare(1),
                          [self = shared_from_this()](SystemError, std::size_t) {
                            self->close();
                            if (self->reply_stream_) self->reply_stream_->detach();
                          });
}

template <typename Stream>
void Session<Stream>::add_to_stream(const std::string& bytes) {
  stream_waiting_ += bytes;
  if (stream_waiting_.size() > stream_waiting_bytes_max) return close();
  if (!is_writing_) write_stream();
}

template <typename Stream>
void Session<Stream>::write_stream() {
  is_writing_ = true;
  raw_ = std::exchange(stream_waiting_, {});
  asio::async_write(stream_, asio::buffer(raw_),
                    [self = shared_from_this()](SystemError error, std::size_t) {
                      self->is_writing_ = false;
                      if (error) return self->close();
                      if (!self->stream_waiting_.empty()) self->write_stream();
                    });
}

// A request that cannot be taken gets its status where the other side is still there to read it.
template <typename Stream>
void Session<Stream>::refuse(SystemError error) {
  if (error == http::error::body_limit) return write({413, {}, "body too large\n"}, false);
  if (error == http::error::header_limit) return write({431, {}, "headers too large\n"}, false);
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message ||
                    error == beast::error::timeout;
  if (!gone && error.category() == http::make_error_code(http::error::bad_method).category())
    write({400, {}, "bad request\n"}, false);
}

}  // namespace

bool ReplyStream::write(std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (is_over_) return false;
  if (send_ && !bytes.empty()) send_(std::move(bytes));
  return true;
}

void ReplyStream::close() {
  const std::lock_guard lock(mutex_);
  if (send_ && !is_over_) send_({});
  is_over_ = true;
}

void ReplyStream::attach(Send send) {
  const std::lock_guard lock(mutex_);
  send_ = std::move(send);
  if (is_over_) send_({});
}

bool ReplyStream::is_attached() {
  const std::lock_guard lock(mutex_);
  return send_ != nullptr;
}

void ReplyStream::detach() {
  const std::lock_guard lock(mutex_);
  send_ = nullptr;
  is_over_ = true;
}

const std::string* ReceivedRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return &value;
  return nullptr;
}

struct HttpReceiver::State : Owner {
  State(LateHandler handler_in, std::size_t body_bytes, std::unique_ptr<TlsIdentity> identity_in)
      : handler(std::move(handler_in)),
        body_bytes_at_most(body_bytes),
        identity(std::move(identity_in)) {}

  base::Result<void> open(const base::IpAddress& address, std::uint16_t port);
  void accept();
  void take(ReceivedRequest request, Answer answer) override {
    handler(std::move(request), std::move(answer));
  }
  std::size_t body_bytes_max() const override { return body_bytes_at_most; }
  void session_ended(Connection* session) override;
  template <typename Stream>
  void begin_session(Stream stream);

  LateHandler handler;
  const std::size_t body_bytes_at_most;
  const std::unique_ptr<TlsIdentity> identity;  // null: without TLS
  asio::io_context context{1};
  // Requests whose answer comes later leave the context with nothing to do.
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  tcp::acceptor acceptor{context};
  std::set<Connection*> sessions;
  bool accepting = false;
  std::uint16_t bound_port = 0;
  std::jthread thread;  // touches everything above once it runs
};

base::Result<void> HttpReceiver::State::open(const base::IpAddress& address, std::uint16_t port) {
  const tcp::endpoint endpoint(to_asio(address), port);
  SystemError error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) bound_port = acceptor.local_endpoint(error).port();
  if (error)
    return base::system_failure(
        "cannot listen on " + base::format_ip(address) + " port " + std::to_string(port),
        error.value());
  accept();
  return {};
}

void HttpReceiver::State::accept() {
  accepting = true;
  acceptor.async_accept([this](SystemError error, tcp::socket socket) {
    accepting = false;
    if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (!error) {
      SystemError ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      if (identity) {
        // Takes the handle over; the connection holds it for itself.
        asio::ssl::context handle(identity->share_context());
        begin_session(TlsStream(std::move(socket), handle));
      } else {
        begin_session(PlainStream(std::move(socket)));
      }
    }
    if (sessions.size() < limits::http_connections_max) accept();
  });
}

template <typename Stream>
void HttpReceiver::State::begin_session(Stream stream) {
  const auto session = std::make_shared<Session<Stream>>(std::move(stream), *this);
  sessions.insert(session.get());
  session->begin();
}

void HttpReceiver::State::session_ended(Connection* session) {
  sessions.erase(session);
  if (!accepting && acceptor.is_open()) accept();
}

HttpReceiver::HttpReceiver(std::unique_ptr<State> state) : state_(std::move(state)) {}
// NOLINTNEXTLINE(bugprone-exception-escape): what cannot be stopped ends the program
HttpReceiver::~HttpReceiver() {
  stop();
}

base::Result<std::unique_ptr<HttpReceiver>> HttpReceiver::listen(const base::IpAddress& address,
                                                                 std::uint16_t port,
                                                                 Handler handler) {
  return listen(
      address, port,
      [handler = std::move(handler)](const ReceivedRequest& request, const Answer& answer) {
        answer(handler(request));
      },
      limits::http_body_bytes_max);
}

base::Result<std::unique_ptr<HttpReceiver>> HttpReceiver::listen(const base::IpAddress& address,
                                                                 std::uint16_t port,
                                                                 LateHandler handler,
                                                                 std::size_t body_bytes_max,
                                                                 std::unique_ptr<TlsIdentity> tls) {
  auto state = std::make_unique<State>(std::move(handler), body_bytes_max, std::move(tls));
  VEDETTE_TRY_VOID(state->open(address, port));
  state->thread = std::jthread([raw = state.get()] { raw->context.run(); });
  return std::make_unique<HttpReceiver>(std::move(state));
}

std::uint16_t HttpReceiver::port() const {
  return state_->bound_port;
}

void HttpReceiver::stop() {
  if (!state_->thread.joinable()) return;
  asio::post(state_->context, [state = state_.get()] {
    SystemError ignored;
    state->acceptor.close(ignored);
    for (Connection* session : state->sessions) session->close();
    state->work.reset();
  });
  state_->thread.join();
}

}  // namespace vedette::net
