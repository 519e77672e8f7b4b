// Owns: a stop that comes when either of two does. Must not know: who asks. Any thread.
#pragma once

#include <stop_token>

namespace vedette::app {

class EitherStop {
 public:
  EitherStop(const std::stop_token& one, const std::stop_token& other)
      : one_(one, Request{source_}), other_(other, Request{source_}) {}
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  struct Request {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  std::stop_source source_;
  std::stop_callback<Request> one_, other_;
};

}  // namespace vedette::app
