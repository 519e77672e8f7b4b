#include "collect/byte_stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/result.h"

namespace vedette::collect {
namespace {

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(FileDescriptor connection) : connection_(std::move(connection)) {}

  ReadBytes read(std::span<char> target) override {
    const ssize_t got = ::recv(connection_.get(), target.data(), target.size(), 0);
    if (got > 0) return {ReadBytes::State::some, static_cast<std::size_t>(got)};
    if (got == 0) return {ReadBytes::State::ended};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
      return {ReadBytes::State::none_yet};
    return {ReadBytes::State::failed, 0, base::system_failure("", errno).error().message};
  }
  bool is_established() const override { return true; }
  int socket() const override { return connection_.get(); }

 private:
  FileDescriptor connection_;
};

}  // namespace

std::unique_ptr<ByteStream> PlainStreams::make(FileDescriptor connection) {
  return std::make_unique<PlainStream>(std::move(connection));
}

}  // namespace vedette::collect
