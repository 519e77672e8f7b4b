// Owns: where syslog messages end in a stream of bytes (RFC 6587): counted ("57 <34>1 ...") or
// ended by a line feed or a zero byte, whichever each message does.
// Promises: every byte belongs to a message, to its frame, or to what was cut; nothing is dropped:
// a message longer than the bound is given with its head and marked as cut, and so is one whose
// stream ends within it. Memory is bounded by the longest message. Must not know: sockets, what
// messages say. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vedette::collect {

class SyslogFraming {
 public:
  // The view is valid during the call.
  using Take = std::function<void(std::string_view message, bool is_cut)>;

  explicit SyslogFraming(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  void feed(std::string_view bytes, const Take& take);
  // The stream has ended: what is unfinished is given.
  void finish(const Take& take);
  [[nodiscard]] bool is_between_messages() const {
    return state_ == State::head && pending_.empty();
  }

 private:
  enum class State : std::uint8_t { head, counted, line, skip_counted, skip_line };

  void read_head(std::string_view& bytes);
  void read_counted(std::string_view& bytes, const Take& take);
  void read_line(std::string_view& bytes, const Take& take);
  void give(std::string_view message, bool is_cut, const Take& take);

  const std::size_t message_bytes_max_;
  State state_ = State::head;
  std::string pending_;         // of the message (or of a count) that has begun
  std::size_t left_bytes_ = 0;  // of a counted message: to come, or to skip
  std::size_t skip_bytes_ = 0;  // of a counted message: behind the bound
};

}  // namespace vedette::collect
