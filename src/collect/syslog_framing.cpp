#include "collect/syslog_framing.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vedette::collect {
namespace {

using namespace std::string_view_literals;

// A count has at most this many digits; longer ones are text.
constexpr std::size_t count_digits_max = 7;
constexpr std::string_view line_ends = "\n\0"sv;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

void SyslogFraming::feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::head:
        read_head(bytes);
        break;
      case State::counted:
        read_counted(bytes, take);
        break;
      case State::line:
        read_line(bytes, take);
        break;
      case State::skip_counted: {
        const std::size_t skipped = std::min(left_bytes_, bytes.size());
        bytes.remove_prefix(skipped);
        left_bytes_ -= skipped;
        if (left_bytes_ == 0) state_ = State::head;
        break;
      }
      case State::skip_line: {
        const std::size_t end = bytes.find_first_of(line_ends);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (end != std::string_view::npos) state_ = State::head;
        break;
      }
    }
  }
}

// A count is digits without a leading zero, one blank, and the '<' that every counted message
// begins with (RFC 6587 section 3.4.1); anything else is the beginning of a line. What was taken
// for a count and is none stays in `pending_`.
void SyslogFraming::read_head(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char c = bytes.front();
    const bool is_blank_between = line_ends.find(c) != std::string_view::npos || c == '\r';
    const bool counting = !pending_.empty() && pending_.back() != ' ';
    if (pending_.empty() && is_blank_between) {
      bytes.remove_prefix(1);
      continue;
    }
    const bool is_next_digit = is_digit(c) && (pending_.empty() ? c != '0' : counting) &&
                               pending_.size() < count_digits_max;
    if (is_next_digit || (c == ' ' && counting)) {
      pending_ += c;
      bytes.remove_prefix(1);
      continue;
    }
    state_ = State::line;
    if (c == '<' && !pending_.empty() && pending_.back() == ' ') {
      pending_.pop_back();
      left_bytes_ = *base::parse_unsigned(pending_);
      skip_bytes_ = left_bytes_ - std::min(left_bytes_, message_bytes_max_);
      left_bytes_ -= skip_bytes_;
      pending_.clear();
      state_ = State::counted;
    }
    return;
  }
}

void SyslogFraming::read_counted(std::string_view& bytes, const Take& take) {
  const std::string_view part = bytes.substr(0, left_bytes_);
  bytes.remove_prefix(part.size());
  left_bytes_ -= part.size();
  if (left_bytes_ > 0) {
    pending_ += part;
    return;
  }
  if (pending_.empty()) {
    give(part, skip_bytes_ > 0, take);
  } else {
    pending_ += part;
    give(pending_, skip_bytes_ > 0, take);
  }
  pending_.clear();
  left_bytes_ = std::exchange(skip_bytes_, 0);
  state_ = left_bytes_ > 0 ? State::skip_counted : State::head;
}

void SyslogFraming::read_line(std::string_view& bytes, const Take& take) {
  const std::size_t room = message_bytes_max_ - std::min(message_bytes_max_, pending_.size());
  const std::string_view part = bytes.substr(0, bytes.find_first_of(line_ends));
  const bool is_whole = part.size() < bytes.size();
  if (part.size() > room) {  // what is behind the bound is skipped, up to the line's end
    pending_ += part.substr(0, room);
    give(pending_, true, take);
    bytes.remove_prefix(part.size());
    state_ = State::skip_line;
    pending_.clear();
    return;
  }
  if (!is_whole) {
    pending_ += part;
    bytes = {};
    return;
  }
  if (pending_.empty()) {
    give(part, false, take);
  } else {
    pending_ += part;
    give(pending_, false, take);
  }
  pending_.clear();
  bytes.remove_prefix(part.size() + 1);
  state_ = State::head;
}

void SyslogFraming::give(std::string_view message, bool is_cut, const Take& take) {
  if (state_ == State::line && !is_cut && message.ends_with('\r')) message.remove_suffix(1);
  if (!message.empty()) take(message, is_cut);
}

void SyslogFraming::finish(const Take& take) {
  // A line's end is often left out at the end of a stream; a counted message was cut off.
  if (!pending_.empty()) take(pending_, state_ == State::counted);
  pending_.clear();
  left_bytes_ = skip_bytes_ = 0;
  state_ = State::head;
}

}  // namespace vedette::collect
