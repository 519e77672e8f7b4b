// Owns: the words for Windows' numbers: what an event is called, kinds of log-on, why a log-on
// failed. Promises: facts of Microsoft's documentation, in English whatever the host's language;
// empty for what is not known. Must not know: records. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vedette::normalise::windows {

// Of the Security log: "An account was successfully logged on."
[[nodiscard]] std::string_view activity_of(std::uint32_t event_id);
// "RemoteInteractive"
[[nodiscard]] std::string_view log_on_type_name(std::int64_t type);
// A log-on type as a number, "3", "0x3", or in words, "Network", "3 - Network".
[[nodiscard]] std::optional<std::int32_t> read_log_on_type(std::string_view text);

struct FailureWords {
  std::string_view words;         // "wrong password"
  std::string_view asim;          // the ASIM authentication schema's EventResultDetails
  bool tells_of_guessing = true;  // somebody did not know the credentials
  bool user_exists = true;
};
// Of an NT status such as 0xc000006a, or a Kerberos error such as 0x18.
[[nodiscard]] FailureWords failure_words(std::uint32_t status, bool is_kerberos);
[[nodiscard]] std::string_view level_name(std::int64_t level);

}  // namespace vedette::normalise::windows
