// Owns: the connections to the tenants' Sentinels, for questions and changes about single
// incidents: by the feed that an incident came by. Promises: one is made when it is first asked
// for. Must not know: what is asked. One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "collect/cloud/azure_listings.h"

namespace vedette::app {

struct SentinelLine {
  collect::cloud::WorkspacePlace place;
  std::unique_ptr<ports::AccessTokens> tokens;
  std::unique_ptr<ports::HttpClient> http;
  std::unique_ptr<collect::cloud::ServiceClient> client;
};

class SentinelLines {
 public:
  // `configuration`, and what `sign_in` refers to, outlive it.
  SentinelLines(const Configuration& configuration, SignInWorld sign_in)
      : configuration_(configuration), sign_in_(std::move(sign_in)) {}

  // not_found: no tenant of the settings is that of the feed.
  [[nodiscard]] base::Result<SentinelLine*> line_to(const std::string& source);

 private:
  const Configuration& configuration_;
  const SignInWorld sign_in_;
  std::map<std::string, SentinelLine> lines_;  // by source
};

}  // namespace vedette::app
