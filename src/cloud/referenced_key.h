// Owns: a key that lies elsewhere (a file, a vault), as the body of ports::AccessTokens: the same
// for every scope. Promises: it is read again when the service did not take it, and each
// minute, so that one that was changed is known without a restart. Must not know: the service,
// where the key lies. Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "ports/access_tokens.h"
#include "ports/clock.h"

namespace vedette::cloud {

class ReferencedKey : public ports::AccessTokens {
 public:
  using Read = std::function<base::Result<base::Secret>()>;

  // The clock outlives it.
  ReferencedKey(Read read, const ports::Clock& clock) : read_(std::move(read)), clock_(clock) {}

  [[nodiscard]] base::Result<base::Secret> token(std::string_view /*scope*/,
                                                 const std::stop_token& /*stop*/) override {
    constexpr base::Duration held_for = base::Duration::minutes(1);
    const std::lock_guard lock(mutex_);
    if (key_ && clock_.monotonic() - read_at_ < held_for) return *key_;
    auto fresh = read_();
    if (fresh) {
      key_ = *fresh;
      read_at_ = clock_.monotonic();
    }
    return fresh;
  }
  void forget(std::string_view /*scope*/) override {
    const std::lock_guard lock(mutex_);
    key_.reset();
  }

 private:
  const Read read_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::optional<base::Secret> key_;  // guarded by mutex_
  base::Duration read_at_;           // guarded by mutex_
};

}  // namespace vedette::cloud
