// Owns: a hunt on a Log Analytics workspace or in Azure Data Explorer: signing in, asking, and what
// comes back as rows of KQL's types for any sink. Promises: the text goes there as it is; what the
// service could not give stands in the ending as `partial`, and so does a row or value that cannot
// be read; an error is a sentence with its remedy. Must not know: who asks. Any thread; blocks.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "base/result.h"
#include "collect/cloud/service_client.h"
#include "kql/result/sink.h"
#include "ports/access_tokens.h"

namespace vedette::app {

struct RemoteHunt {
  std::string text;
  std::optional<std::int64_t> from_ticks = {}, to_ticks = {};
  int timeout_ms = 0;
  std::stop_token stop = {};
};

// The service that answers there, and who signs in to it.
[[nodiscard]] collect::cloud::ServiceSettings service_of(const RemoteSetting& remote,
                                                         const Configuration& configuration);
[[nodiscard]] base::Result<std::unique_ptr<ports::AccessTokens>> tokens_for(
    const RemoteSetting& remote, const Configuration& configuration, const SignInWorld& world);

[[nodiscard]] base::Result<void> run_remotely(const RemoteHunt& hunt, const RemoteSetting& remote,
                                              const Configuration& configuration,
                                              const SignInWorld& world, kql::result::Sink& sink);

}  // namespace vedette::app
