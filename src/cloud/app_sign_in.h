// Owns: an app that signs in as itself (client credentials, RFC 6749 section 4.4), with one of
// three proofs: a secret, a certificate, or a token that the workload's platform gives it
// (federated). Promises: those of TokenSource; the proof is read anew for each request, so that one
// that was renewed is used without a restart. Must not know: what the tokens are for. One thread at
// a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloud/client_assertion.h"
#include "cloud/token_source.h"
#include "ports/clock.h"
#include "ports/http_client.h"
#include "ports/random.h"

namespace vedette::cloud {

struct AppIdentity {
  std::string authority;  // "https://login.microsoftonline.com"
  std::string tenant;     // GUID or domain
  std::string client_id;

  [[nodiscard]] std::string token_endpoint() const;
};

// What stands in the form besides client_id, scope and grant_type.
struct AppProof {
  std::string member;  // "client_secret" or "client_assertion"
  base::Secret value;
};
using ProofReader = std::function<base::Result<AppProof>()>;

[[nodiscard]] ProofReader proof_by_secret(std::function<base::Result<base::Secret>()> secret);
// The clock and the random source outlive it.
[[nodiscard]] ProofReader proof_by_certificate(const AppIdentity& app, std::string certificate_file,
                                               std::string key_file, AssertionAlgorithm algorithm,
                                               const ports::Clock& clock, ports::Random& random);
// Kubernetes and others: the platform renews the file.
[[nodiscard]] ProofReader proof_by_federated_token(std::string token_file);

class AppSignIn : public TokenSource {
 public:
  // The clock outlives it.
  AppSignIn(AppIdentity app, ProofReader proof, std::unique_ptr<ports::HttpClient> client,
            const ports::Clock& clock)
      : app_(std::move(app)), proof_(std::move(proof)), client_(std::move(client)), clock_(clock) {}
  [[nodiscard]] TokenOutcome ask(std::string_view scope, const std::stop_token& stop) override;

 private:
  const AppIdentity app_;
  const ProofReader proof_;
  const std::unique_ptr<ports::HttpClient> client_;
  const ports::Clock& clock_;
};

// "a=b&c=d" with everything encoded.
[[nodiscard]] std::string form_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members);
// A POST of a form that asks for JSON.
[[nodiscard]] ports::HttpRequest form_request(const std::string& url, std::string form,
                                              const std::stop_token& stop);

}  // namespace vedette::cloud
