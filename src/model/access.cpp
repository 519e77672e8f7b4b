#include "model/access.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette::model {
namespace {

constexpr std::array<std::string_view, scopes_count> scope_names{
    "incidents", "logs", "detections", "responses", "settings", "people"};

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::analyst:
      return "analyst";
    case Role::responder:
      return "responder";
    case Role::admin:
      return "admin";
  }
  return "viewer";
}

std::optional<Role> role_named(std::string_view name) {
  for (const Role role : {Role::viewer, Role::analyst, Role::responder, Role::admin})
    if (name_of(role) == name) return role;
  return std::nullopt;
}

std::string_view name_of(Scope scope) {
  return scope_names.at(static_cast<std::size_t>(scope));
}

std::string text_of(const std::vector<Scope>& scopes) {
  std::string text;
  for (const Scope scope : scopes) text += (text.empty() ? "" : " ") + std::string(name_of(scope));
  return text;
}

std::optional<std::vector<Scope>> scopes_of(std::string_view text) {
  std::vector<Scope> scopes;
  while (!(text = base::trim(text)).empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    const auto* found = std::ranges::find(scope_names, word);
    if (found == scope_names.end()) return std::nullopt;
    const auto scope = static_cast<Scope>(found - scope_names.begin());
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.push_back(scope);
  }
  return scopes;
}

}  // namespace vedette::model
