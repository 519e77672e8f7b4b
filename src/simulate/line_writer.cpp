#include "simulate/line_writer.h"

#include <array>
#include <cstdlib>

#include "base/time.h"

namespace vedette::simulate {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

char* put_two(char* at, std::int64_t number, char pad = '0') {
  *at++ = number < 10 ? pad : static_cast<char>('0' + number / 10);
  *at++ = static_cast<char>('0' + number % 10);
  return at;
}

}  // namespace

void LineWriter::format_second(std::int64_t local_second) {
  second_ = local_second;
  const std::int64_t of_day = local_second % 86'400;
  const base::CivilDate date = base::civil_from_days(local_second / 86'400);
  char* at = head_;
  if (format_ == AuthlogFormat::rfc3164) {
    for (const char c : months[static_cast<std::size_t>(date.month - 1)]) *at++ = c;
    *at++ = ' ';
    at = put_two(at, date.day, ' ');
    *at++ = ' ';
  } else {
    at = put_two(put_two(at, date.year / 100), date.year % 100);
    *at++ = '-';
    at = put_two(at, date.month);
    *at++ = '-';
    at = put_two(at, date.day);
    *at++ = 'T';
  }
  at = put_two(at, of_day / 3600);
  *at++ = ':';
  at = put_two(at, of_day / 60 % 60);
  *at++ = ':';
  at = put_two(at, of_day % 60);
  head_size_ = static_cast<std::size_t>(at - head_);
}

void LineWriter::begin(std::string& out, std::int64_t time_us, std::string_view host,
                       std::string_view program, std::uint32_t pid) {
  const std::int64_t local_us = time_us + zone_us_;
  if (local_us / 1'000'000 != second_) format_second(local_us / 1'000'000);
  out.append(head_, head_size_);
  if (format_ != AuthlogFormat::rfc3164) {
    char tail[16];
    char* at = tail;
    *at++ = '.';
    const std::int64_t fraction = local_us % 1'000'000;
    at = put_two(put_two(put_two(at, fraction / 10'000), fraction / 100 % 100), fraction % 100);
    *at++ = zone_us_ < 0 ? '-' : '+';
    const std::int64_t zone_minutes = std::abs(zone_us_) / 60'000'000;
    at = put_two(at, zone_minutes / 60);
    if (format_ == AuthlogFormat::rfc3339) *at++ = ':';
    at = put_two(at, zone_minutes % 60);
    out.append(tail, static_cast<std::size_t>(at - tail));
  }
  out += ' ';
  out += host;
  out += ' ';
  out += program;
  if (pid != 0) {
    out += '[';
    append_number(out, pid);
    out += ']';
  }
  out += ": ";
}

}  // namespace vedette::simulate
