#include "simulate/tenant/graph_directory.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette::simulate::tenant {
namespace {

constexpr auto user_properties = std::to_array<Property>({
    {"accountEnabled", PropertyType::truth},
    {"id"},
    {"userPrincipalName"},
    {"displayName"},
    {"mail"},
    {"userType"},
    {"department"},
});

// What Graph gives when nothing is selected.
const Selection& usual_members() {
  static const Selection selection(
      "id,businessPhones,displayName,givenName,jobTitle,mail,mobilePhone,officeLocation,"
      "preferredLanguage,surname,userPrincipalName");
  return selection;
}

constexpr std::uint32_t own_workload = 6;  // "vedette" among the workloads

}  // namespace

std::optional<TenantReply> GraphDirectory::answer(const GraphCall& call) {
  const std::string first = base::to_lower_ascii(call.path.front());
  if (first == "users") return answer_users(call);
  if (call.request.method != "GET") return std::nullopt;
  if (first == "groups") return answer_groups(call);
  if (first == "directoryroles" || first == "rolemanagement") return answer_roles(call);
  return answer_rest(call);
}

TenantReply GraphDirectory::not_found(const GraphCall& call, std::string_view what) const {
  return call.error(404, "Request_ResourceNotFound",
                    "Resource '" + std::string(what) +
                        "' does not exist or one of its queried reference-property objects are "
                        "not present.");
}

TenantReply GraphDirectory::list(const GraphCall& call, std::string_view context, std::size_t size,
                                 const WriteElement& write) const {
  constexpr std::size_t usual_rows = 100, most_rows = 999;
  const auto rows = call.rows_max(usual_rows, most_rows);
  if (!rows) return call.error(400, "Request_BadRequest", rows.error().message);
  std::size_t index = base::parse_unsigned(find_option(call.query, "$skiptoken")).value_or(0);
  base::JsonWriter out;
  begin_list(out, call, context);
  for (std::size_t written = 0; index < size && written < *rows; ++index)
    if (write(index, out)) ++written;
  std::optional<std::string> next;
  if (index < size) next = std::to_string(index);
  end_list(out, call, next);
  return json_reply(200, out.take());
}

std::optional<TenantReply> GraphDirectory::answer_users(const GraphCall& call) {
  const bool get = call.request.method == "GET";
  if (get)
    if (auto refused = call.require({"User.Read.All"})) return refused;
  if (get && call.is({"users"})) return list_users(call);
  if (get && call.is({"users", "delta"})) return list_user_changes(call);
  if (get && call.is({"users", "$count"})) return count_users(call);
  if (call.path.size() < 2) return std::nullopt;
  const std::uint32_t person = directory_.find(call.path[1]);
  if (person >= directory_.people().size()) return not_found(call, call.path[1]);
  return answer_user(call, person);
}

std::optional<TenantReply> GraphDirectory::answer_user(const GraphCall& call,
                                                       std::uint32_t person) {
  const std::string& method = call.request.method;
  if (method == "PATCH" && call.is({"users", "*"})) return change_user(call, person);
  if (method == "POST" && call.is({"users", "*", "revokeSignInSessions"}))
    return revoke_sessions(call, person);
  if (auto reply = factors_.answer(call, person)) return reply;
  if (method != "GET") return std::nullopt;
  if (call.is({"users", "*", "memberOf"}) || call.is({"users", "*", "transitiveMemberOf"}))
    return list_memberships(call, person);
  base::JsonWriter out;
  if (call.is({"users", "*"})) {
    const Selection asked(find_option(call.query, "$select"));
    write_user(out, person, call.now, asked.is_everything() ? usual_members() : asked, false);
  } else if (call.is({"users", "*", "manager"})) {
    write_user(out, directory_.person(person).manager, call.now, usual_members(), true);
  } else if (call.is({"users", "*", "mailboxSettings"})) {
    if (auto refused = call.require({"MailboxSettings.Read"})) return refused;
    const City& city = cities()[directory_.person(person).city];
    out.begin_object().member("timeZone", city.zone);
    // A program's mailbox is one that several people look into.
    out.member("userPurpose",
               directory_.person(person).kind == AccountKind::service ? "shared" : "user");
    out.key("workingHours").begin_object();
    out.key("daysOfWeek").begin_array();
    for (const std::string_view day :
         {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday"}) {
      const bool off = city.weekend == Weekend::friday_saturday ? day == "friday" : day == "sunday";
      if (!off) out.string(day);
    }
    out.end_array().member("startTime", "08:00:00.0000000").member("endTime", "17:00:00.0000000");
    out.key("timeZone").begin_object().member("name", city.zone).end_object();
    out.end_object().end_object();
  } else {
    return std::nullopt;
  }
  return json_reply(200, out.take());
}

// An advanced query: only for who says that the answer may be a little old.
TenantReply GraphDirectory::count_users(const GraphCall& call) const {
  const std::string* level = call.request.header("consistencylevel");
  if (level == nullptr || !base::equals_ignoring_case(*level, "eventual"))
    return call.error(400, "Request_BadRequest",
                      "$count is not currently supported without ConsistencyLevel: eventual.");
  return {200,
          {{"content-type", "text/plain; charset=utf-8"}},
          std::to_string(directory_.people().size()),
          {}};
}

TenantReply GraphDirectory::list_users(const GraphCall& call) const {
  const auto filter =
      Filter::parse(find_option(call.query, "$filter"), {"microsoft.graph.user", user_properties});
  if (!filter) return call.error(400, "Request_UnsupportedQuery", filter.error().message);
  const Selection asked(find_option(call.query, "$select"));
  const Selection& selection = asked.is_everything() ? usual_members() : asked;
  return list(
      call, "users", directory_.people().size(), [&](std::size_t index, base::JsonWriter& out) {
        const auto person = static_cast<std::uint32_t>(index);
        const auto read = [&](std::string_view name) { return read_user(person, call.now, name); };
        if (!filter->matches(read)) return false;
        write_user(out, person, call.now, selection, false);
        return true;
      });
}

// Everybody at first; with the delta link of an earlier walk those who were changed since.
TenantReply GraphDirectory::list_user_changes(const GraphCall& call) const {
  const auto since_text = find_option(call.query, "$deltatoken");
  const auto since = base::parse_unsigned(since_text);
  if (!since_text.empty() && !since)
    return call.error(410, "syncStateNotFound",
                      "The delta token is not valid or has expired; begin again.");
  const Selection asked(find_option(call.query, "$select"));
  const Selection& selection = asked.is_everything() ? usual_members() : asked;
  base::JsonWriter out;
  begin_list(out, call, "users");
  std::vector<std::uint32_t> shown;
  if (since) {
    const base::Timestamp from{static_cast<std::int64_t>(*since)};
    for (const Change& change : accounts_.changes())
      if (change.time > from && change.time <= call.now &&
          std::ranges::find(shown, change.target) == shown.end())
        shown.push_back(change.target);
  } else {
    for (std::uint32_t i = 0; i < directory_.people().size(); ++i) shown.push_back(i);
  }
  for (const std::uint32_t person : shown) write_user(out, person, call.now, selection, false);
  const std::string_view target = call.request.target;
  out.end_array().member("@odata.deltaLink",
                         call.request.origin + std::string(target.substr(0, target.find('?'))) +
                             "?%24deltatoken=" + std::to_string(call.now.ticks));
  out.end_object();
  return json_reply(200, out.take());
}

TenantReply GraphDirectory::change_user(const GraphCall& call, std::uint32_t person) {
  if (auto refused = call.require({"User.EnableDisableAccount.All"})) return *std::move(refused);
  const auto body = base::parse_json(call.request.body);
  const auto* members = body ? body->as_object() : nullptr;
  if (members == nullptr)
    return call.error(400, "Request_BadRequest", "The body is no JSON object.");
  for (const auto& [name, value] : *members)
    if (name != "accountEnabled" || value.as_bool() == nullptr)
      return call.error(400, "Request_BadRequest",
                        "Property '" + name + "' cannot be changed in the simulated tenant.");
  if (directory_.is_administrator(person) && !options_.app_may_touch_administrators)
    return call.error(403, "Authorization_RequestDenied",
                      "Insufficient privileges to complete the operation.");
  if (!members->empty() &&
      !accounts_.set_enabled(person, *members->back().second.as_bool(), call.now, own_workload))
    return call.error(507, "Request_BadRequest", "The simulated tenant remembers no more changes.");
  return {204, {}, {}, {}};
}

TenantReply GraphDirectory::revoke_sessions(const GraphCall& call, std::uint32_t person) {
  if (auto refused = call.require({"User.RevokeSessions.All"})) return *std::move(refused);
  if (!accounts_.revoke_sessions(person, call.now, own_workload))
    return call.error(507, "Request_BadRequest", "The simulated tenant remembers no more changes.");
  return json_reply(200,
                    R"({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean",)"
                    R"("value":true})");
}

TenantReply GraphDirectory::list_memberships(const GraphCall& call, std::uint32_t person) const {
  std::vector<const Group*> groups;
  std::vector<const Role*> roles;
  for (const Group& group : directory_.groups())
    if (std::ranges::find(group.members, person) != group.members.end()) groups.push_back(&group);
  for (const Role& role : directory_.roles())
    if (std::ranges::find(role.active, person) != role.active.end()) roles.push_back(&role);
  return list(call, "directoryObjects", groups.size() + roles.size(),
              [&](std::size_t index, base::JsonWriter& out) {
                if (index < groups.size())
                  write_group(out, *groups[index], true);
                else
                  write_role(out, *roles[index - groups.size()], true);
                return true;
              });
}

TenantReply GraphDirectory::list_members(const GraphCall& call,
                                         const std::vector<std::uint32_t>& members) const {
  const Selection asked(find_option(call.query, "$select"));
  const Selection& selection = asked.is_everything() ? usual_members() : asked;
  return list(call, "directoryObjects", members.size(),
              [&](std::size_t index, base::JsonWriter& out) {
                write_user(out, members[index], call.now, selection, true);
                return true;
              });
}

std::optional<TenantReply> GraphDirectory::answer_groups(const GraphCall& call) const {
  if (auto refused = call.require({"Group.Read.All"})) return refused;
  if (call.is({"groups"}))
    return list(call, "groups", directory_.groups().size(),
                [&](std::size_t index, base::JsonWriter& out) {
                  write_group(out, directory_.groups()[index], false);
                  return true;
                });
  if (call.path.size() < 2) return std::nullopt;
  const auto id = parse_guid(call.path[1]);
  for (const Group& group : directory_.groups()) {
    if (!id || group.id != *id) continue;
    if (call.is({"groups", "*", "members"}) || call.is({"groups", "*", "transitiveMembers"}))
      return list_members(call, group.members);
    if (!call.is({"groups", "*"})) return std::nullopt;
    base::JsonWriter out;
    write_group(out, group, false);
    return json_reply(200, out.take());
  }
  return not_found(call, call.path[1]);
}

std::optional<TenantReply> GraphDirectory::answer_roles(const GraphCall& call) const {
  if (auto refused = call.require({"RoleManagement.Read.Directory"})) return refused;
  const bool activated = call.is({"directoryRoles"});
  if (activated || call.is({"roleManagement", "directory", "roleDefinitions"}))
    return list(call, activated ? "directoryRoles" : "roleManagement/directory/roleDefinitions",
                directory_.roles().size(), [&](std::size_t index, base::JsonWriter& out) {
                  write_role(out, directory_.roles()[index], activated);
                  return true;
                });
  if (call.is({"roleManagement", "directory", "roleAssignments"}) ||
      call.is({"roleManagement", "directory", "roleAssignmentScheduleInstances"}))
    return list_assignments(call, false);
  if (call.is({"roleManagement", "directory", "roleEligibilitySchedules"}) ||
      call.is({"roleManagement", "directory", "roleEligibilityScheduleInstances"})) {
    if (options_.licence == Licence::p2) return list_assignments(call, true);
    return call.error(400, "AadPremiumLicenseRequired",
                      "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID "
                      "Governance license.");
  }
  if (call.is({"directoryRoles", "*", "members"})) {
    const auto id = parse_guid(call.path[1]);
    for (const Role& role : directory_.roles())
      if (id && role.id == *id) return list_members(call, role.active);
    return not_found(call, call.path[1]);
  }
  return std::nullopt;
}

TenantReply GraphDirectory::list_assignments(const GraphCall& call, bool eligible) const {
  std::vector<std::pair<const Role*, std::uint32_t>> rows;
  for (const Role& role : directory_.roles())
    for (const std::uint32_t person : eligible ? role.eligible : role.active)
      rows.emplace_back(&role, person);
  const std::string_view expand = find_option(call.query, "$expand");
  const std::string_view context = eligible ? "roleManagement/directory/roleEligibilitySchedules"
                                            : "roleManagement/directory/roleAssignments";
  return list(call, context, rows.size(), [&](std::size_t index, base::JsonWriter& out) {
    const auto& [role, person] = rows[index];
    out.begin_object().member("id",
                              format_guid(made_of(options_.seed, eligible ? 0x31 : 0x30, index)));
    out.member("roleDefinitionId", format_guid(role->template_id));
    out.member("principalId", format_guid(directory_.person(person).id));
    out.member("directoryScopeId", "/");
    if (eligible) out.member("memberType", "Direct").member("status", "Provisioned");
    if (expand.find("principal") != std::string_view::npos) {
      out.key("principal");
      write_user(out, person, call.now, usual_members(), true);
    }
    if (expand.find("roleDefinition") != std::string_view::npos) {
      out.key("roleDefinition");
      write_role(out, *role, false);
    }
    out.end_object();
    return true;
  });
}

void GraphDirectory::write_workload(base::JsonWriter& out, const Workload& workload) const {
  out.begin_object().member("id", format_guid(workload.id));
  out.member("appId", format_guid(workload.app_id));
  out.member("displayName", workload.name).key("accountEnabled").boolean(true);
  out.member("servicePrincipalType",
             workload.kind == WorkloadKind::managed_identity ? "ManagedIdentity" : "Application");
  out.end_object();
}

std::optional<TenantReply> GraphDirectory::answer_workloads(const GraphCall& call) const {
  if (auto refused = call.require({"Directory.Read.All"})) return refused;
  if (call.is({"servicePrincipals"}))
    return list(call, "servicePrincipals", directory_.workloads().size(),
                [&](std::size_t index, base::JsonWriter& out) {
                  write_workload(out, directory_.workloads()[index]);
                  return true;
                });
  if (!call.is({"servicePrincipals", "*"})) return std::nullopt;
  const auto id = parse_guid(call.path[1]);
  for (const Workload& workload : directory_.workloads()) {
    if (!id || workload.id != *id) continue;
    base::JsonWriter out;
    write_workload(out, workload);
    return json_reply(200, out.take());
  }
  return not_found(call, call.path[1]);
}

std::optional<TenantReply> GraphDirectory::answer_rest(const GraphCall& call) const {
  if (base::equals_ignoring_case(call.path.front(), "servicePrincipals"))
    return answer_workloads(call);
  if (call.is({"identity", "conditionalAccess", "namedLocations"})) {
    if (auto refused = call.require({"Policy.Read.All"})) return refused;
    return list(call, "identity/conditionalAccess/namedLocations", 1,
                [&](std::size_t, base::JsonWriter& out) {
                  out.begin_object().member("@odata.type", "#microsoft.graph.ipNamedLocation");
                  out.member("id", format_guid(made_of(options_, Thing::location, 0)));
                  out.member("displayName", "Offices").key("isTrusted").boolean(true);
                  out.key("ipRanges").begin_array();
                  for (const NetworkIndex index : networks_of(NetworkKind::office)) {
                    const Network& network = networks()[index];
                    out.begin_object().member("@odata.type", "#microsoft.graph.iPv4CidrRange");
                    out.member("cidrAddress",
                               base::format_ip(base::IpAddress::from_v4(network.first_address)) +
                                   "/" + std::to_string(network.bits));
                    out.end_object();
                  }
                  out.end_array().end_object();
                  return true;
                });
  }
  const bool organization = call.is({"organization"});
  if (!organization && !call.is({"subscribedSkus"})) return std::nullopt;
  if (auto refused = call.require({"Organization.Read.All"})) return refused;
  const bool premium = options_.licence != Licence::free;
  const std::string_view plan = options_.licence == Licence::p2 ? "AAD_PREMIUM_P2" : "AAD_PREMIUM";
  return list(call, call.path.front(), organization || premium ? 1 : 0,
              [&](std::size_t, base::JsonWriter& out) {
                out.begin_object();
                out.member("id", organization ? options_.tenant_id
                                              : format_guid(made_of(options_, Thing::licence, 0)));
                if (organization) {
                  out.member("displayName", "Northwind").key("onPremisesSyncEnabled");
                  options_.hybrid ? out.boolean(true) : out.null();
                }
                if (!organization)
                  out.member("skuPartNumber", plan).member("capabilityStatus", "Enabled");
                out.key(organization ? "assignedPlans" : "servicePlans").begin_array();
                if (premium)
                  out.begin_object()
                      .member(organization ? "service" : "servicePlanName",
                              organization ? std::string_view("AADPremiumService") : plan)
                      .member(organization ? "capabilityStatus" : "provisioningStatus",
                              organization ? "Enabled" : "Success")
                      .end_object();
                out.end_array().end_object();
                return true;
              });
}

void GraphDirectory::write_user(base::JsonWriter& out, std::uint32_t person, base::Timestamp now,
                                const Selection& selection, bool with_type) const {
  const Person& who = directory_.person(person);
  const City& city = cities()[who.city];
  Members members(out, selection);
  const auto optional = [&](std::string_view name, std::string_view value) {
    if (members.begins(name)) value.empty() ? out.null() : out.string(value);
  };
  out.begin_object();
  if (with_type) out.member("@odata.type", "#microsoft.graph.user");
  members.plain("id", format_guid(who.id));
  members.empty_array("businessPhones");
  members.text("displayName", who.display_name);
  optional("givenName", who.given_name);
  optional("jobTitle", who.job_title);
  optional("mail", who.kind == AccountKind::break_glass ? "" : who.user_principal_name);
  members.null("mobilePhone");
  optional("officeLocation", who.works_at_office ? city.name : "");
  members.plain("preferredLanguage", "en-US");
  optional("surname", who.surname);
  members.text("userPrincipalName", who.user_principal_name);
  if (!selection.is_everything()) {
    members.truth("accountEnabled", accounts_.is_enabled(person, now));
    members.plain("userType", who.kind == AccountKind::guest ? "Guest" : "Member");
    optional("department", who.department);
    members.plain("usageLocation", city.country);
    members.plain("city", city.name);
    members.plain("country", city.country);
    members.plain("companyName", "Northwind");
    members.plain("createdDateTime", "2024-03-11T08:00:00Z");
    const bool synced = options_.hybrid && who.kind == AccountKind::member;
    if (members.begins("onPremisesSyncEnabled")) synced ? out.boolean(true) : out.null();
    optional("onPremisesDomainName", synced ? options_.domain : "");
    optional("onPremisesSamAccountName",
             synced ? who.user_principal_name.substr(0, who.user_principal_name.find('@')) : "");
    members.plain("signInSessionsValidFromDateTime",
                  base::format_iso(accounts_.sessions_valid_from(person).value_or(
                      *base::parse_iso("2026-01-05T08:00:00Z"))));
  }
  out.end_object();
}

void GraphDirectory::write_group(base::JsonWriter& out, const Group& group, bool with_type) const {
  out.begin_object();
  if (with_type) out.member("@odata.type", "#microsoft.graph.group");
  out.member("id", format_guid(group.id)).member("displayName", group.name);
  out.member("description", group.description);
  out.key("isAssignableToRole").boolean(group.is_protected);
  out.key("securityEnabled")
      .boolean(!group.is_unified)
      .key("mailEnabled")
      .boolean(group.is_unified);
  out.key("groupTypes").begin_array();
  if (group.is_unified) out.string("Unified");
  out.end_array().end_object();
}

// A definition has the template's id, a role that was activated its own.
void GraphDirectory::write_role(base::JsonWriter& out, const Role& role, bool activated) const {
  const bool definition = !activated;
  out.begin_object();
  if (activated) out.member("@odata.type", "#microsoft.graph.directoryRole");
  out.member("id", format_guid(definition ? role.template_id : role.id));
  out.member("displayName", role.name).member("description", role.name);
  out.member(definition ? "templateId" : "roleTemplateId", format_guid(role.template_id));
  out.end_object();
}

FilterValue GraphDirectory::read_user(std::uint32_t person, base::Timestamp now,
                                      std::string_view property) const {
  const Person& who = directory_.person(person);
  if (property == "accountEnabled") return accounts_.is_enabled(person, now);
  if (property == "id") return format_guid(who.id);
  if (property == "userPrincipalName" || property == "mail") return who.user_principal_name;
  if (property == "displayName") return who.display_name;
  if (property == "department") return who.department;
  return std::string(who.kind == AccountKind::guest ? "Guest" : "Member");
}

}  // namespace vedette::simulate::tenant
