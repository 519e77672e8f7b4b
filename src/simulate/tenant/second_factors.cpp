#include "simulate/tenant/second_factors.h"

#include <array>
#include <string>

#include "base/text.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::array<std::string_view, 2> kinds{"microsoftAuthenticator", "phone"};
constexpr std::uint64_t thing = 0x32;  // of made_of

}  // namespace

std::string SecondFactors::id_of(std::uint32_t person, std::size_t kind) const {
  return format_guid(made_of(options_.seed, thing, person * kinds.size() + kind));
}

std::optional<TenantReply> SecondFactors::answer(const GraphCall& call, std::uint32_t person) {
  const bool is_list = call.is({"users", "*", "authentication", "methods"});
  if (!is_list && !call.is({"users", "*", "authentication", "*", "*"})) return std::nullopt;
  if (auto refused = call.require({"UserAuthenticationMethod.ReadWrite.All"})) return refused;
  if (is_list && call.request.method == "GET") return list(call, person);
  return call.request.method == "DELETE" ? std::optional(remove(call, person)) : std::nullopt;
}

TenantReply SecondFactors::list(const GraphCall& call, std::uint32_t person) const {
  base::JsonWriter out;
  begin_list(out, call, "users/authentication/methods");
  out.begin_object().member("@odata.type", "#microsoft.graph.passwordAuthenticationMethod");
  out.member("id", "28c10230-6103-485e-b985-444c60001490").end_object();
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (removed_.contains({person, kind})) continue;
    out.begin_object();
    out.member("@odata.type",
               "#microsoft.graph." + std::string(kinds.at(kind)) + "AuthenticationMethod");
    out.member("id", id_of(person, kind)).end_object();
  }
  end_list(out, call, std::nullopt);
  return json_reply(200, out.take());
}

TenantReply SecondFactors::remove(const GraphCall& call, std::uint32_t person) {
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (removed_.contains({person, kind}) || call.path[4] != id_of(person, kind) ||
        !base::equals_ignoring_case(call.path[3], std::string(kinds.at(kind)) + "Methods"))
      continue;
    if (kind == 0 && !removed_.contains({person, 1}))
      return call.error(400, "badRequest",
                        "Cannot delete default method with other methods configured. Please "
                        "change default method before deletion.");
    removed_.emplace(person, kind);
    return {204, {}, {}, {}};
  }
  return call.error(404, "resourceNotFound", "The requested authentication method was not found.");
}

}  // namespace vedette::simulate::tenant
