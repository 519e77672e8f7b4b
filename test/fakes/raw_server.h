// A server on loopback that does with each connection whatever the test says: the worst services a
// client can meet. One connection at a time, on its own thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace vedette::fakes {

// The server's side of one connection. Reading and writing end when the client has gone or the
// server is destroyed.
class RawConnection {
 public:
  RawConnection(int socket, const std::stop_token& stop) : socket_(socket), stop_(stop) {}

  // What the client has sent up to and with `end`; shorter when it went away.
  std::string read_until(std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && wait(POLLIN) && ::recv(socket_, &byte, 1, 0) == 1) text += byte;
    return text;
  }
  // False when the client has gone.
  bool write(std::string_view text) {
    while (!text.empty()) {
      if (!wait(POLLOUT)) return false;
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Does nothing for that long. False when the client goes away meanwhile.
  bool pause(int milliseconds) {
    for (; milliseconds > 0 && !stop_.stop_requested(); milliseconds -= step_ms) {
      pollfd entry{socket_, POLLRDHUP, 0};
      if (::poll(&entry, 1, std::min(milliseconds, step_ms)) > 0) return false;
    }
    return !stop_.stop_requested();
  }
  void wait_until_gone() {
    while (pause(1000)) {
    }
  }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  static constexpr int step_ms = 20;
  bool wait(short events) {
    while (!stop_.stop_requested()) {
      pollfd entry{socket_, events, 0};
      if (::poll(&entry, 1, step_ms) > 0) return (entry.revents & (POLLERR | POLLNVAL)) == 0;
    }
    return false;
  }
  int socket_;
  std::stop_token stop_;
};

class RawServer {
 public:
  using Behaviour = std::function<void(RawConnection&)>;

  explicit RawServer(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(socket_ >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    [[maybe_unused]] int done = ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    assert(done == 0);
    done = ::listen(socket_, 16);
    assert(done == 0);
    done = ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    assert(done == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~RawServer() {
    thread_.request_stop();
    thread_.join();
    ::close(socket_);
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path = "/secret",
                                const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{socket_, POLLIN, 0};
      if (::poll(&entry, 1, 20) <= 0) continue;
      const int client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      RawConnection connection(client, stop);
      behaviour_(connection);
      ::close(client);
    }
  }

  Behaviour behaviour_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace vedette::fakes
