#include "normalise/syslog_message.h"

#include <cstdlib>

#include "base/text.h"
#include "normalise/stamp_parts.h"

namespace vedette::normalise {
namespace {

using base::Duration;
using base::Timestamp;

constexpr Duration ahead_at_most = Duration::minutes(5);
constexpr Duration behind_at_most = Duration::hours(48);
constexpr std::string_view nothing = "-";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Takes the next word off the text; false when it does not end with a blank.
bool take_word(std::string_view& text, std::string_view& word) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank == 0) return false;
  word = text.substr(0, blank);
  if (word == nothing) word = {};
  text.remove_prefix(blank + 1);
  return true;
}

// "[id name="value"][...]" or "-": how long it is; npos when it has no end. Within a value \" \\ \]
// stand for themselves (RFC 5424 section 6.3.3).
std::size_t structured_data_bytes(std::string_view text) {
  if (text.starts_with('-')) return 1;
  std::size_t at = 0;
  while (at < text.size() && text[at] == '[') {
    bool quoted = false;
    for (++at; at < text.size() && (quoted || text[at] != ']'); ++at) {
      if (quoted && text[at] == '\\')
        ++at;
      else if (text[at] == '"')
        quoted = !quoted;
    }
    if (at >= text.size()) return std::string_view::npos;
    ++at;
  }
  return at == 0 ? std::string_view::npos : at;
}

std::optional<std::int64_t> process_number(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  if (!number || *number > INT32_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// logger -t "sshd[4242]" and some devices write RFC 3164's tag in the place of the name.
void split_process_id(SyslogMessage& message) {
  const std::size_t open = message.process.find('[');
  if (open == 0 || open == std::string_view::npos || !message.process.ends_with(']')) return;
  const auto number =
      process_number(message.process.substr(open + 1, message.process.size() - open - 2));
  if (!number) return;
  if (!message.process_id) message.process_id = number;
  message.process = message.process.substr(0, open);
}

// "Jun  1 08:15:30", also "Jun  1 2026 08:15:30" (ASA) and with parts of a second.
struct ShortStamp {
  int month = 0, day = 0, year = 0;  // year 0: it names none
  std::int64_t second_of_day = 0, fraction_ticks = 0;
  std::size_t length = 0;  // 0: it is none
};

ShortStamp read_short_stamp(std::string_view text) {
  constexpr std::size_t without_year = sizeof("Jun  1 08:15:30") - 1, year_bytes = 5;
  ShortStamp stamp;
  if (text.size() < without_year || text[3] != ' ' || text[6] != ' ') return {};
  stamp.month = month_of(text.data());
  stamp.day = two_digits(text.data() + 4);
  std::size_t at = 7;
  if (text.size() >= without_year + year_bytes && text[11] == ' ') {
    const int century = two_digits(text.data() + 7), of_century = two_digits(text.data() + 9);
    if (century < 10 || of_century < 0) return {};
    stamp.year = century * 100 + of_century;
    at += year_bytes;
  }
  stamp.second_of_day = time_of_day(text.data() + at);
  if (stamp.month == 0 || stamp.day < 1 || stamp.day > 31 || stamp.second_of_day < 0) return {};
  at += sizeof("08:15:30") - 1;
  if (at < text.size() && text[at] == '.') {
    std::int64_t unit = base::ticks_per_second / 10;
    for (++at; at < text.size() && is_digit(text[at]); ++at, unit /= 10)
      stamp.fraction_ticks += (text[at] - '0') * unit;
  }
  stamp.length = at;
  return stamp;
}

std::int64_t local_seconds(const ShortStamp& stamp, int year) {
  return base::days_from_civil(year, stamp.month, stamp.day) * 86'400 + stamp.second_of_day;
}

// The year that brings the stamp nearest to that local time.
std::int64_t nearest_local_seconds(const ShortStamp& stamp, std::int64_t received_s) {
  const int year = base::civil_from_days(received_s / 86'400).year;
  std::int64_t best = local_seconds(stamp, year);
  for (const int other : {year - 1, year + 1}) {
    const std::int64_t seconds = local_seconds(stamp, other);
    if (std::abs(seconds - received_s) < std::abs(best - received_s)) best = seconds;
  }
  return best;
}

// Some senders count the line's end, and some a zero byte, as a part of their message.
std::string_view without_ends(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '\0'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

SyslogReader::SyslogReader(const base::TimeZone& zone)
    : zone_(zone), rfc3339_({zone, std::nullopt, false}) {}

SyslogMessage SyslogReader::read(std::string_view text, Timestamp received) {
  text = without_ends(text);
  SyslogMessage message;
  const Priority priority = read_priority(text);
  // RFC 3164 section 4.3.3: without a priority it is user.notice.
  message.facility = priority.facility.empty() ? "user" : priority.facility;
  message.severity = priority.severity.empty() ? "notice" : priority.severity;
  const std::string_view rest = text.substr(priority.length);
  if (priority.length > 0 && read_rfc5424(rest, message)) return message;
  read_rfc3164(rest, received, message);
  return message;
}

bool SyslogReader::read_rfc5424(std::string_view text, SyslogMessage& message) {
  std::string_view version, stamp, host, process, process_id, message_id;
  if (!take_word(text, version) || version.size() > 3 || !base::parse_unsigned(version))
    return false;
  const std::string_view from_stamp = text;
  if (!take_word(text, stamp)) return false;
  Stamp read;
  if (!stamp.empty() && !rfc3339_.read(from_stamp, read)) return false;
  if (!take_word(text, host) || !take_word(text, process) || !take_word(text, process_id) ||
      !take_word(text, message_id))
    return false;
  const std::size_t data_bytes = structured_data_bytes(text);
  if (data_bytes == std::string_view::npos) return false;
  text.remove_prefix(data_bytes);
  if (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (!stamp.empty()) message.stamp = read.time;
  message.host = host;
  message.process = process;
  message.process_id = process_number(process_id);
  split_process_id(message);
  message.message = text;
  return true;
}

void SyslogReader::read_rfc3164(std::string_view text, Timestamp received, SyslogMessage& message) {
  Timestamp time;
  const std::size_t stamp_bytes = read_stamp(text, received, time);
  if (stamp_bytes > 0) {
    message.stamp = time;
    text.remove_prefix(stamp_bytes);
    // The next word is the host, unless it is a tag already: programs that write to a local socket
    // name none.
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    const bool is_tag = word.empty() || word.ends_with(':') || word.find('[') != std::string::npos;
    if (end != std::string_view::npos && !is_tag) {
      message.host = word;
      text.remove_prefix(end + 1);
    }
  }
  const Tagged tagged = read_tagged(text);
  message.process = tagged.process;
  message.process_id = tagged.process_id;
  message.message = tagged.message;
}

std::size_t SyslogReader::read_stamp(std::string_view text, Timestamp received, Timestamp& time) {
  if (!text.empty() && is_digit(text[0])) {
    Stamp stamp;
    if (!rfc3339_.read(text, stamp)) return 0;
    time = stamp.time;
    return stamp.length;
  }
  const ShortStamp stamp = read_short_stamp(text);
  if (stamp.length == 0 || stamp.length >= text.size()) return 0;
  std::size_t end = stamp.length;
  if (text[end] == ':') ++end;  // "Jun 01 2026 08:15:30: %ASA-6-302013: ..."
  if (end >= text.size() || text[end] != ' ') return 0;
  const std::int64_t seconds = stamp.year != 0
                                   ? local_seconds(stamp, stamp.year)
                                   : nearest_local_seconds(stamp, received.unix_seconds());
  time = {zone_.to_utc(seconds).ticks + stamp.fraction_ticks};
  return end + 1;
}

Timestamp time_of(const SyslogMessage& message, Timestamp received) {
  if (!message.stamp) return received;
  const bool is_sane =
      *message.stamp <= received + ahead_at_most && *message.stamp >= received - behind_at_most;
  return is_sane ? *message.stamp : received;
}

}  // namespace vedette::normalise
