// Owns: one syslog message from the network → its parts: RFC 5424, RFC 3164, and what devices make
// of them (RFC 3339 stamps, stamps with a year, no host, no stamp, no priority).
// Promises: every text is a message; what cannot be told from its form is all message. Views of the
// text, no allocation. The year of a stamp without one is that which brings it nearest to the
// receipt. A stamp that the sender's clock cannot have meant (`time_of`) decides nothing. Must not
// know: who sent it. One instance a thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "base/time_zone.h"
#include "normalise/line_stamp.h"
#include "normalise/syslog_parts.h"

namespace vedette::normalise {

struct SyslogMessage {
  std::string_view facility, severity;
  std::optional<base::Timestamp> stamp;  // as the sender wrote it
  std::string_view host;                 // what the sender calls itself or its source; a claim
  std::string_view process, message;
  std::optional<std::int64_t> process_id;
};

class SyslogReader {
 public:
  // The zone of stamps that name none.
  explicit SyslogReader(const base::TimeZone& zone);

  [[nodiscard]] SyslogMessage read(std::string_view text, base::Timestamp received);

 private:
  bool read_rfc5424(std::string_view text, SyslogMessage& message);
  void read_rfc3164(std::string_view text, base::Timestamp received, SyslogMessage& message);
  // How much of the text a stamp takes, with the blank behind it; 0: it begins with none.
  std::size_t read_stamp(std::string_view text, base::Timestamp received, base::Timestamp& time);

  base::TimeZone zone_;
  StampReader rfc3339_;
};

// When it happened: the message's stamp, or the receipt when the stamp is missing, more than five
// minutes ahead of the receipt or more than two days behind it (as Log Analytics does): a clock
// that is wrong, or a liar, must not move our time.
[[nodiscard]] base::Timestamp time_of(const SyslogMessage& message, base::Timestamp received);

}  // namespace vedette::normalise
