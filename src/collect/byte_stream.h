// Owns: what a connection's bytes are read through: as they come, or out of TLS
// (tls_stream.h). Promises: reading never blocks. Must not know: what the bytes mean. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "collect/file_descriptor.h"

namespace vedette::collect {

struct ReadBytes {
  enum class State : std::uint8_t { some, none_yet, ended, failed };
  State state = State::none_yet;
  std::size_t bytes = 0;
  std::string why = {};      // failed
  bool wants_write = false;  // none_yet: it can go on when the socket takes bytes
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  [[nodiscard]] virtual ReadBytes read(std::span<char> target) = 0;
  // Both sides have agreed on how to speak.
  [[nodiscard]] virtual bool is_established() const = 0;
  [[nodiscard]] virtual int socket() const = 0;
};

// Makes a stream of an accepted connection.
class ByteStreamMaker {
 public:
  virtual ~ByteStreamMaker() = default;
  [[nodiscard]] virtual std::unique_ptr<ByteStream> make(FileDescriptor connection) = 0;
};

class PlainStreams : public ByteStreamMaker {
 public:
  [[nodiscard]] std::unique_ptr<ByteStream> make(FileDescriptor connection) override;
};

}  // namespace vedette::collect
