// Owns: how messages that came over a network lie in one record of the journal: each with the
// address that sent it, whatever bytes it holds. Promises: what was appended is read back byte for
// byte; a record that breaks the form is said to be broken from there on. Must not know: what
// messages say. Plain data; any thread.
//
// The form, for people who look into the journal: "ADDRESS BYTES[ cut]\n", the message, "\n".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vedette::model {

// The journal's name for records of this form that hold syslog messages.
inline constexpr std::string_view syslog_format = "syslog";

struct SentMessage {
  std::string_view sender;  // the address the bytes came from, as text; never what they say
  std::string_view text;
  bool is_cut = false;  // it was longer than the limit, or its connection ended within it
};

void append_sent_message(std::string& payload, const SentMessage& message);

class SentMessages {
 public:
  explicit SentMessages(std::string_view payload) : rest_(payload) {}
  // The next message; false at the end, or where the form is broken.
  [[nodiscard]] bool next(SentMessage& message);
  // What could not be read; empty when all of it could.
  [[nodiscard]] std::string_view broken() const { return is_broken_ ? rest_ : std::string_view(); }

 private:
  std::string_view rest_;
  bool is_broken_ = false;
};

}  // namespace vedette::model
