#include "simulate/tenant/audit_document.h"

#include <array>

namespace vedette::simulate::tenant {
namespace {

struct ChangeText {
  std::string_view activity, category, operation, service, target_type;
};
// In the order of ChangeKind.
constexpr auto texts = std::to_array<ChangeText>({
    {"Update user", "UserManagement", "Update", "Core Directory", "User"},
    {"Reset password (self-service)", "UserManagement", "Update",
     "Self-service Password Management", "User"},
    {"User registered security info", "UserManagement", "Add", "Authentication Methods", "User"},
    {"Add user", "UserManagement", "Add", "Core Directory", "User"},
    {"Add member to group", "GroupManagement", "Assign", "Core Directory", "User"},
    {"Register device", "Device", "Add", "Device Registration Service", "User"},
    {"Consent to application", "ApplicationManagement", "Assign", "Core Directory",
     "ServicePrincipal"},
    {"Add delegated permission grant", "ApplicationManagement", "Assign", "Core Directory",
     "ServicePrincipal"},
    {"Add member to role", "RoleManagement", "Assign", "Core Directory", "User"},
    {"Disable account", "UserManagement", "Update", "Core Directory", "User"},
    {"Enable account", "UserManagement", "Update", "Core Directory", "User"},
    {"Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Update", "Core Directory",
     "User"},
});

const ChangeText& text_of(ChangeKind kind) {
  return texts[static_cast<std::size_t>(kind)];
}

constexpr auto properties = std::to_array<Property>({
    {"activityDateTime", PropertyType::time, true},
    {"id"},
    {"activityDisplayName"},
    {"category"},
    {"correlationId"},
    {"loggedByService"},
    {"operationType"},
    {"result"},
    {"initiatedBy/user/id"},
    {"initiatedBy/user/displayName"},
    {"initiatedBy/user/userPrincipalName"},
    {"initiatedBy/app/displayName"},
});

Identifier correlation_of(const Change& change) {
  return {base::hash_words(change.key, 0xC0), base::hash_words(change.key, 0xC1)};
}

// One modifiedProperties entry; the values are JSON inside a string, as in the log.
void modified(base::JsonWriter& out, std::string_view name, std::string_view before,
              std::string_view after) {
  out.begin_object().member("displayName", name).key("oldValue");
  before.empty() ? out.null() : out.string(before);
  out.key("newValue");
  after.empty() ? out.null() : out.string(after);
  out.end_object();
}

}  // namespace

Vocabulary audit_vocabulary() {
  return {"microsoft.graph.directoryAudit", properties};
}

std::string audit_id(const Change& change) {
  std::string text = "Directory_" + format_guid(change.id()) + "_";
  std::uint64_t left = base::hash_words(change.key, 0x69);
  for (int i = 0; i < 5; ++i, left /= 26) text += static_cast<char>('A' + left % 26);
  return text + "_" + std::to_string(left % 100'000'000);
}

std::optional<Identifier> parse_audit_id(std::string_view text) {
  constexpr std::string_view prefix = "Directory_";
  if (!text.starts_with(prefix)) return std::nullopt;
  return parse_guid(text.substr(prefix.size(), 36));
}

void AuditDocuments::write(base::JsonWriter& out, const Change& change,
                           const Selection& selection) const {
  const ChangeText& text = text_of(change.kind);
  Members members(out, selection);
  out.begin_object();
  members.plain("id", audit_id(change));
  members.plain("category", text.category);
  members.plain("correlationId", format_guid(correlation_of(change)));
  members.plain("result", "success");
  members.plain("resultReason", "");
  members.plain("activityDisplayName", text.activity);
  members.plain("activityDateTime", base::format_iso(change.time));
  members.plain("loggedByService", text.service);
  members.plain("operationType", text.operation);
  members.null("userAgent");
  if (members.begins("initiatedBy")) write_initiator(out, change);
  if (members.begins("targetResources")) write_targets(out, change);
  if (members.begins("additionalDetails")) {
    out.begin_array();
    out.begin_object().member("key", "UserType").member("value", "Member").end_object();
    out.end_array();
  }
  out.end_object();
}

void AuditDocuments::write_initiator(base::JsonWriter& out, const Change& change) const {
  out.begin_object();
  if (change.by_app) {
    const Workload& workload = directory_.workloads()[change.initiator];
    out.key("user").null().key("app").begin_object();
    out.member("appId", format_guid(workload.app_id)).member("displayName", workload.name);
    out.member("servicePrincipalId", format_guid(workload.id)).key("servicePrincipalName").null();
  } else {
    const Person& person = directory_.person(change.initiator);
    out.key("app").null().key("user").begin_object();
    out.member("id", format_guid(person.id)).member("displayName", person.display_name);
    out.member("userPrincipalName", person.user_principal_name);
    out.member("ipAddress", base::format_ip(change.address)).member("userType", "Member");
    out.key("homeTenantId").null().key("homeTenantName").null();
  }
  out.end_object().end_object();
}

void AuditDocuments::write_targets(base::JsonWriter& out, const Change& change) const {
  const Person& person = directory_.person(change.target);
  const bool application = change.kind == ChangeKind::consent_to_application ||
                           change.kind == ChangeKind::add_permission_grant;
  out.begin_array().begin_object();
  if (application) {
    out.member("id", format_guid(made_of(options_, Thing::resource_principal, 99)));
    out.member("displayName", "Mail Helper Pro").key("userPrincipalName").null();
  } else {
    out.member("id", format_guid(person.id)).member("displayName", person.display_name);
    out.member("userPrincipalName", person.user_principal_name);
  }
  out.member("type", text_of(change.kind).target_type).key("groupType").null();
  out.key("modifiedProperties").begin_array();
  switch (change.kind) {
    case ChangeKind::disable_account:
      modified(out, "AccountEnabled", "[true]", "[false]");
      break;
    case ChangeKind::enable_account:
      modified(out, "AccountEnabled", "[false]", "[true]");
      break;
    case ChangeKind::add_member_to_role: {
      const Role& role = directory_.roles()[change.subject % directory_.roles().size()];
      modified(out, "Role.ObjectID", {}, "\"" + format_guid(role.id) + "\"");
      modified(out, "Role.DisplayName", {}, "\"" + std::string(role.name) + "\"");
      modified(out, "Role.TemplateId", {}, "\"" + format_guid(role.template_id) + "\"");
      break;
    }
    case ChangeKind::add_member_to_group: {
      const Group& group = directory_.groups()[change.subject % directory_.groups().size()];
      modified(out, "Group.ObjectID", {}, "\"" + format_guid(group.id) + "\"");
      modified(out, "Group.DisplayName", {}, "\"" + group.name + "\"");
      break;
    }
    case ChangeKind::consent_to_application:
    case ChangeKind::add_permission_grant:
      modified(out, "ConsentContext.IsAdminConsent", {}, "\"False\"");
      modified(out, "ConsentAction.Permissions", {},
               "[] => [[Id: x, ClientId: 00000000-0000-0000-0000-000000000000, ConsentType: "
               "Principal, Scope: Mail.ReadWrite MailboxSettings.ReadWrite offline_access]]");
      break;
    default:
      modified(out, "Included Updated Properties", {}, "\"\"");
      break;
  }
  modified(out, "TargetId.UserType", {}, "\"Member\"");
  out.end_array().end_object().end_array();
}

FilterValue AuditDocuments::read(const Change& change, std::string_view property) const {
  if (property == "activityDateTime") return change.time;
  if (property == "id") return audit_id(change);
  if (property == "correlationId") return format_guid(correlation_of(change));
  const ChangeText& text = text_of(change.kind);
  if (property == "activityDisplayName") return std::string(text.activity);
  if (property == "category") return std::string(text.category);
  if (property == "loggedByService") return std::string(text.service);
  if (property == "operationType") return std::string(text.operation);
  if (property == "result") return std::string("success");
  if (change.by_app)
    return property == "initiatedBy/app/displayName"
               ? FilterValue{directory_.workloads()[change.initiator].name}
               : FilterValue{std::monostate{}};
  const Person& person = directory_.person(change.initiator);
  if (property == "initiatedBy/user/id") return format_guid(person.id);
  if (property == "initiatedBy/user/displayName") return person.display_name;
  if (property == "initiatedBy/user/userPrincipalName") return person.user_principal_name;
  return std::monostate{};
}

}  // namespace vedette::simulate::tenant
