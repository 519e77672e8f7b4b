// Owns: whole lines out of a descriptor that can only be read forward: a pipe, a terminal, a FIFO,
// or standard input redirected from a file. Promises: one read(2) a call; the unfinished line is
// kept for the next; a line longer than limits::line_bytes_max is cut there, its rest skipped
// without being kept. Must not know: who waits for it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::collect {

class StreamLines {
 public:
  enum class State : std::uint8_t { more, would_block, ended };
  struct Outcome {
    State state = State::more;
    std::string_view lines;      // whole lines, or empty; valid until the next call
    std::uint64_t position = 0;  // of the lines in the stream
    std::uint64_t cut_lines = 0;
  };

  StreamLines();
  // Reads once. At the end of input the unfinished line comes with a newline added.
  [[nodiscard]] base::Result<Outcome> read(int descriptor);
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  [[nodiscard]] Outcome hand_out(std::size_t bytes, std::uint64_t cut_lines, State state);
  [[nodiscard]] Outcome end();
  void skip_rest_of_line();

  std::vector<char> buffer_;
  std::size_t handed_out_ = 0;  // bytes at the front that the last call gave away
  std::size_t filled_ = 0;
  std::uint64_t position_ = 0;  // of the buffer's first byte in the stream
  std::uint64_t bytes_read_ = 0;
  bool skipping_ = false;  // inside the rest of a line that was cut
};

}  // namespace vedette::collect
