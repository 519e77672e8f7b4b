#include "collect/journal_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::collect {
namespace {

constexpr std::size_t field_bytes_max = base::limits::line_bytes_max;
constexpr std::uint64_t size_bytes = 8;
// journald itself refuses fields larger than this (DATA_SIZE_MAX in its sources).
constexpr std::uint64_t announced_bytes_max = 768ULL * 1024 * 1024;
constexpr std::size_t header_bytes_max = 256;  // host, identifier, process id: each

std::string* field_of(JournalEntry& entry, std::string_view name) {
  if (name == "MESSAGE") return &entry.message;
  if (name == "_HOSTNAME") return &entry.host;
  if (name == "SYSLOG_IDENTIFIER") return &entry.identifier;
  if (name == "SYSLOG_PID" || name == "_PID") return &entry.process_id;
  if (name == "PRIORITY") return &entry.priority;
  if (name == "SYSLOG_FACILITY") return &entry.facility;
  if (name == "__CURSOR") return &entry.cursor;
  return nullptr;
}

bool is_known(std::string_view name) {
  JournalEntry none;
  return name == "_COMM" || name == "__REALTIME_TIMESTAMP" ||
         name == "_SOURCE_REALTIME_TIMESTAMP" || field_of(none, name) != nullptr;
}

base::Timestamp moment_of(std::string_view microseconds) {
  const auto number = base::parse_unsigned(microseconds);
  constexpr std::uint64_t most = 253'402'300'799'999'999;  // the end of the year 9999
  if (!number || *number == 0 || *number > most) return {};
  return base::Timestamp::from_unix_seconds(0) +
         base::Duration{static_cast<std::int64_t>(*number) * (base::ticks_per_second / 1'000'000)};
}

// A word of a line's head: a blank or a control character in it would move what comes after.
std::string word(std::string_view text, std::string_view otherwise) {
  std::string out(text.substr(0, header_bytes_max));
  for (char& c : out)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '[' || c == ']' || c == ':')
      c = '_';
  return out.empty() ? std::string(otherwise) : out;
}

std::string one_line(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\n')
      out += "#012";
    else if (c == '\r')
      out += "#015";
    else
      out.push_back(c);
  }
  return out;
}

// "<38>", or nothing where the entry does not say.
std::string priority_of(const JournalEntry& entry) {
  const auto facility = base::parse_unsigned(entry.facility);
  const auto severity = base::parse_unsigned(entry.priority);
  if (!facility || !severity || *facility > 23 || *severity > 7) return {};
  return fmt::format("<{}>", *facility * 8 + *severity);
}

}  // namespace

std::string line_of(const JournalEntry& entry) {
  if (!entry.time.is_set()) return {};
  const std::int64_t fraction_ticks = entry.time.ticks % base::ticks_per_second;
  std::string stamp = base::format_iso({entry.time.ticks - fraction_ticks});
  stamp.pop_back();  // the Z: parts of a second come before it
  std::string process = word(entry.identifier, "unknown");
  if (base::parse_unsigned(entry.process_id)) process += fmt::format("[{}]", entry.process_id);
  std::string line = fmt::format("{}{}.{:06}Z {} {}: {}", priority_of(entry), stamp,
                                 fraction_ticks / (base::ticks_per_second / 1'000'000),
                                 word(entry.host, "localhost"), process, one_line(entry.message));
  if (line.size() > field_bytes_max) line.resize(field_bytes_max);
  return line + "\n";
}

void JournalExport::feed(std::string_view bytes) {
  bytes_.erase(0, at_);
  at_ = 0;
  bytes_ += bytes;
}

bool JournalExport::next(JournalEntry& entry) {
  for (;;) {
    const Step step = in_size_ ? take_size() : in_value_ ? take_value() : take_line();
    if (step == Step::needs_more) return false;
    if (step == Step::went_on) continue;
    entry = std::exchange(entry_, {});
    const bool is_whole = !std::exchange(is_broken_, false);
    const bool is_entry = std::exchange(has_fields_, false);
    if (is_whole && is_entry) return true;
    if (!is_whole) ++broken_;
  }
}

JournalExport::Step JournalExport::take_line() {
  const std::string_view left = rest();
  const std::size_t end = left.find('\n');
  if (end == std::string_view::npos) {
    if (is_over_ && left.empty() && has_fields_) return Step::entry_ended;
    if (is_over_ && !left.empty()) {  // it ended within a field
      is_broken_ = has_fields_ = true;
      at_ = bytes_.size();
      return Step::entry_ended;
    }
    if (left.size() <= field_bytes_max) return Step::needs_more;
    if (!skips_line_) {
      const std::size_t equal = left.find('=');
      if (equal < header_bytes_max)
        set_field(left.substr(0, equal), left.substr(equal + 1, field_bytes_max));
      else
        is_broken_ = true;
      ++cut_;
    }
    skips_line_ = true;
    at_ = bytes_.size();
    return Step::needs_more;
  }
  const std::string_view line = left.substr(0, end);
  at_ += end + 1;
  if (skips_line_) {
    skips_line_ = false;
    return Step::went_on;
  }
  if (line.empty()) return Step::entry_ended;
  has_fields_ = true;
  if (is_broken_) return Step::went_on;
  const std::size_t equal = line.find('=');
  if (equal != std::string_view::npos) {
    set_field(line.substr(0, equal), line.substr(equal + 1));
  } else {
    name_ = line.substr(0, header_bytes_max);
    in_size_ = true;
  }
  return Step::went_on;
}

JournalExport::Step JournalExport::take_size() {
  const std::string_view left = rest();
  if (left.size() < size_bytes) {
    if (!is_over_) return Step::needs_more;
    in_size_ = false;
    return Step::went_on;  // what is left is no whole entry
  }
  std::uint64_t size = 0;
  for (std::size_t i = size_bytes; i > 0; --i)
    size = size << 8 | static_cast<unsigned char>(left[i - 1]);
  in_size_ = false;
  if (size > announced_bytes_max) {  // no size: the bytes are something else
    is_broken_ = true;
    return Step::went_on;
  }
  at_ += size_bytes;
  value_.clear();
  value_left_ = size + 1;
  in_value_ = true;
  return Step::went_on;
}

JournalExport::Step JournalExport::take_value() {
  const std::string_view left = rest();
  if (left.empty()) {
    if (!is_over_) return Step::needs_more;
    is_broken_ = true;
    in_value_ = false;
    return Step::entry_ended;
  }
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left.size(), value_left_));
  const std::size_t room = field_bytes_max + 1 - std::min(value_.size(), field_bytes_max + 1);
  if (is_known(name_)) value_ += left.substr(0, std::min(taken, room));
  at_ += taken;
  value_left_ -= taken;
  if (value_left_ > 0) return Step::needs_more;
  in_value_ = false;
  if (left[taken - 1] != '\n') {
    is_broken_ = true;  // the size was none
    return Step::went_on;
  }
  if (value_.size() > field_bytes_max) {
    value_.resize(field_bytes_max);
    ++cut_;
  } else if (!value_.empty()) {
    value_.pop_back();
  }
  set_field(name_, value_);
  return Step::went_on;
}

void JournalExport::set_field(std::string_view name, std::string_view value) {
  has_fields_ = true;
  if (auto* field = field_of(entry_, name)) {
    // What the program said of itself goes before what the system saw.
    if (name == "_PID" && !field->empty()) return;
    *field = value;
  } else if (name == "_COMM" && entry_.identifier.empty()) {
    entry_.identifier = value;
  } else if (name == "__REALTIME_TIMESTAMP" && !entry_.time.is_set()) {
    entry_.time = moment_of(value);
  } else if (name == "_SOURCE_REALTIME_TIMESTAMP") {
    if (const auto moment = moment_of(value); moment.is_set()) entry_.time = moment;
  }
}

}  // namespace vedette::collect
