// Owns: tokens of the machine's own identity in Azure: from the instance metadata service (virtual
// machines, scale sets) or from the endpoint that App Service, Functions and Container Apps give.
// Promises: those of TokenSource. No proxy may stand between, since the metadata service is on the
// machine's own link. Must not know: what the tokens are for. One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "cloud/token_source.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace vedette::cloud {

struct ManagedIdentitySettings {
  std::string client_id;  // of a user-assigned identity; empty: the system-assigned one
  std::string endpoint;   // IDENTITY_ENDPOINT; empty: the metadata service
  base::Secret header;    // IDENTITY_HEADER
};

inline constexpr const char* metadata_service = "http://169.254.169.254/metadata/identity";

class ManagedIdentity : public TokenSource {
 public:
  // The clock outlives it.
  ManagedIdentity(ManagedIdentitySettings settings, std::unique_ptr<ports::HttpClient> client,
                  const ports::Clock& clock)
      : settings_(std::move(settings)), client_(std::move(client)), clock_(clock) {}
  [[nodiscard]] TokenOutcome ask(std::string_view scope, const std::stop_token& stop) override;

 private:
  const ManagedIdentitySettings settings_;
  const std::unique_ptr<ports::HttpClient> client_;
  const ports::Clock& clock_;
};

}  // namespace vedette::cloud
