#include "cloud/key_vault.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/http_text.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Result;

constexpr std::string_view version_parameter = "api-version=7.4";
constexpr Duration held_for = Duration::minutes(5);
// What is written in the settings; more there is not.
constexpr std::size_t secrets_max = 256;
constexpr std::size_t name_bytes_max = 127;

// Source: Key Vault's rules for names of vaults, secrets and versions.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::unexpected<base::Error> no_reference(std::string_view reference) {
  return base::failure(
      ErrorCode::invalid_argument,
      base::encode_terminal(reference, 100) +
          " is no reference to a vault: write vault:NAME/SECRET, or vault: and the secret's own "
          "address, https://NAME.vault.azure.net/secrets/SECRET");
}

// Of a vault in any of the clouds, or of this machine.
bool is_vault(std::string_view origin) {
  constexpr std::string_view domains[] = {".vault.azure.net", ".vault.usgovcloudapi.net",
                                          ".vault.azure.cn"};
  if (origin.starts_with("https://"))
    return std::ranges::any_of(domains, [&](auto domain) { return origin.ends_with(domain); });
  constexpr std::string_view own[] = {"http://127.0.0.1:", "http://[::1]:", "http://localhost:"};
  return std::ranges::any_of(own, [&](auto start) {
    return origin.starts_with(start) && origin.size() > start.size() &&
           std::ranges::all_of(origin.substr(start.size()),
                               [](char c) { return c >= '0' && c <= '9'; });
  });
}

// "/secrets/NAME" or "/secrets/NAME/VERSION".
bool is_secret_path(std::string_view path) {
  constexpr std::string_view start = "/secrets/";
  if (!path.starts_with(start)) return false;
  path.remove_prefix(start.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto parts = base::split(path, '/');
  return parts.size() <= 2 && std::ranges::all_of(parts, is_name);
}

struct Said {
  std::string code, inner, message;
};

Said read_error(std::string_view body) {
  const auto json = base::parse_json(body);
  if (!json) return {};
  const base::Json& error = (*json)["error"];
  return {base::encode_terminal(error["code"].text(), 100),
          base::encode_terminal(error["innererror"]["code"].text(), 100),
          base::encode_terminal(error["message"].text(), 200)};
}

base::Error refusal(std::string_view shown, const ports::HttpResponse& response) {
  const Said said = read_error(response.body);
  const auto with = [&](ErrorCode code, std::string_view words) {
    return base::Error{code, fmt::format("{}: {} ({}{}{})", shown, words, response.status,
                                         said.code.empty() ? "" : " ", said.code)};
  };
  switch (response.status) {
    case 401:
      return with(ErrorCode::refused,
                  "the vault does not take our token; check that it belongs to the tenant that "
                  "this machine's identity is of");
    case 403:
      if (said.inner == "ForbiddenByFirewall" || said.inner == "ForbiddenByConnection")
        return with(ErrorCode::refused,
                    "the vault's firewall does not let this network in; allow it under the vault's "
                    "Networking");
      return with(ErrorCode::permission_denied,
                  "the vault does not let this machine's identity read it; give it the role Key "
                  "Vault Secrets User on the vault (or, where it has access policies, the "
                  "permission Get for secrets)");
    case 404:
      return with(ErrorCode::not_found,
                  "there is no such secret in the vault; check its name, and that it is enabled");
    default:
      break;
  }
  if (response.status == 429 || response.status >= 500)
    return with(ErrorCode::unavailable, "the vault does not answer now");
  return with(ErrorCode::refused, "the vault answered with something unexpected");
}

}  // namespace

Result<std::string> vault_address(std::string_view reference, const VaultPlace& place) {
  std::string_view rest = reference;
  if (rest.starts_with(vault_prefix)) rest.remove_prefix(vault_prefix.size());
  std::string url(rest);
  if (rest.find("://") == std::string_view::npos) {
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos || !is_name(rest.substr(0, slash)))
      return no_reference(reference);
    url = fmt::format("https://{}.{}/secrets/{}", rest.substr(0, slash), place.domain,
                      rest.substr(slash + 1));
  }
  const std::string origin = base::origin_of(url);
  // The path stands behind the host, whose letters may be of either case.
  const auto path = url.find('/', url.find("://") + 3);
  if (origin.empty() || !is_vault(origin) || path == std::string::npos ||
      !is_secret_path(std::string_view(url).substr(path)))
    return no_reference(reference);
  while (url.ends_with('/')) url.pop_back();
  return url + "?" + std::string(version_parameter);
}

Result<base::Secret> KeyVault::fetch(const std::string& url, std::string_view shown) {
  for (int attempt = 0;; ++attempt) {
    const auto token = tokens_->token(place_.scope, {});
    if (!token)
      return base::failure(token.error().code, fmt::format("{}: {}", shown, token.error().message));
    ports::HttpRequest request;
    request.method = "GET";
    request.url = base::Secret(url);
    request.headers = {{"Accept", "application/json"},
                       {"Authorization", "Bearer " + std::string(token->reveal())}};
    const auto response = http_->send(request);
    if (!response)
      return base::failure(response.error().code,
                           fmt::format("{}: {}", shown, response.error().message));
    if (response->status == 401 && attempt == 0) {
      tokens_->forget(place_.scope);
      continue;
    }
    if (response->status != 200) return std::unexpected(refusal(shown, *response));
    const auto json = base::parse_json(response->body);
    const std::string value = json ? (*json)["value"].text() : std::string();
    if (value.empty() || value.size() > base::limits::secret_bytes_max)
      return base::failure(ErrorCode::malformed,
                           fmt::format("{}: the vault's answer holds no secret, or one that is "
                                       "larger than may be",
                                       shown));
    return base::Secret(std::string(base::trim(value)));
  }
}

Result<base::Secret> KeyVault::read(std::string_view reference) {
  const std::string url = VEDETTE_TRY(vault_address(reference, place_));
  const std::string shown = base::encode_terminal(reference, 200);
  const std::lock_guard lock(mutex_);
  const Duration now = clock_.monotonic();
  const auto held = held_.find(url);
  if (held != held_.end() && now - held->second.read_at < held_for) return held->second.secret;
  auto fresh = fetch(url, shown);
  if (!fresh) {
    const bool passes = fresh.error().code == ErrorCode::unavailable;
    if (passes && held != held_.end()) return held->second.secret;
    return fresh;
  }
  if (held_.size() >= secrets_max && held == held_.end()) held_.clear();
  held_.insert_or_assign(url, Held{*fresh, now});
  return fresh;
}

}  // namespace vedette::cloud
