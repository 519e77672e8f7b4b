// Second factors of an account at Microsoft Graph: listed, and removed one by one. Graph has no
// call that removes all of them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encode.h"
#include "cloud/graph_directory.h"

namespace vedette::cloud {
namespace {

using base::ErrorCode;
using base::Json;
using base::Result;

constexpr const char* permission = "UserAuthenticationMethod.ReadWrite.All";
constexpr std::size_t methods_max = 100, name_bytes_max = 100;

// "#microsoft.graph.phoneAuthenticationMethod" lies under ".../phoneMethods".
constexpr std::string_view type_begin = "#microsoft.graph.", type_end = "AuthenticationMethod";
constexpr auto removable = std::to_array<std::string_view>(
    {"microsoftAuthenticator", "phone", "fido2", "softwareOath", "email", "windowsHelloForBusiness",
     "temporaryAccessPass", "platformCredential"});

std::string_view kind_of_method(std::string_view type) {
  if (type.starts_with(type_begin)) type.remove_prefix(type_begin.size());
  if (type.ends_with(type_end)) type.remove_suffix(type_end.size());
  return type;
}

bool is_plain(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '=';
  });
}

}  // namespace

// The paths of those that can be removed; an error when there is one that we do not know: what is
// left of it would still be somebody's second factor.
Result<std::vector<std::string>> GraphDirectory::second_factors(std::string_view object_id,
                                                                const std::stop_token& stop) {
  const std::string begin = fmt::format("/users/{}/authentication/", object_id);
  const auto methods = VEDETTE_TRY(list({"GET", begin + "methods", "", permission, false}, stop));
  std::vector<std::string> paths;
  for (const Json& method : methods) {
    const std::string type = method["@odata.type"].text(), id = method["id"].text();
    const std::string_view kind = kind_of_method(type);
    if (kind == "password") continue;
    const bool is_known = std::ranges::find(removable, kind) != removable.end() && is_plain(id);
    if (!is_known || paths.size() == methods_max)
      return base::failure(
          ErrorCode::refused,
          fmt::format("the account has a second factor that Vedette cannot remove ({}): remove its "
                      "second factors in Entra",
                      base::clean_utf8(kind, name_bytes_max)));
    paths.push_back(fmt::format("{}{}Methods/{}", begin, kind, id));
  }
  return paths;
}

// The one that is asked for first may only go when no other is left.
Result<void> GraphDirectory::reset_second_factors(std::string_view object_id,
                                                  const std::stop_token& stop) {
  auto left = VEDETTE_TRY(second_factors(object_id, stop));
  for (std::size_t before = left.size() + 1; !left.empty() && left.size() < before;) {
    before = left.size();
    std::vector<std::string> refused;
    base::Error why{ErrorCode::refused, ""};
    for (const std::string& path : left) {
      const auto removed = send({"DELETE", path, "", permission, false}, stop);
      if (removed || removed.error().code == ErrorCode::not_found) continue;
      if (removed.error().code != ErrorCode::refused) return std::unexpected(removed.error());
      why = removed.error();
      refused.push_back(path);
    }
    if (refused.size() == before) return std::unexpected(why);
    left = std::move(refused);
  }
  if (VEDETTE_TRY(second_factors(object_id, stop)).empty()) return {};
  return base::failure(ErrorCode::unavailable, "Graph still shows second factors of the account");
}

}  // namespace vedette::cloud
