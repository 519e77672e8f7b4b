#include "model/change_event.h"

namespace vedette::model {

std::string_view name_of(ChangeOperation operation) {
  switch (operation) {
    case ChangeOperation::created:
      return "created";
    case ChangeOperation::changed:
      return "changed";
    case ChangeOperation::deleted:
      return "deleted";
    case ChangeOperation::disabled:
      return "disabled";
    case ChangeOperation::enabled:
      return "enabled";
    case ChangeOperation::password_changed:
      return "password_changed";
    case ChangeOperation::member_added:
      return "member_added";
    case ChangeOperation::member_removed:
      return "member_removed";
    case ChangeOperation::members_set:
      return "members_set";
    case ChangeOperation::other:
      break;
  }
  return "other";
}

}  // namespace vedette::model
