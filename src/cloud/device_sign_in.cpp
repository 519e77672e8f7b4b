#include "cloud/device_sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encode.h"
#include "base/http_text.h"
#include "base/json.h"
#include "base/limits.h"
#include "cloud/token_answer.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;

constexpr std::int64_t interval_s_default = 5;
constexpr std::int64_t interval_s_max = 60;
constexpr std::int64_t slow_down_s = 5;
constexpr std::int64_t life_s_max = 1'800;

std::unexpected<TokenFailure> refused(std::string why) {
  return std::unexpected(TokenFailure{{ErrorCode::refused, std::move(why)}, std::nullopt});
}

// offline_access: a refresh token comes with it.
std::string delegated(std::string_view scope) {
  return std::string(scope) + " offline_access";
}

std::int64_t seconds_of(const base::Json& value, std::int64_t otherwise, std::int64_t most) {
  const auto* number = value.as_integer();
  return std::clamp<std::int64_t>(number == nullptr ? otherwise : *number, 1, most);
}

}  // namespace

TokenOutcome DeviceSignIn::ask(std::string_view scope, const std::stop_token& stop) {
  const auto kept = keeper_.load();
  if (kept) {
    auto outcome = refresh(scope, *kept, stop);
    if (outcome || outcome.error().error.code != ErrorCode::refused || !tell_) return outcome;
  } else if (kept.error().code != ErrorCode::not_found) {
    return refused(kept.error().message);
  }
  if (!tell_) return refused("nobody signed in yet: run `vedette doctor --sign-in`");
  return ask_person(scope, stop);
}

TokenOutcome DeviceSignIn::refresh(std::string_view scope, const base::Secret& kept,
                                   const std::stop_token& stop) {
  const auto response = client_->send(form_request(app_.token_endpoint(),
                                                   form_of({{"grant_type", "refresh_token"},
                                                            {"client_id", app_.client_id},
                                                            {"scope", delegated(scope)},
                                                            {"refresh_token", kept.reveal()}}),
                                                   stop));
  if (!response) return std::unexpected(no_answer(response.error()));
  return take(*response);
}

TokenOutcome DeviceSignIn::take(const ports::HttpResponse& response) {
  auto outcome = read_token_answer(response, clock_.now());
  if (!outcome) return outcome;
  const auto answer = base::parse_json(response.body);
  const auto* renewed = answer ? (*answer)["refresh_token"].as_string() : nullptr;
  if (renewed != nullptr && !renewed->empty())
    if (const auto saved = keeper_.save(base::Secret(*renewed)); !saved)
      return refused("the sign-in cannot be kept: " + saved.error().message);
  return outcome;
}

TokenOutcome DeviceSignIn::ask_person(std::string_view scope, const std::stop_token& stop) {
  const std::string endpoint = fmt::format("{}/{}/oauth2/v2.0/devicecode", app_.authority,
                                           base::percent_encode(app_.tenant));
  const auto begun = client_->send(form_request(
      endpoint, form_of({{"client_id", app_.client_id}, {"scope", delegated(scope)}}), stop));
  if (!begun) return std::unexpected(no_answer(begun.error()));
  if (begun->status != 200) return read_token_answer(*begun, clock_.now());
  const auto answer = base::parse_json(begun->body);
  const auto* code = answer ? (*answer)["device_code"].as_string() : nullptr;
  const auto* user_code = answer ? (*answer)["user_code"].as_string() : nullptr;
  const auto* address = answer ? (*answer)["verification_uri"].as_string() : nullptr;
  if (code == nullptr || user_code == nullptr || address == nullptr)
    return refused("the identity service gave no code to sign in with");
  tell_(fmt::format("Open {} in a browser and type the code {}",
                    base::encode_terminal(*address, 200), base::encode_terminal(*user_code, 40)));
  const base::Secret device_code(*code);
  std::int64_t interval_s = seconds_of((*answer)["interval"], interval_s_default, interval_s_max);
  const Duration deadline =
      clock_.monotonic() + Duration::seconds(seconds_of((*answer)["expires_in"], 900, life_s_max));
  while (clock_.monotonic() < deadline) {
    if (!clock_.sleep(Duration::seconds(interval_s), stop))
      return std::unexpected(TokenFailure{{ErrorCode::cancelled, "stopped"}, std::nullopt});
    const auto response = client_->send(
        form_request(app_.token_endpoint(),
                     form_of({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                              {"client_id", app_.client_id},
                              {"device_code", device_code.reveal()}}),
                     stop));
    if (!response) continue;  // until the code's own end
    if (response->status == 200) return take(*response);
    const std::string word = error_word(response->body);
    if (word == "slow_down")
      interval_s = std::min(interval_s + slow_down_s, interval_s_max);
    else if (word == "authorization_declined")
      return refused("the sign-in was declined in the browser");
    else if (word != "authorization_pending" && response->status < 500)
      return read_token_answer(*response, clock_.now());
  }
  return refused("nobody typed the code in time");
}

}  // namespace vedette::cloud
