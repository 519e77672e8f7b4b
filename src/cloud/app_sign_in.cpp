#include "cloud/app_sign_in.h"

#include <fmt/format.h>

#include <utility>

#include "base/cloud_limits.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "base/http_text.h"
#include "base/text.h"
#include "cloud/token_answer.h"

namespace vedette::cloud {
namespace {

constexpr const char* assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

base::Result<base::Secret> read_token_file(const std::string& path) {
  const std::string text =
      VEDETTE_TRY(base::read_file(path, base::limits::token_bytes_max, "the federated token "));
  const std::string_view token = base::trim(text);
  if (token.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         base::encode_terminal(path) + " holds no token");
  return base::Secret(std::string(token));
}

}  // namespace

std::string AppIdentity::token_endpoint() const {
  return fmt::format("{}/{}/oauth2/v2.0/token", authority, base::percent_encode(tenant));
}

ProofReader proof_by_secret(std::function<base::Result<base::Secret>()> secret) {
  return [secret = std::move(secret)]() -> base::Result<AppProof> {
    return AppProof{"client_secret", VEDETTE_TRY(secret())};
  };
}

ProofReader proof_by_certificate(const AppIdentity& app, std::string certificate_file,
                                 std::string key_file, AssertionAlgorithm algorithm,
                                 const ports::Clock& clock, ports::Random& random) {
  return [app, certificate_file = std::move(certificate_file), key_file = std::move(key_file),
          algorithm, &clock, &random]() -> base::Result<AppProof> {
    const AssertionClaims claims{app.client_id, app.token_endpoint(),
                                 fmt::format("{:016x}{:016x}", random.next(), random.next()),
                                 clock.now()};
    return AppProof{"client_assertion",
                    VEDETTE_TRY(sign_assertion(certificate_file, key_file, algorithm, claims))};
  };
}

ProofReader proof_by_federated_token(std::string token_file) {
  return [token_file = std::move(token_file)]() -> base::Result<AppProof> {
    return AppProof{"client_assertion", VEDETTE_TRY(read_token_file(token_file))};
  };
}

std::string form_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string form;
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    form += form.empty() ? "" : "&";
    form += base::percent_encode(name) + "=" + base::percent_encode(value);
  }
  return form;
}

ports::HttpRequest form_request(const std::string& url, std::string form,
                                const std::stop_token& stop) {
  ports::HttpRequest request;
  request.url = base::Secret(url);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = std::move(form);
  request.stop = stop;
  return request;
}

TokenOutcome AppSignIn::ask(std::string_view scope, const std::stop_token& stop) {
  auto proof = proof_();
  if (!proof) {
    // A file that is being renewed may be back in a moment; a wrong one needs a person.
    proof.error().code = base::ErrorCode::refused;
    return std::unexpected(TokenFailure{std::move(proof.error()), std::nullopt});
  }
  const bool is_assertion = proof->member == "client_assertion";
  auto request =
      form_request(app_.token_endpoint(),
                   form_of({{"grant_type", "client_credentials"},
                            {"client_id", app_.client_id},
                            {"scope", scope},
                            {"client_assertion_type", is_assertion ? assertion_type : ""},
                            {proof->member, proof->value.reveal()}}),
                   stop);
  const auto response = client_->send(request);
  if (!response) return std::unexpected(no_answer(response.error()));
  return read_token_answer(*response, clock_.now());
}

}  // namespace vedette::cloud
