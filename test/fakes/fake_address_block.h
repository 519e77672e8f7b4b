// Blocked addresses in memory, whose troubles a test chooses. Body of ports::AddressBlock; contract
// in test/contract/address_block_contract.h.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "ports/address_block.h"
#include "ports/clock.h"

namespace vedette::fakes {

class FakeAddressBlock : public ports::AddressBlock {
 public:
  template <typename T>
  using Result = base::Result<T>;

  explicit FakeAddressBlock(const ports::Clock& clock) : clock_(clock) {}

  std::size_t blocks = 0, unblocks = 0;  // that changed something
  // The next call ends so; after a change it was made.
  std::optional<base::Error> trouble, answer_trouble;

  Result<bool> is_blocked(const base::IpAddress& address, const std::stop_token&) override {
    if (trouble) return std::unexpected(*trouble);
    const auto found = until_.find(address);
    return found != until_.end() && found->second > clock_.now();
  }
  Result<void> block(const base::IpAddress& address, base::Duration span,
                     const std::stop_token& stop) override {
    if (!VEDETTE_TRY(is_blocked(address, stop))) ++blocks;
    until_[address] = clock_.now() + span;
    return answer();
  }
  Result<void> unblock(const base::IpAddress& address, const std::stop_token& stop) override {
    if (VEDETTE_TRY(is_blocked(address, stop))) ++unblocks;
    until_.erase(address);
    return answer();
  }

 private:
  Result<void> answer() {
    if (answer_trouble) return std::unexpected(*std::exchange(answer_trouble, std::nullopt));
    return {};
  }

  const ports::Clock& clock_;
  std::map<base::IpAddress, base::Timestamp> until_;
};

}  // namespace vedette::fakes
