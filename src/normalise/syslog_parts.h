// Owns: the parts that a syslog message has in a file and on the wire alike: "<38>" and
// "sshd[123]: ". Promises: views of the text, no allocation; what is not there is empty. Must not
// know: stamps. Called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::normalise {

struct Priority {
  std::string_view facility, severity;  // as Log Analytics writes them; empty: no such number
  std::size_t length = 0;               // of "<38>"; 0: the line has none
};

[[nodiscard]] Priority read_priority(std::string_view line);

// "sshd[123]: message" in its parts; a line without a tag is all message.
struct Tagged {
  std::string_view process, message;
  std::optional<std::int64_t> process_id;
};

[[nodiscard]] Tagged read_tagged(std::string_view text);

}  // namespace vedette::normalise
