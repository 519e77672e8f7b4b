#include "cloud/azure_cli.h"

#include "base/json.h"

namespace vedette::cloud {
namespace {

using base::ErrorCode;

// What older versions imply: they say the end in local time only.
constexpr base::Duration shortest_life = base::Duration::minutes(5);

}  // namespace

TokenOutcome AzureCli::ask(std::string_view scope, const std::stop_token& stop) {
  std::vector<std::string> words{"az",   "account", "get-access-token", "--output",
                                 "json", "--scope", std::string(scope)};
  if (!tenant_.empty()) {
    words.emplace_back("--tenant");
    words.push_back(tenant_);
  }
  const auto refused = [](std::string why) {
    return std::unexpected(TokenFailure{{ErrorCode::refused, std::move(why)}, std::nullopt});
  };
  const auto output = run_(words, stop);
  if (!output && output.error().code == ErrorCode::cancelled)
    return std::unexpected(TokenFailure{output.error(), std::nullopt});
  if (!output)
    return refused("the Azure command line gives no token: " + output.error().message +
                   "; sign in with `az login`");
  const auto answer = base::parse_json(*output);
  const auto* token = answer ? (*answer)["accessToken"].as_string() : nullptr;
  if (token == nullptr || token->empty())
    return refused("the Azure command line gave no token; sign in with `az login`");
  IssuedToken issued{base::Secret(*token), shortest_life};
  if (const auto* end = (*answer)["expires_on"].as_integer())
    issued.valid_for = base::Timestamp::from_unix_seconds(*end) - clock_.now();
  return issued;
}

}  // namespace vedette::cloud
