#include "normalise/syslog_parts.h"

#include <array>

#include "base/text.h"

namespace vedette::normalise {
namespace {

// RFC 5424 section 6.2.1, as Log Analytics writes them.
constexpr std::array<std::string_view, 24> facilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> severities{"emerg",   "alert",  "crit", "err",
                                                     "warning", "notice", "info", "debug"};

}  // namespace

Priority read_priority(std::string_view line) {
  if (line.empty() || line[0] != '<') return {};
  const std::size_t end = line.find('>');
  if (end > 4) return {};  // npos too
  const auto number = base::parse_unsigned(line.substr(1, end - 1));
  if (!number || *number / 8 >= facilities.size()) return {{}, {}, end + 1};
  return {facilities.at(*number / 8), severities.at(*number % 8), end + 1};
}

Tagged read_tagged(std::string_view text) {
  constexpr std::size_t tag_bytes_max = 128;
  const std::size_t end = text.substr(0, tag_bytes_max).find_first_of("[: ");
  if (end == 0 || end == std::string_view::npos || text[end] == ' ') return {{}, text, {}};
  Tagged tagged{text.substr(0, end), {}, {}};
  std::size_t at = end;
  if (text[at] == '[') {
    const std::size_t close = text.find(']', at);
    if (close == std::string_view::npos || close - at > 21) return {{}, text, {}};
    if (const auto number = base::parse_unsigned(text.substr(at + 1, close - at - 1));
        number && *number <= INT32_MAX)
      tagged.process_id = static_cast<std::int64_t>(*number);
    at = close + 1;
  }
  if (at >= text.size() || text[at] != ':') return {{}, text, {}};
  tagged.message = text.substr(at + 1);
  if (tagged.message.starts_with(' ')) tagged.message.remove_prefix(1);
  return tagged;
}

}  // namespace vedette::normalise
