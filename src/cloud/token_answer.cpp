#include "cloud/token_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/cloud_limits.h"
#include "base/encode.h"
#include "base/http_text.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;

struct Explanation {
  std::int64_t code;
  std::string_view words;
};

constexpr std::array explanations{
    Explanation{7000215,
                "the client secret is wrong: set the secret's value, not its id; a new one is made "
                "in the app registration under Certificates & secrets"},
    Explanation{7000222,
                "the client secret has expired: make a new one in the app registration under "
                "Certificates & secrets"},
    Explanation{7000218, "no proof was sent: set client_secret or certificate"},
    Explanation{7000216, "no proof was sent: set client_secret or certificate"},
    Explanation{700016,
                "this tenant has no app with this client_id: check client_id and tenant id, and "
                "that an administrator consented there"},
    Explanation{7000112,
                "the app is disabled in this tenant: enable it under Enterprise "
                "applications"},
    Explanation{7000229,
                "the app has no service principal in this tenant: an administrator must "
                "consent to it"},
    Explanation{90002,
                "there is no such tenant: check the tenant id (and that the cloud is the "
                "right one)"},
    Explanation{900021, "the tenant id is no tenant's: check it"},
    Explanation{900023, "the tenant id has the wrong form: give its GUID or a domain of it"},
    Explanation{900382, "the tenant lies in another cloud: set [cloud] name"},
    Explanation{900432, "the tenant lies in another cloud: set [cloud] name"},
    Explanation{700027,
                "the certificate is not the app's: upload its public part in the app registration "
                "under Certificates & secrets"},
    Explanation{700024,
                "the signed proof lies outside its time: set this machine's clock right "
                "(NTP)"},
    Explanation{50012, "the signed proof is not accepted: check the certificate and its key"},
    Explanation{700021,
                "no federated credential of the app fits this workload's token: check its "
                "issuer, subject and audience"},
    Explanation{70021,
                "no federated credential of the app fits this workload's token: check its "
                "issuer, subject and audience"},
    Explanation{700211, "no federated credential of the app has this workload's issuer"},
    Explanation{700213, "no federated credential of the app has this workload's subject"},
    Explanation{700212, "no federated credential of the app has this workload's audience"},
    Explanation{65001,
                "nobody consented to the permissions yet: grant admin consent under API "
                "permissions"},
    Explanation{500011,
                "this service is not known in the tenant: it has no licence or subscription for "
                "it, or the cloud is another one"},
    Explanation{70011, "the scope is not one that this service has: check [cloud]"},
    Explanation{1002012, "the scope is not one that this service has: check [cloud]"},
    Explanation{53003,
                "a Conditional Access policy blocks this sign-in: exclude this app or "
                "this machine's address"},
    Explanation{50076, "the account must pass multi-factor authentication: sign in again"},
    Explanation{50079, "the account must set up multi-factor authentication first"},
    Explanation{700082, "the sign-in is too old: sign in again"},
    Explanation{70043, "a policy ended the sign-in: sign in again"},
    Explanation{50173, "the account's password was changed: sign in again"},
    Explanation{50057, "the account is disabled"},
    Explanation{90033, "the identity service has a passing fault"},
    Explanation{90013, "the identity service did not understand the request"},
};

// A number, or digits in a string.
std::int64_t number_of(const base::Json& value) {
  if (const auto* number = value.as_integer()) return *number;
  if (const auto* text = value.as_string())
    if (const auto number = base::parse_unsigned(*text))
      return static_cast<std::int64_t>(std::min<std::uint64_t>(*number, 1ULL << 62));
  return 0;
}

std::int64_t first_code(const base::Json& answer) {
  if (const auto* codes = answer["error_codes"].as_array(); codes != nullptr && !codes->empty())
    return number_of(codes->front());
  const auto* text = answer["error_description"].as_string();
  constexpr std::string_view mark = "AADSTS";
  const auto at = text == nullptr ? std::string::npos : text->find(mark);
  if (at == std::string::npos) return 0;
  const std::string_view digits = std::string_view(*text).substr(at + mark.size());
  const auto end = std::min(digits.find_first_not_of("0123456789"), digits.size());
  return static_cast<std::int64_t>(base::parse_unsigned(digits.substr(0, end)).value_or(0));
}

// Its first sentence: the rest are trace ids.
std::string shown_description(const base::Json& answer) {
  const auto* text = answer["error_description"].as_string();
  if (text == nullptr) return {};
  const auto end = std::min({text->find("Trace ID"), text->find('\r'), text->find('\n')});
  return base::encode_terminal(base::trim(std::string_view(*text).substr(0, end)), 300);
}

std::string words_of(const base::Json& answer, std::int64_t code) {
  const std::string description = shown_description(answer);
  const std::string_view known = explain_code(code);
  if (!known.empty()) return fmt::format("{} (AADSTS{})", known, code);
  if (!description.empty()) return description;
  const auto* word = answer["error"].as_string();
  return word == nullptr ? "no reason given" : base::encode_terminal(*word, 100);
}

TokenFailure failed(const ports::HttpResponse& response, const base::Json& answer,
                    base::Timestamp now) {
  TokenFailure failure;
  const int status = response.status;
  const std::int64_t code = first_code(answer);
  const bool passes =
      status == 408 || status == 429 || status >= 500 || code == 90033 || code == 50196;
  failure.error.code = passes ? ErrorCode::unavailable : ErrorCode::refused;
  failure.error.message =
      fmt::format("the identity service {} ({}): {}", passes ? "cannot answer now" : "refuses",
                  status, words_of(answer, code));
  if (const auto* wait = response.header("retry-after"))
    failure.wait = base::parse_retry_after(*wait, now);
  return failure;
}

}  // namespace

std::string_view explain_code(std::int64_t code) {
  const auto found = std::ranges::find(explanations, code, &Explanation::code);
  return found == explanations.end() ? std::string_view() : found->words;
}

std::string error_word(std::string_view body) {
  const auto answer = base::parse_json(body);
  if (!answer) return {};
  return (*answer)["error"].text();
}

TokenFailure no_answer(base::Error error) {
  return {std::move(error).within("asking for a token"), std::nullopt};
}

TokenOutcome read_token_answer(const ports::HttpResponse& response, base::Timestamp now) {
  const auto parsed = base::parse_json(response.body);
  const base::Json nothing;
  const base::Json& answer = parsed ? *parsed : nothing;
  if (response.status != 200) return std::unexpected(failed(response, answer, now));
  const auto* token = answer["access_token"].as_string();
  if (token == nullptr || token->empty() || token->size() > base::limits::token_bytes_max)
    return std::unexpected(TokenFailure{
        {ErrorCode::unavailable,
         "the identity service answered with something that is no token: a proxy in between may "
         "have answered; check [cloud] authority"},
        std::nullopt});
  std::int64_t seconds = number_of(answer["expires_in"]);
  if (seconds <= 0 && number_of(answer["expires_on"]) > 0)
    seconds = number_of(answer["expires_on"]) - now.unix_seconds();
  IssuedToken issued;
  issued.token = base::Secret(*token);
  issued.valid_for =
      Duration::seconds(std::clamp<std::int64_t>(seconds, 60, base::limits::token_lifetime_s_max));
  return issued;
}

}  // namespace vedette::cloud
