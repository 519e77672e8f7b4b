// Owns: the tokens that are held, as the body of ports::AccessTokens over a TokenSource.
// Promises: those of the port. A token is renewed five minutes before its end (at half its life
// when that is short); while that fails for a passing reason the old one is used to its end. One
// request at a time, whatever the scopes; those who wait for it share its refusal. A wait that the
// service asked for is kept. Must not know: how a token is asked for.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cloud/token_source.h"
#include "ports/access_tokens.h"
#include "ports/clock.h"

namespace vedette::cloud {

class OAuthTokens : public ports::AccessTokens {
 public:
  // The clock outlives it.
  OAuthTokens(std::unique_ptr<TokenSource> source, const ports::Clock& clock)
      : source_(std::move(source)), clock_(clock) {}

  [[nodiscard]] base::Result<base::Secret> token(std::string_view scope,
                                                 const std::stop_token& stop) override;
  void forget(std::string_view scope) override;

 private:
  struct Held {
    base::Secret token;
    base::Duration renew_at, ends_at;  // on the monotonic clock
    std::uint64_t answers = 0;         // how often the service said something
    std::optional<base::Error> failure;
    base::Duration not_before;  // nobody asks before then
  };

  void note(Held& held, TokenOutcome outcome);

  const std::unique_ptr<TokenSource> source_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Held, std::less<>> held_;
  bool asking_ = false;
};

}  // namespace vedette::cloud
