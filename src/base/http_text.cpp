#include "base/http_text.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::base {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Two or four digits at a place; -1 for anything else.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  const auto number = parse_unsigned(text.substr(at, count));
  return number ? static_cast<int>(*number) : -1;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

// Fixed places; the day's name is not needed.
std::optional<Timestamp> parse_http_date(std::string_view text) {
  constexpr std::string_view shape = "???, ?? ??? ???? ??:??:?? GMT";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != '?' && shape[i] != text[i]) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const int day = digits_at(text, 5, 2), year = digits_at(text, 12, 4);
  const int hour = digits_at(text, 17, 2), minute = digits_at(text, 20, 2);
  const int second = digits_at(text, 23, 2);
  if (month == months.end() || day < 1 || day > 31 || year < 1 || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const auto days = days_from_civil(year, static_cast<int>(month - months.begin()) + 1, day);
  return Timestamp::from_unix_seconds(days * 86'400 + hour * 3'600 + minute * 60 + second);
}

std::optional<Duration> parse_retry_after(std::string_view text, Timestamp now) {
  text = trim(text);
  constexpr auto longest = static_cast<std::uint64_t>(limits::retry_after_s_max);
  const bool all_digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (all_digits) {
    // More digits than 64 bits hold is still a number: the longest wait.
    const std::uint64_t seconds = parse_unsigned(text).value_or(longest);
    return Duration::seconds(static_cast<std::int64_t>(std::min(seconds, longest)));
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, Duration{}, Duration::seconds(static_cast<int>(longest)));
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

std::string percent_decode(std::string_view text, Plus plus) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 32);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' && plus == Plus::is_space ? ' ' : text[i];
    }
  }
  return out;
}

std::string origin_of(std::string_view address) {
  const auto colon = address.find("://");
  if (colon == std::string_view::npos) return {};
  const std::string scheme = to_lower_ascii(address.substr(0, colon));
  if (scheme != "https" && scheme != "http") return {};
  const std::string_view rest = address.substr(colon + 3);
  std::string host = to_lower_ascii(rest.substr(0, rest.find_first_of("/?#")));
  const bool is_plain = std::ranges::all_of(host, [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == ':' || c == '[' ||
           c == ']';
  });
  if (host.empty() || !is_plain) return {};
  const std::string_view own_port = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(own_port)) host.resize(host.size() - own_port.size());
  return scheme + "://" + host;
}

}  // namespace vedette::base
