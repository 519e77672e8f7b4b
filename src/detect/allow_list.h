// Owns: the addresses that never raise an alert: single addresses, networks (CIDR, both families)
// and host names, each with an optional end. They are still counted, and shown. Promises: strict
// reading with clear errors; a name's addresses are those it had when it was added. Must not know:
// how names are resolved (the caller brings the addresses). One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "base/time.h"

namespace vedette::detect {

struct AllowEntry {
  std::string text;                       // as the user wrote it
  std::vector<base::IpNetwork> networks;  // empty until a host name is resolved
  std::string host_name;                  // lower case; empty for addresses and networks
  base::Timestamp until = {INT64_MAX};    // event time at which it ends (exclusive)
};

// "10.0.0.0/8", "2001:db8::1", "bastion.example.org", each optionally followed by "@2026-12-31" or
// "@2026-12-31T12:00:00Z": allowed until then.
[[nodiscard]] base::Result<AllowEntry> parse_allow_entry(std::string_view text);

class AllowList {
 public:
  // limit_exceeded past limits::allow_list_entries_max.
  base::Result<void> add(AllowEntry entry);
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  // Until when this address (or name, where the source has no address) is allowed; 0 when it is
  // not.
  [[nodiscard]] base::Timestamp allowed_until(const base::IpAddress& address) const;
  [[nodiscard]] base::Timestamp allowed_until(std::string_view host_name) const;
  [[nodiscard]] const std::vector<AllowEntry>& entries() const { return entries_; }

 private:
  std::vector<AllowEntry> entries_;
};

}  // namespace vedette::detect
