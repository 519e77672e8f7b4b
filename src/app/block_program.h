// Owns: the body of ports::AddressBlock: a program that the administrator names, which alone needs
// the right to change the firewall ("PROGRAM block ADDRESS SECONDS", "unblock ADDRESS",
// "test ADDRESS", which prints yes or no). Promises: no shell; what is handed over is an address
// and a number as we write them, and nothing else; the program's time and output are bounded. Must
// not know: which addresses may be blocked, what the program does. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ports/address_block.h"

namespace vedette::app {

class BlockProgram : public ports::AddressBlock {
 public:
  template <typename T>
  using Result = base::Result<T>;

  // The program, by its whole path, and what comes before our words.
  explicit BlockProgram(std::vector<std::string> command) : command_(std::move(command)) {}

  Result<bool> is_blocked(const base::IpAddress& address, const std::stop_token& stop) override;
  Result<void> block(const base::IpAddress& address, base::Duration span,
                     const std::stop_token& stop) override;
  Result<void> unblock(const base::IpAddress& address, const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<std::string> run(std::vector<std::string> words,
                                        const std::stop_token& stop) const;

  const std::vector<std::string> command_;
};

// Is it one of this machine's own? Nothing: that cannot be told.
[[nodiscard]] std::optional<bool> is_own_address(const base::IpAddress& address);

}  // namespace vedette::app
