#include "normalise/windows/windows_syslog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "normalise/windows/windows_json.h"
#include "normalise/windows/windows_xml.h"

namespace vedette::normalise::windows {
namespace {

using base::Duration;
using base::Result;
using base::Timestamp;

constexpr std::string_view snare_mark = "MSWinEventLog\t", cef_mark = "CEF:";

std::unexpected<base::Error> no_event(const char* why) {
  return base::failure(base::ErrorCode::malformed, why);
}

// "Wed Sep 22 04:37:45 2020", in the host's own zone.
std::optional<Timestamp> read_snare_time(std::string_view text, Duration zone_offset) {
  constexpr auto months = std::to_array<std::string_view>(
      {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
  auto words = base::split(text, ' ');
  std::erase(words, std::string_view());
  if (words.size() != 5) return std::nullopt;
  const auto month = std::ranges::find(months, words[1]);
  const auto day = base::parse_unsigned(words[2]);
  if (month == months.end() || !day || *day > 31) return std::nullopt;
  return read_time(
      fmt::format("{}-{:02}-{:02} {}", words[4], month - months.begin() + 1, *day, words[3]),
      zone_offset);
}

Result<WindowsRecord> read_snare(std::string_view message, Duration zone_offset) {
  const auto fields = base::split(message, '\t');
  constexpr std::size_t fields_least = 14;
  if (fields.size() < fields_least) return no_event("a Snare event has too few fields");
  WindowsRecord record;
  record.channel = fields[2];
  record.event_id =
      static_cast<std::uint32_t>(base::parse_unsigned(fields[5]).value_or(0) & 0xFFFF);
  record.provider = fields[6];
  record.computer = fields[10];
  record.message = fields[13];
  record.time = read_snare_time(fields[4], zone_offset).value_or(Timestamp{});
  if (record.event_id == 0) return no_event("a Snare event has no event id");
  name_values(record);
  return record;
}

// ---- CEF ----

struct CefName {
  std::string_view key, name;
};
constexpr auto cef_names = std::to_array<CefName>({
    {"duser", "TargetUserName"},
    {"dntdom", "TargetDomainName"},
    {"duid", "TargetLogonId"},
    {"suser", "SubjectUserName"},
    {"sntdom", "SubjectDomainName"},
    {"suid", "SubjectLogonId"},
    {"src", "IpAddress"},
    {"sourceAddress", "IpAddress"},
    {"spt", "IpPort"},
    {"shost", "WorkstationName"},
    {"sproc", "ProcessName"},
    {"dproc", "ProcessName"},
});

std::string without_escapes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      out += next == 'n' ? '\n' : next == 'r' ? '\r' : next;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The place of the next '|' or '=' that stands for itself.
std::size_t find_bare(std::string_view text, char wanted, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == wanted)
      return at;
  }
  return std::string_view::npos;
}

// "key=value key2=value of several words": a value ends where the next key begins.
std::vector<std::pair<std::string, std::string>> read_extension(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t equals = find_bare(text, '=', 0);
  std::size_t key_begin = 0;
  while (equals != std::string_view::npos) {
    const std::string_view key = base::trim(text.substr(key_begin, equals - key_begin));
    const std::size_t next = find_bare(text, '=', equals + 1);
    std::size_t value_end = text.size();
    if (next != std::string_view::npos) {
      const std::size_t blank = text.rfind(' ', next);
      value_end = blank == std::string_view::npos || blank < equals ? next : blank;
    }
    pairs.emplace_back(
        key, without_escapes(base::trim(text.substr(equals + 1, value_end - equals - 1))));
    key_begin = value_end;
    equals = next;
  }
  return pairs;
}

// Fields of one's own have their name in another: cn1=10 cn1Label=LogonType.
std::string_view label_of(const std::vector<std::pair<std::string, std::string>>& pairs,
                          std::string_view key) {
  for (const auto& [name, value] : pairs)
    if (name.size() == key.size() + 5 && name.starts_with(key) && name.ends_with("Label"))
      return value;
  return {};
}

void read_cef_pair(const std::vector<std::pair<std::string, std::string>>& pairs,
                   const std::string& key, const std::string& value, WindowsRecord& record) {
  if (key == "externalId") {
    record.event_id = static_cast<std::uint32_t>(read_number(value).value_or(0) & 0xFFFF);
  } else if (key == "rt" || (key == "end" && !record.time.is_set())) {
    record.time = read_time(value).value_or(record.time);
  } else if (key == "dvchost" || (key == "dhost" && record.computer.empty())) {
    record.computer = value;
  } else if (key == "cat" && value.find(':') == std::string::npos) {
    record.channel = value;
  } else if (key == "msg" || key == "message") {
    record.message = value;
  } else if (const auto known = std::ranges::find(cef_names, key, &CefName::key);
             known != cef_names.end()) {
    record.data.emplace_back(known->name, value);
  } else if (key.starts_with("ad.")) {
    record.data.emplace_back(key.substr(3), value);
  } else if (const auto label = label_of(pairs, key); !label.empty()) {
    std::string name(label);
    std::erase(name, ' ');
    record.data.emplace_back(name == "LogonTypeNumber" ? "LogonType" : name, value);
  } else if (!key.ends_with("Label")) {
    record.data.emplace_back(key, value);
  }
}

Result<WindowsRecord> read_cef(std::string_view message) {
  std::array<std::string_view, 7> head;
  std::size_t at = 0;
  for (std::string_view& each : head) {
    const std::size_t bar = find_bare(message, '|', at);
    if (bar == std::string_view::npos) return no_event("a CEF event has too few fields");
    each = message.substr(at, bar - at);
    at = bar + 1;
  }
  if (head[2].find("Windows") == std::string_view::npos)
    return no_event("a CEF event is not of Windows");
  WindowsRecord record;
  // "Microsoft-Windows-Security-Auditing:4624", or the number alone.
  const std::string_view signature = head[4];
  const std::size_t colon = signature.rfind(':');
  if (colon != std::string_view::npos) record.provider = signature.substr(0, colon);
  record.event_id = static_cast<std::uint32_t>(
      base::parse_unsigned(signature.substr(colon + 1)).value_or(0) & 0xFFFF);
  const auto pairs = read_extension(message.substr(at));
  for (const auto& [key, value] : pairs) read_cef_pair(pairs, key, value, record);
  if (record.event_id == 0) return no_event("a CEF event has no event id");
  if (record.provider.empty() || record.provider == "Security")
    record.provider = "Microsoft-Windows-Security-Auditing";
  if (record.channel.empty()) record.channel = "Security";
  name_values(record);
  return record;
}

}  // namespace

std::string_view windows_part(std::string_view message) {
  // What syslog itself may put before it.
  constexpr std::size_t head_bytes_max = 300, product_bytes_max = 100;
  const auto begin = message.find_first_of("{<CM");
  if (begin == std::string_view::npos) return {};
  const std::string_view head = message.substr(0, head_bytes_max);
  if (const auto at = head.find(snare_mark); at != std::string_view::npos)
    return message.substr(at);
  if (const auto at = head.find(cef_mark); at != std::string_view::npos) {
    const std::string_view product = message.substr(at, product_bytes_max);
    const auto vendor = product.find("|Microsoft|");
    const bool is_windows = vendor != std::string_view::npos &&
                            product.find("Windows", vendor) != std::string_view::npos;
    return is_windows ? message.substr(at) : std::string_view();
  }
  if (const auto at = head.find("<Event xmlns="); at != std::string_view::npos)
    return message.substr(at);
  const auto at = head.find('{');
  if (at == std::string_view::npos) return {};
  const bool has_id = message.find("\"EventID\"", at) != std::string_view::npos ||
                      message.find("\"event_id\"", at) != std::string_view::npos;
  return has_id ? message.substr(at) : std::string_view();
}

Result<WindowsRecord> read_windows_message(std::string_view part, Duration zone_offset) {
  if (part.starts_with('{'))
    return read_windows_json(VEDETTE_TRY(base::parse_json(part)), zone_offset);
  if (part.starts_with('<')) return read_windows_xml(part);
  return part.starts_with(cef_mark) ? read_cef(part) : read_snare(part, zone_offset);
}

}  // namespace vedette::normalise::windows
