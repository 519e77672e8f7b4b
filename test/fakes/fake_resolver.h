// Host names and their addresses as a test says. Body of ports::Resolver; contract in
// test/contract/resolver_contract.h.
#pragma once

#include <map>
#include <mutex>

#include "ports/resolver.h"

namespace vedette::fakes {

class FakeResolver : public ports::Resolver {
 public:
  FakeResolver() { set("localhost", {*base::parse_ip("127.0.0.1"), *base::parse_ip("::1")}); }

  void set(const std::string& host_name, std::vector<base::IpAddress> addresses) {
    const std::lock_guard lock(mutex_);
    hosts_[host_name] = std::move(addresses);
  }
  // From now on the resolver does not answer.
  void set_unavailable(bool unavailable) {
    const std::lock_guard lock(mutex_);
    unavailable_ = unavailable;
  }

  [[nodiscard]] base::Result<std::vector<base::IpAddress>> resolve(
      const std::string& host_name) override {
    const std::lock_guard lock(mutex_);
    if (host_name.empty() || host_name.size() > 253 || host_name.find('\0') != std::string::npos)
      return base::failure(base::ErrorCode::invalid_argument, "not a host name");
    if (unavailable_)
      return base::failure(base::ErrorCode::unavailable, "the resolver does not answer");
    if (const auto literal = base::parse_ip(host_name)) return std::vector{*literal};
    const auto known = hosts_.find(host_name);
    if (known == hosts_.end())
      return base::failure(base::ErrorCode::not_found, "unknown host name");
    return known->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<base::IpAddress>> hosts_;
  bool unavailable_ = false;
};

}  // namespace vedette::fakes
