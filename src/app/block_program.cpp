#include "app/block_program.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "app/program_runner.h"
#include "base/text.h"

namespace vedette::app {

using base::Result;

Result<std::string> BlockProgram::run(std::vector<std::string> words,
                                      const std::stop_token& stop) const {
  words.insert(words.begin(), command_.begin(), command_.end());
  return run_for_output(words, stop);
}

Result<bool> BlockProgram::is_blocked(const base::IpAddress& address, const std::stop_token& stop) {
  const std::string output = VEDETTE_TRY(run({"test", base::format_ip(address)}, stop));
  const std::string_view answer = base::trim(output);
  if (answer == "yes") return true;
  if (answer == "no") return false;
  return base::failure(base::ErrorCode::refused,
                       command_.front() + " test printed neither yes nor no");
}

Result<void> BlockProgram::block(const base::IpAddress& address, base::Duration span,
                                 const std::stop_token& stop) {
  constexpr std::int64_t ticks_a_second = base::Duration::seconds(1).ticks;
  VEDETTE_TRY(
      run({"block", base::format_ip(address), std::to_string(span.ticks / ticks_a_second)}, stop));
  return {};
}

Result<void> BlockProgram::unblock(const base::IpAddress& address, const std::stop_token& stop) {
  VEDETTE_TRY(run({"unblock", base::format_ip(address)}, stop));
  return {};
}

std::optional<bool> is_own_address(const base::IpAddress& address) {
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(raw, ::freeifaddrs);
  bool has_any = false;
  for (const ifaddrs* each = all.get(); each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    base::IpAddress own;
    if (each->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
      own = base::IpAddress::from_v4(ntohl(v4->sin_addr.s_addr));
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(each->ifa_addr);
      for (std::size_t i = 0; i < 8; ++i) {
        own.high = own.high << 8 | v6->sin6_addr.s6_addr[i];
        own.low = own.low << 8 | v6->sin6_addr.s6_addr[i + 8];
      }
    } else {
      continue;
    }
    has_any = true;
    if (own == address) return true;
  }
  return has_any ? std::optional(false) : std::nullopt;
}

}  // namespace vedette::app
