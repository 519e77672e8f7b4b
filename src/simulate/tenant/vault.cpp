#include "simulate/tenant/vault.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "simulate/tenant/identifier.h"

namespace vedette::simulate::tenant {
namespace {

using base::JsonWriter;

constexpr std::uint64_t version_kind = 0x4B56;
constexpr std::size_t secrets_max = 1'000, versions_max = 100, secret_bytes_max = 25 * 1024;

// A version is 32 hexadecimal digits.
std::string version_of(std::uint64_t seed, std::string_view name, std::size_t number) {
  const Identifier id = made_of(seed, version_kind + base::hash_bytes(name), number);
  return fmt::format("{:016x}{:016x}", id.high, id.low);
}

TenantReply vault_error(int status, std::string_view code, std::string_view message,
                        std::string_view inner = {}) {
  JsonWriter out;
  out.begin_object().key("error").begin_object().member("code", code).member("message", message);
  if (!inner.empty()) out.key("innererror").begin_object().member("code", inner).end_object();
  out.end_object().end_object();
  return json_reply(status, out.take());
}

}  // namespace

Vault::Vault(const TenantOptions& options, const Tokens& tokens)
    : options_(options), tokens_(tokens) {
  for (const auto& [name, value] : options.vault_secrets) secrets_[name] = {value};
}

TenantReply Vault::shown(const TenantRequest& request, const std::string& name,
                         std::size_t version) const {
  JsonWriter out;
  out.begin_object().member("value", secrets_.at(name)[version]);
  out.member("id", fmt::format("{}/secrets/{}/{}", request.origin, name,
                               version_of(options_.seed, name, version)));
  out.key("attributes").begin_object().key("enabled").boolean(true).end_object().end_object();
  return json_reply(200, out.take());
}

TenantReply Vault::answer(const TenantRequest& request, std::string_view path,
                          base::Timestamp now) {
  TokenClaims claims;
  const std::string* authorization = request.header("authorization");
  if (tokens_.verify(authorization != nullptr ? *authorization : "", Service::vault, now, claims) !=
      TokenFault::none)
    return vault_error(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
  if (request.target.find("api-version=") == std::string::npos)
    return vault_error(400, "BadParameter", "The request URI contains an invalid api-version.");
  if (!options_.vault_access)
    return vault_error(403, "Forbidden", "Caller is not authorized to perform action on resource.",
                       "ForbiddenByRbac");
  const auto parts = base::split(path.substr(1), '/');  // secrets, NAME, [VERSION]
  const std::string name(parts.size() > 1 ? parts[1] : "");
  const auto found = secrets_.find(name);
  if (request.method == "PUT") {
    const auto body = base::parse_json(request.body);
    const std::string value = body ? (*body)["value"].text() : std::string();
    if (value.empty() || value.size() > secret_bytes_max || name.empty() || parts.size() > 2)
      return vault_error(400, "BadParameter", "Property value has invalid value.");
    if (secrets_.size() >= secrets_max ||
        (found != secrets_.end() && found->second.size() >= versions_max))
      return vault_error(403, "Forbidden", "The vault is full.");
    secrets_[name].push_back(value);
    return shown(request, name, secrets_[name].size() - 1);
  }
  if (request.method != "GET") return vault_error(405, "BadParameter", "Method not allowed.");
  const std::string absent =
      fmt::format("A secret with (name/id) {} was not found in this key vault.", name);
  if (found == secrets_.end()) return vault_error(404, "SecretNotFound", absent);
  const std::string_view version = parts.size() > 2 ? parts[2] : "";
  if (version.empty()) return shown(request, name, found->second.size() - 1);
  for (std::size_t i = 0; i < found->second.size(); ++i)
    if (version_of(options_.seed, name, i) == version) return shown(request, name, i);
  return vault_error(404, "SecretNotFound", absent);
}

}  // namespace vedette::simulate::tenant
