// Owns: the directory where the settings name no tenant: every question and every change is refused
// with that. Must not know: anything. Any thread.
#pragma once

#include "ports/directory.h"

namespace vedette::app {

class NoDirectory : public ports::Directory {
 public:
  template <typename T>
  using Result = base::Result<T>;

  Result<ports::FoundAccounts> find(const model::AccountReference& /*account*/,
                                    const std::stop_token& /*stop*/) override {
    return refused();
  }
  Result<std::vector<ports::HeldRole>> roles(std::string_view /*object_id*/,
                                             const std::stop_token& /*stop*/) override {
    return refused();
  }
  Result<std::uint64_t> count_users(const std::stop_token& /*stop*/) override { return refused(); }
  Result<void> set_enabled(std::string_view /*object_id*/, bool /*enabled*/,
                           const std::stop_token& /*stop*/) override {
    return refused();
  }
  Result<void> revoke_sessions(std::string_view /*object_id*/,
                               const std::stop_token& /*stop*/) override {
    return refused();
  }
  Result<void> confirm_compromised(std::string_view /*object_id*/,
                                   const std::stop_token& /*stop*/) override {
    return refused();
  }
  Result<void> reset_second_factors(std::string_view /*object_id*/,
                                    const std::stop_token& /*stop*/) override {
    return refused();
  }

 private:
  static std::unexpected<base::Error> refused() {
    return base::failure(base::ErrorCode::refused, "[respond] names no tenant");
  }
};

}  // namespace vedette::app
