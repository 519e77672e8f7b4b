// Tokens without an identity service: the test says what the service would. Body of
// ports::AccessTokens; contract in test/contract/access_tokens_contract.h. The test keeps the
// FakeTokenService, from any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "ports/access_tokens.h"

namespace vedette::fakes {

class FakeTokenService {
 public:
  // From now on the service gives tokens that begin so; each has a number of its own.
  void issue(std::string beginning) {
    const std::lock_guard lock(mutex_);
    beginning_ = std::move(beginning);
    failure_.reset();
  }
  // From now on it gives none; tokens that were given stay good.
  void fail(base::ErrorCode code, std::string message) {
    const std::lock_guard lock(mutex_);
    failure_ = base::Error{code, std::move(message)};
  }
  // What was given until now is good no longer.
  void expire() {
    const std::lock_guard lock(mutex_);
    held_.clear();
  }
  [[nodiscard]] int asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  friend class FakeAccessTokens;
  mutable std::mutex mutex_;
  std::string beginning_ = "token";
  std::optional<base::Error> failure_;
  std::map<std::string, base::Secret, std::less<>> held_;
  int asked_ = 0;
};

class FakeAccessTokens : public ports::AccessTokens {
 public:
  explicit FakeAccessTokens(FakeTokenService& service) : service_(service) {}

  [[nodiscard]] base::Result<base::Secret> token(std::string_view scope,
                                                 const std::stop_token& stop) override {
    const std::lock_guard lock(service_.mutex_);
    if (stop.stop_requested()) return base::failure(base::ErrorCode::cancelled, "stopped");
    if (const auto held = service_.held_.find(scope); held != service_.held_.end())
      return held->second;
    ++service_.asked_;
    if (service_.failure_) return std::unexpected(*service_.failure_);
    base::Secret fresh(service_.beginning_ + "-" + std::to_string(service_.asked_));
    service_.held_.insert_or_assign(std::string(scope), fresh);
    return fresh;
  }
  void forget(std::string_view scope) override {
    const std::lock_guard lock(service_.mutex_);
    if (const auto held = service_.held_.find(scope); held != service_.held_.end())
      service_.held_.erase(held);
  }

 private:
  FakeTokenService& service_;
};

}  // namespace vedette::fakes
