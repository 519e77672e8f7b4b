// Owns: signing in with whatever the surroundings have: the ways that Azure's own libraries try, in
// their order, until one gives a token. Promises: those of TokenSource; the way that worked is kept
// for every later token; a way whose settings are there and wrong ends the search, as does a stop;
// when none works the error names each way and why. Must not know: which ways there are. One thread
// at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloud/token_source.h"

namespace vedette::cloud {

struct AmbientWay {
  std::string name;                     // "environment", "managed identity" ...
  std::unique_ptr<TokenSource> source;  // null: it cannot be tried
  std::string why_not = {};             // it cannot be tried
  bool is_meant = false;                // somebody set it up: a refusal ends the search
};

class AmbientSignIn : public TokenSource {
 public:
  explicit AmbientSignIn(std::vector<AmbientWay> ways) : ways_(std::move(ways)) {}
  [[nodiscard]] TokenOutcome ask(std::string_view scope, const std::stop_token& stop) override;

 private:
  std::vector<AmbientWay> ways_;
  TokenSource* found_ = nullptr;
};

}  // namespace vedette::cloud
