#include "simulate/authlog_options.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::simulate {
namespace {

using base::ErrorCode;
using base::failure;

template <typename Value, std::size_t count>
base::Result<Value> parse_word(std::string_view what, std::string_view text,
                               const std::array<std::pair<std::string_view, Value>, count>& words) {
  std::vector<std::string_view> names;
  std::string list;
  for (const auto& [name, value] : words) {
    if (name == text) return value;
    names.push_back(name);
    list += (list.empty() ? "" : ", ") + std::string(name);
  }
  std::string message = "unknown " + std::string(what) + " \"" + base::encode_terminal(text, 64) +
                        "\": it is one of " + list;
  if (const std::string_view near = base::nearest(text, names); !near.empty())
    message += " (did you mean " + std::string(near) + "?)";
  return failure(ErrorCode::invalid_argument, std::move(message));
}

}  // namespace

base::Result<AuthlogFormat> parse_authlog_format(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, AuthlogFormat>, 3> words = {
      {{"rfc3164", AuthlogFormat::rfc3164},
       {"rfc3339", AuthlogFormat::rfc3339},
       {"journal", AuthlogFormat::journal}}};
  return parse_word("format", text, words);
}

base::Result<SshdNaming> parse_sshd_naming(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, SshdNaming>, 3> words = {
      {{"sshd", SshdNaming::sshd},
       {"sshd-session", SshdNaming::sshd_session},
       {"mixed", SshdNaming::mixed}}};
  return parse_word("sshd naming", text, words);
}

base::Result<std::uint64_t> parse_size_bytes(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 11> units = {
      {{"", 1},
       {"b", 1},
       {"k", 1'000},
       {"kb", 1'000},
       {"m", 1'000'000},
       {"mb", 1'000'000},
       {"g", 1'000'000'000},
       {"gb", 1'000'000'000},
       {"kib", 1ULL << 10},
       {"mib", 1ULL << 20},
       {"gib", 1ULL << 30}}};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = base::parse_unsigned(text.substr(0, digits));
  const std::string unit = base::to_lower_ascii(base::trim(text.substr(digits)));
  const auto* const found = std::ranges::find(units, std::string_view(unit),
                                              [](const auto& entry) { return entry.first; });
  if (!number || *number == 0 || found == units.end() ||
      *number > std::numeric_limits<std::uint64_t>::max() / found->second)
    return failure(ErrorCode::invalid_argument, "\"" + base::encode_terminal(text, 64) +
                                                    "\" is not a size: write 500kB, 64MiB or 1GB");
  return *number * found->second;
}

base::Result<int> parse_zone_minutes(std::string_view text) {
  if (text == "Z" || base::equals_ignoring_case(text, "utc")) return 0;
  std::string digits;
  for (const char c : text.substr(std::min<std::size_t>(1, text.size())))
    if (c != ':') digits += c;
  const auto number = base::parse_unsigned(digits);
  const bool shaped = (text.size() == 5 || (text.size() == 6 && text[3] == ':')) &&
                      (text[0] == '+' || text[0] == '-') && digits.size() == 4 && number;
  if (!shaped || *number % 100 > 59 || *number / 100 > 14)
    return failure(
        ErrorCode::invalid_argument,
        "\"" + base::encode_terminal(text, 64) + "\" is not a zone: write UTC, +02:00 or -03:30");
  const int minutes = static_cast<int>(*number / 100 * 60 + *number % 100);
  return text[0] == '-' ? -minutes : minutes;
}

base::Result<void> check(const AuthlogOptions& options) {
  if (options.rate_lines_per_second == 0 ||
      options.rate_lines_per_second > base::limits::simulated_lines_per_second_max)
    return failure(ErrorCode::invalid_argument,
                   "the rate is from 1 to " +
                       base::group_thousands(base::limits::simulated_lines_per_second_max) +
                       " lines a second");
  if (options.start.unix_seconds() < 0 || options.start.unix_seconds() > 253'000'000'000)
    return failure(ErrorCode::invalid_argument, "the start is a time between 1970 and 9987");
  if (options.zone_minutes < -14 * 60 || options.zone_minutes > 14 * 60)
    return failure(ErrorCode::invalid_argument, "the zone is at most 14 hours from UTC");
  if (options.duration.ticks < 0)
    return failure(ErrorCode::invalid_argument, "the duration is not negative");
  if (options.hosts.empty() || options.hosts.size() > base::limits::simulated_hosts_max)
    return failure(
        ErrorCode::invalid_argument,
        "give 1 to " + std::to_string(base::limits::simulated_hosts_max) + " host names");
  for (const std::string& host : options.hosts) {
    const bool plain = std::ranges::all_of(host, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '.' || c == '_';
    });
    if (host.empty() || host.size() > 64 || !plain)
      return failure(ErrorCode::invalid_argument,
                     "\"" + base::encode_terminal(host, 64) + "\" is not a host name");
  }
  return {};
}

}  // namespace vedette::simulate
