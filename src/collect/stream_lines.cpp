#include "collect/stream_lines.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace vedette::collect {

// One byte more than the longest line: a full buffer without a newline is a line that is too long,
// and a newline anywhere in it ends a line that is not.
StreamLines::StreamLines() : buffer_(base::limits::line_bytes_max + 1) {}

base::Result<StreamLines::Outcome> StreamLines::read(int descriptor) {
  if (handed_out_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + handed_out_, filled_ - handed_out_);
    filled_ -= handed_out_;
    position_ += handed_out_;
    handed_out_ = 0;
  }
  const std::size_t old_bytes = filled_;
  const ssize_t got = ::read(descriptor, buffer_.data() + filled_, buffer_.size() - filled_);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return Outcome{State::would_block, {}, position_, 0};
    if (errno == EIO) return end();  // a terminal whose session has gone
    return base::system_failure("cannot read", errno);
  }
  if (got == 0) return end();
  filled_ += static_cast<std::size_t>(got);
  bytes_read_ += static_cast<std::uint64_t>(got);
  if (skipping_) {
    skip_rest_of_line();
    if (skipping_) return Outcome{State::more, {}, position_, 0};
  }
  const std::size_t searched_from = old_bytes < filled_ ? old_bytes : 0;
  const void* newline = ::memrchr(buffer_.data() + searched_from, '\n', filled_ - searched_from);
  if (newline != nullptr) {
    const auto end_of_line = static_cast<const char*>(newline) - buffer_.data() + 1;
    return hand_out(static_cast<std::size_t>(end_of_line), 0, State::more);
  }
  if (filled_ < buffer_.size()) return Outcome{State::more, {}, position_, 0};
  // Too long: the byte over the limit is the first of the skipped rest, and the newline takes its
  // place.
  skipping_ = true;
  buffer_.back() = '\n';
  return hand_out(filled_, 1, State::more);
}

void StreamLines::skip_rest_of_line() {
  const void* newline = std::memchr(buffer_.data(), '\n', filled_);
  const std::size_t dropped =
      newline == nullptr
          ? filled_
          : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1;
  std::memmove(buffer_.data(), buffer_.data() + dropped, filled_ - dropped);
  filled_ -= dropped;
  position_ += dropped;
  skipping_ = newline == nullptr;
}

StreamLines::Outcome StreamLines::hand_out(std::size_t bytes, std::uint64_t cut_lines,
                                           State state) {
  handed_out_ = bytes;
  return Outcome{state, {buffer_.data(), bytes}, position_, cut_lines};
}

StreamLines::Outcome StreamLines::end() {
  skipping_ = false;
  if (filled_ == 0) return Outcome{State::ended, {}, position_, 0};
  buffer_[filled_++] = '\n';  // there is room: a full buffer was handed out when it filled
  return hand_out(filled_, 0, State::ended);
}

}  // namespace vedette::collect
