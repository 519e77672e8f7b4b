#include "model/access.h"

#include "base/text.h"

namespace vedette::model {

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

}  // namespace vedette::model
