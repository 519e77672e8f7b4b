#include "detect/allow_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::detect {
namespace {

using base::ErrorCode;
using base::failure;
using base::Timestamp;

base::Result<Timestamp> parse_end(std::string_view text) {
  std::string instant(text);
  if (text.size() == 10) instant += "T00:00:00Z";
  const auto parsed = base::parse_iso(instant);
  if (parsed) return *parsed;
  return failure(ErrorCode::invalid_argument,
                 fmt::format("\"{}\" is not a date; write 2026-12-31 or 2026-12-31T12:00:00Z",
                             base::encode_terminal(text, 100)));
}

bool is_host_name(std::string_view text) {
  constexpr std::size_t host_name_bytes_max = 253;
  if (text.empty() || text.size() > host_name_bytes_max) return false;
  const bool letters = std::ranges::any_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  return letters && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

// "192.0.2.300", "10.1.2": numbers and dots, and no address. Such a text is never a host's name:
// the last part of a name is no number (RFC 3696, section 2).
bool ends_in_number(std::string_view text) {
  const std::string_view last = text.substr(text.rfind('.') + 1);
  return !last.empty() && std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

base::Result<AllowEntry> parse_allow_entry(std::string_view text) {
  AllowEntry entry;
  entry.text = std::string(text);
  const std::size_t at = text.find('@');
  const std::string_view source = base::trim(text.substr(0, at));
  if (at != std::string_view::npos)
    entry.until = VEDETTE_TRY(parse_end(base::trim(text.substr(at + 1))));
  if (const auto network = base::parse_network(source)) {
    entry.networks.push_back(*network);
    return entry;
  }
  const std::string_view host = source.substr(0, source.find('/'));
  if (ends_in_number(host)) {
    return failure(
        ErrorCode::invalid_argument,
        fmt::format(
            "\"{}\" is no IPv4 address or network: an address is four numbers from 0 to 255 "
            "with dots between them (192.0.2.7), a network has /0 to /32 behind it (10.0.0.0/8)",
            base::encode_terminal(source, 100)));
  }
  if (is_host_name(source)) {
    entry.host_name = base::to_lower_ascii(source);
    return entry;
  }
  return failure(ErrorCode::invalid_argument,
                 fmt::format("\"{}\" is no address, network or host name; write 192.0.2.7, "
                             "10.0.0.0/8, 2001:db8::/32 or bastion.example.org",
                             base::encode_terminal(source, 100)));
}

base::Result<void> AllowList::add(AllowEntry entry) {
  if (entries_.size() >= base::limits::allow_list_entries_max) {
    return failure(ErrorCode::limit_exceeded,
                   fmt::format("the allow list is full ({} entries); join addresses into networks",
                               base::limits::allow_list_entries_max));
  }
  entries_.push_back(std::move(entry));
  return {};
}

Timestamp AllowList::allowed_until(const base::IpAddress& address) const {
  Timestamp until;
  for (const auto& entry : entries_)
    for (const auto& network : entry.networks)
      if (network.contains(address)) until = std::max(until, entry.until);
  return until;
}

Timestamp AllowList::allowed_until(std::string_view host_name) const {
  Timestamp until;
  for (const auto& entry : entries_)
    if (!entry.host_name.empty() && base::equals_ignoring_case(entry.host_name, host_name))
      until = std::max(until, entry.until);
  return until;
}

}  // namespace vedette::detect
