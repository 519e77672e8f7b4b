// What stands at addresses as a test says. Body of ports::ExternalData; contract in
// test/contract/external_data_contract.h.
#pragma once

#include <map>
#include <string>

#include "ports/external_data.h"

namespace vedette::fakes {

class FakeExternalData final : public ports::ExternalData {
 public:
  // Addresses that begin so are allowed, whether anything is there or not.
  void allow(std::string prefix) { allowed_ = std::move(prefix); }
  void set(const std::string& address, std::string text) { files_[address] = std::move(text); }
  [[nodiscard]] int asked() const { return asked_; }

  base::Result<std::string> read(const std::string& address, int,
                                 const std::stop_token& stop) override {
    ++asked_;
    if (stop.stop_requested()) return base::failure(base::ErrorCode::cancelled, "stopped");
    const auto found = files_.find(address);
    if (found != files_.end()) return found->second;
    if (!allowed_.empty() && address.starts_with(allowed_))
      return base::failure(base::ErrorCode::not_found, "there is nothing at " + address);
    return base::failure(base::ErrorCode::refused, address + " is not allowed");
  }

 private:
  std::string allowed_;
  std::map<std::string, std::string> files_;
  int asked_ = 0;
};

}  // namespace vedette::fakes
