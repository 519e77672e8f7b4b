#include "cloud/oauth_tokens.h"

#include <algorithm>
#include <utility>

#include "base/cloud_limits.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;

constexpr Duration renewed_before_end = Duration::minutes(5);
constexpr Duration renewal_pause = Duration::seconds(30);  // after one that failed

}  // namespace

base::Result<base::Secret> OAuthTokens::token(std::string_view scope, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (stop.stop_requested()) return base::failure(ErrorCode::cancelled, "stopped");
  if (!held_.contains(scope) && held_.size() >= base::limits::token_scopes_max)
    return base::failure(ErrorCode::limit_exceeded, "tokens for too many services are held");
  Held& held = held_.try_emplace(std::string(scope)).first->second;  // never erased
  const std::uint64_t answers_before = held.answers;
  for (;;) {
    const Duration now = clock_.monotonic();
    const bool is_good = !held.token.empty() && now < held.ends_at;
    if (is_good && (now < held.renew_at || asking_)) return held.token;
    if (held.failure && (held.answers != answers_before || now < held.not_before)) {
      if (is_good) return held.token;
      return std::unexpected(*held.failure);
    }
    if (!asking_) break;
    if (!changed_.wait(lock, stop, [this] { return !asking_; }))
      return base::failure(ErrorCode::cancelled, "stopped");
  }
  asking_ = true;
  lock.unlock();
  auto outcome = source_->ask(scope, stop);
  lock.lock();
  asking_ = false;
  note(held, std::move(outcome));
  changed_.notify_all();
  if (!held.token.empty() && clock_.monotonic() < held.ends_at) return held.token;
  if (stop.stop_requested()) return base::failure(ErrorCode::cancelled, "stopped");
  return std::unexpected(*held.failure);
}

void OAuthTokens::note(Held& held, TokenOutcome outcome) {
  const Duration now = clock_.monotonic();
  ++held.answers;
  if (outcome) {
    const Duration life = outcome->valid_for;
    held.token = std::move(outcome->token);
    held.ends_at = now + life;
    held.renew_at = now + Duration{std::max(life.ticks - renewed_before_end.ticks, life.ticks / 2)};
    held.failure.reset();
    return;
  }
  TokenFailure& failure = outcome.error();
  held.not_before = now + failure.wait.value_or(Duration{});
  held.renew_at = now + std::max(renewal_pause, failure.wait.value_or(Duration{}));
  held.failure = std::move(failure.error);
}

void OAuthTokens::forget(std::string_view scope) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.find(scope);
  if (held == held_.end()) return;
  held->second.token = {};
  held->second.renew_at = held->second.ends_at = {};
}

}  // namespace vedette::cloud
