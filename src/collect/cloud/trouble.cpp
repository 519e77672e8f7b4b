#include "collect/cloud/trouble.h"

#include <fmt/format.h>

#include <array>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::collect::cloud {
namespace {

constexpr std::array<std::string_view, 11> names{
    "stopped",   "throttled", "unavailable", "not usable", "too large", "sign-in",
    "forbidden", "licence",   "refused",     "absent",     "conflict"};

struct Said {
  std::string code, message;
};

// {"error":{"code","message"}} everywhere but in Management Activity's older errors, which have no
// "error" around them.
Said read_error(std::string_view body) {
  const auto parsed = base::parse_json(body);
  if (!parsed) return {};
  const base::Json& error = (*parsed)["error"].is_null() ? *parsed : (*parsed)["error"];
  Said said;
  if (const auto* code = error["code"].as_string()) said.code = base::encode_terminal(*code, 100);
  if (const auto* text = error["message"].as_string())
    said.message = base::encode_terminal(*text, 200);
  // A query's mistake stands in the innermost of Log Analytics' errors, and beside the message of
  // Azure Data Explorer's.
  const base::Json* inner = &error["innererror"];
  for (int depth = 0; depth < 8 && !(*inner)["message"].text().empty(); ++depth) {
    said.message = base::encode_terminal((*inner)["message"].text(), 600);
    inner = &(*inner)["innererror"];
  }
  if (!error["@message"].text().empty())
    said.message = base::encode_terminal(error["@message"].text(), 600);
  if (said.code.empty())
    if (const auto* code = error["innererror"]["code"].as_string())
      said.code = base::encode_terminal(*code, 100);
  return said;
}

bool is_licence(std::string_view code, std::string_view message) {
  return code == "Authentication_RequestFromNonPremiumTenantOrB2CTenant" ||
         code == "NonPremiumTenant" || message.find("premium license") != std::string_view::npos ||
         message.find("AadPremiumLicenseRequired") != std::string_view::npos ||
         code == "AadPremiumLicenseRequired";
}

TroubleKind kind_of(int status, const Said& said) {
  if (status == 429 || said.code == "AF429") return TroubleKind::throttled;
  if (status == 401) return TroubleKind::sign_in;
  if (is_licence(said.code, said.message)) return TroubleKind::licence;
  if (status == 403) return TroubleKind::forbidden;
  if (status == 404 || status == 410) return TroubleKind::absent;
  if (status == 409 || status == 412) return TroubleKind::conflict;
  if (status == 413) return TroubleKind::too_large;
  if (status == 408 || status >= 500) return TroubleKind::unavailable;
  if (status < 400) return TroubleKind::not_usable;
  return TroubleKind::refused;
}

// "Rate limit is exceeded. Try again in 17 seconds.": some gateways say it in words alone.
std::optional<base::Duration> said_wait(std::string_view message) {
  constexpr std::string_view words = "Try again in ";
  const auto at = message.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = message.substr(at + words.size());
  const auto seconds = base::parse_unsigned(rest.substr(0, rest.find(' ')));
  constexpr std::uint64_t seconds_max = 24 * 3'600;
  if (!seconds || *seconds > seconds_max) return std::nullopt;
  return base::Duration::seconds(static_cast<std::int64_t>(*seconds));
}

}  // namespace

std::string_view name_of(TroubleKind kind) {
  return names.at(static_cast<std::size_t>(kind));
}

bool Trouble::passes() const {
  return kind == TroubleKind::throttled || kind == TroubleKind::unavailable ||
         kind == TroubleKind::not_usable || kind == TroubleKind::stopped;
}

Trouble read_refusal(std::string_view service, int status, std::string_view body) {
  const Said said = read_error(body);
  Trouble trouble;
  trouble.kind = kind_of(status, said);
  trouble.code = said.code;
  const std::string detail = said.code.empty() && said.message.empty()
                                 ? std::string()
                                 : fmt::format(": {} {}", said.code, said.message);
  switch (trouble.kind) {
    case TroubleKind::throttled:
      trouble.words = fmt::format("{} asks for a pause (429)", service);
      trouble.wait = said_wait(said.message);
      break;
    case TroubleKind::sign_in:
      trouble.words = fmt::format("{} does not take our token (401){}", service, detail);
      trouble.remedy = "check that the app registration belongs to this tenant and cloud";
      break;
    case TroubleKind::licence:
      trouble.words = fmt::format("the tenant has no licence for this ({}{})", status, detail);
      break;
    case TroubleKind::forbidden:
      trouble.words = fmt::format("{} does not let us ({}{})", service, status, detail);
      if (body.find("insufficient_claims") != std::string_view::npos)
        trouble.remedy = "a Conditional Access policy blocks the app: exclude it there";
      break;
    case TroubleKind::not_usable:
      trouble.words =
          fmt::format("{} answered with a redirect ({}), which is not followed", service, status);
      trouble.remedy = "check the addresses under [cloud]";
      break;
    default:
      trouble.words = fmt::format("{} answered {}{}", service, status, detail);
      break;
  }
  return trouble;
}

}  // namespace vedette::collect::cloud
