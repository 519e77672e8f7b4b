// Owns: the server's side of TLS on accepted connections (RFC 5425). Promises: TLS 1.2 at least;
// with a client authority, who has no certificate of it gets no further than the handshake; a
// certificate or key that does not work is an error when it is read, with its file. Must not know:
// what the bytes mean. Made by one thread, its streams are used by one.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "collect/byte_stream.h"

namespace vedette::collect {

struct TlsSettings {
  std::string certificate;  // PEM file: ours, and those between it and its authority
  std::string key;          // PEM file
  std::string client_ca;    // PEM file of the authorities of clients; empty: clients need none
};

class TlsStreams : public ByteStreamMaker {
 private:
  struct Context;

 public:
  [[nodiscard]] static base::Result<std::unique_ptr<TlsStreams>> create(
      const TlsSettings& settings);
  explicit TlsStreams(std::unique_ptr<Context> context);  // for `create`
  ~TlsStreams() override;

  [[nodiscard]] std::unique_ptr<ByteStream> make(FileDescriptor connection) override;

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace vedette::collect
