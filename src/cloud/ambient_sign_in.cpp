#include "cloud/ambient_sign_in.h"

#include <fmt/format.h>

namespace vedette::cloud {

TokenOutcome AmbientSignIn::ask(std::string_view scope, const std::stop_token& stop) {
  if (found_ != nullptr) return found_->ask(scope, stop);
  std::string tried;
  for (const AmbientWay& way : ways_) {
    std::string why = way.why_not;
    if (way.source != nullptr) {
      auto outcome = way.source->ask(scope, stop);
      if (outcome) {
        found_ = way.source.get();
        return outcome;
      }
      TokenFailure& failure = outcome.error();
      if (failure.error.code == base::ErrorCode::cancelled) return outcome;
      if (way.is_meant) {
        failure.error.message = fmt::format("{}: {}", way.name, failure.error.message);
        return outcome;
      }
      why = failure.error.message;
    }
    tried += fmt::format("\n  {}: {}", way.name, why);
  }
  return std::unexpected(
      TokenFailure{{base::ErrorCode::refused, "no way of signing in to Azure works here:" + tried},
                   std::nullopt});
}

}  // namespace vedette::cloud
