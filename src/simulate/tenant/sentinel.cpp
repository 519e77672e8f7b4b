#include "simulate/tenant/sentinel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/http_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::int64_t first_number = 3'001;
constexpr std::size_t usual_rows = 50, most_rows = 1'000;

constexpr auto properties = std::to_array<Property>({
    {"properties/lastModifiedTimeUtc", PropertyType::time},
    {"properties/createdTimeUtc", PropertyType::time},
    {"properties/firstActivityTimeUtc", PropertyType::time},
    {"properties/lastActivityTimeUtc", PropertyType::time},
    {"properties/incidentNumber", PropertyType::number},
    {"properties/status"},
    {"properties/severity"},
    {"properties/title"},
    {"properties/description"},
    {"properties/owner/assignedTo"},
    {"name"},
});

FilterValue read(const Incident& incident, std::string_view name) {
  if (name == "properties/lastModifiedTimeUtc") return incident.modified;
  if (name == "properties/createdTimeUtc") return incident.created;
  if (name == "properties/firstActivityTimeUtc") return incident.first_activity;
  if (name == "properties/lastActivityTimeUtc") return incident.last_activity;
  if (name == "properties/incidentNumber") return incident.number;
  if (name == "properties/status") return incident.status;
  if (name == "properties/severity") return incident.severity;
  if (name == "properties/title") return incident.title;
  if (name == "properties/description") return incident.description;
  if (name == "properties/owner/assignedTo") return incident.owner_name;
  return incident.id;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

TenantReply conflict(const Incident& incident) {
  return service_error(
      409, "Conflict",
      "Newer version of resource '" + incident.id + "' exists. Data was not saved");
}

}  // namespace

Sentinel::Sentinel(const TenantOptions& options, const Timeline& timeline, const Tokens& tokens)
    : options_(options),
      timeline_(timeline),
      tokens_(tokens),
      planned_(incidents_of(options, timeline.directory(), *timeline.attacks().story())),
      next_cycle_(timeline.attacks().cycle_of(timeline.begin())) {}

bool Sentinel::owns(std::string_view path) {
  return base::equals_ignoring_case(path.substr(0, 15), "/subscriptions/");
}

std::string Sentinel::path_of(std::string_view rest) const {
  return fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.OperationalInsights/workspaces/{}"
      "/providers/Microsoft.SecurityInsights/{}",
      subscription_id, resource_group, workspace_name, rest);
}

// Creates the incidents that are due.
void Sentinel::advance(base::Timestamp now) {
  for (; next_cycle_ <= timeline_.attacks().cycle_of(now); ++next_cycle_) {
    auto made =
        incidents_of(options_, timeline_.directory(), *timeline_.attacks().cycle(next_cycle_));
    std::ranges::move(made, std::back_inserter(planned_));
    std::ranges::sort(planned_, std::ranges::greater(), &Incident::created);
  }
  while (!planned_.empty() && planned_.back().created <= now) {
    Incident incident = std::move(planned_.back());
    planned_.pop_back();
    if (incident.first_activity < timeline_.begin() ||
        incidents_.size() >= base::limits::simulated_incidents_max)
      continue;
    incident.number = incidents_.empty() ? first_number : incidents_.back().number + 1;
    incidents_.push_back(std::move(incident));
  }
}

Incident* Sentinel::find(std::string_view id) {
  const auto found = std::ranges::find_if(incidents_, [&](const Incident& incident) {
    return base::equals_ignoring_case(incident.id, id);
  });
  return found == incidents_.end() ? nullptr : &*found;
}

TenantReply Sentinel::answer(const TenantRequest& request, base::Timestamp now) {
  TokenClaims claims;
  const std::string* authorization = request.header("authorization");
  const TokenFault fault =
      tokens_.verify(authorization != nullptr ? *authorization : "", Service::arm, now, claims);
  if (fault != TokenFault::none) {
    TenantReply reply =
        fault == TokenFault::missing ? service_error(401, "AuthenticationFailed",
                                                     "Authentication failed. The 'Authorization' "
                                                     "header is missing.")
        : fault == TokenFault::expired
            ? service_error(401, "ExpiredAuthenticationToken",
                            "The access token expiry UTC time is earlier than current UTC time.")
        : fault == TokenFault::wrong_audience
            ? service_error(401, "InvalidAuthenticationTokenAudience",
                            "The access token has been obtained for wrong audience or resource.")
            : service_error(401, "InvalidAuthenticationToken", "The access token is invalid.");
    reply.set("WWW-Authenticate", "Bearer authorization_uri=\"" + request.origin + "/" +
                                      options_.tenant_id + "\", error=\"invalid_token\"");
    return reply;
  }
  const auto cut = request.target.find('?');
  Call call{request, now, {}, {}};
  if (cut != std::string::npos)
    call.query = parse_query(std::string_view(request.target).substr(cut + 1));
  if (find_option(call.query, "api-version").empty())
    return service_error(400, "MissingApiVersionParameter",
                         "The api-version query parameter (?api-version=) is required for all "
                         "requests.");
  if (!options_.arm_access)
    return service_error(403, "AuthorizationFailed",
                         "The client '" + options_.client_id +
                             "' does not have authorization to perform action "
                             "'Microsoft.SecurityInsights/incidents/read' over this scope, or the "
                             "scope is invalid.");
  const std::string path =
      base::percent_decode(std::string_view(request.target).substr(0, cut), base::Plus::stays);
  const std::string root = path_of("");
  const std::string workspace = root.substr(0, root.find("/providers/Microsoft.SecurityInsights"));
  if (base::equals_ignoring_case(path, workspace)) {
    base::JsonWriter out;
    out.begin_object().member("id", workspace).member("name", workspace_name);
    out.member("type", "Microsoft.OperationalInsights/workspaces").member("location", "westeurope");
    out.key("properties").begin_object().member("customerId", workspace_id);
    out.key("retentionInDays").number(std::int64_t{90}).end_object().end_object();
    return json_reply(200, out.take());
  }
  if (!base::equals_ignoring_case(std::string_view(path).substr(0, root.size()), root))
    return service_error(404, "ResourceNotFound", "The resource '" + path + "' was not found.");
  for (const std::string_view part : base::split(std::string_view(path).substr(root.size()), '/'))
    if (!part.empty()) call.path.emplace_back(part);
  advance(now);
  TenantReply reply = answer_incidents(call);
  reply.set("x-ms-ratelimit-remaining-subscription-reads", "11999");
  return reply;
}

TenantReply Sentinel::answer_incidents(const Call& call) {
  if (call.path.empty() || !base::equals_ignoring_case(call.path[0], "incidents"))
    return service_error(404, "NotFound", "No such resource.");
  const std::string& method = call.request.method;
  if (call.path.size() == 1) {
    if (method == "GET") return list_incidents(call);
    return service_error(405, "UnsupportedApiVersion",
                         "The HTTP resource that matches the request URI '" + call.request.target +
                             "' does not support HTTP method '" + method + "'.");
  }
  Incident* incident = find(call.path[1]);
  if (call.path.size() == 2 && method == "PUT") return put_incident(call, incident);
  if (call.path.size() == 2 && method == "DELETE") {
    if (incident == nullptr) return {204, {}, {}, {}};
    incidents_.erase(incidents_.begin() + (incident - incidents_.data()));
    return {200, {}, {}, {}};
  }
  if (incident == nullptr)
    return service_error(404, "NotFound", "Incident '" + call.path[1] + "' was not found.");
  if (call.path.size() > 2) return answer_parts(call, *incident);
  if (method != "GET")
    return service_error(405, "MethodNotAllowed", "There is no " + method + " for an incident.");
  base::JsonWriter out;
  write(out, *incident);
  return json_reply(200, out.take());
}

TenantReply Sentinel::list_incidents(const Call& call) {
  const auto filter = Filter::parse(find_option(call.query, "$filter"), {"Incident", properties});
  if (!filter) return service_error(400, "BadRequest", filter.error().message);
  std::vector<const Incident*> found;
  for (const Incident& incident : incidents_)
    if (filter->matches([&](std::string_view name) { return read(incident, name); }))
      found.push_back(&incident);
  const auto order = base::split(find_option(call.query, "$orderby"), ' ');
  const std::string_view by = order[0].empty() ? "properties/createdTimeUtc" : order[0];
  const bool ascending = !order[0].empty() && (order.size() < 2 || order[1] != "desc");
  if (std::ranges::find(properties, by, &Property::name) == properties.end())
    return service_error(400, "BadRequest", "Invalid orderby clause: '" + std::string(by) + "'.");
  std::ranges::stable_sort(found, [&](const Incident* a, const Incident* b) {
    return ascending ? read(*a, by) < read(*b, by) : read(*b, by) < read(*a, by);
  });
  const std::size_t rows = std::min<std::size_t>(
      base::parse_unsigned(find_option(call.query, "$top")).value_or(usual_rows), most_rows);
  const std::size_t from = base::parse_unsigned(find_option(call.query, "$skipToken")).value_or(0);
  base::JsonWriter out;
  out.begin_object().key("value").begin_array();
  for (std::size_t i = from; i < std::min(found.size(), from + rows); ++i) write(out, *found[i]);
  out.end_array();
  if (from + rows < found.size()) {
    std::string link =
        call.request.origin + call.request.target.substr(0, call.request.target.find('?')) + "?";
    for (const auto& [name, value] : call.query)
      if (!base::equals_ignoring_case(name, "$skipToken"))
        link += base::percent_encode(name) + "=" + base::percent_encode(value) + "&";
    out.member("nextLink", link + "%24skipToken=" + std::to_string(from + rows));
  }
  out.end_object();
  return json_reply(200, out.take());
}

TenantReply Sentinel::put_incident(const Call& call, Incident* known) {
  const auto body = base::parse_json(call.request.body);
  if (!body) return service_error(400, "BadRequest", "The body is no JSON.");
  const base::Json& given = (*body)["properties"];
  const std::string title = given["title"].text(), status = given["status"].text();
  const std::string severity = given["severity"].text();
  if (title.empty() || !is_one_of(severity, {"High", "Medium", "Low", "Informational"}) ||
      !is_one_of(status, {"New", "Active", "Closed"}))
    return service_error(400, "BadRequest",
                         "title, severity and status are required and must have known values.");
  const bool is_new = known == nullptr;
  if (!is_new) {
    const std::string* if_match = call.request.header("if-match");
    const std::string etag = if_match != nullptr ? *if_match : (*body)["etag"].text();
    if (etag != known->etag()) return conflict(*known);
  } else {
    if (incidents_.size() >= base::limits::simulated_incidents_max)
      return service_error(507, "BadRequest", "The simulated workspace is full.");
    Incident made;
    made.id = call.path[1];
    made.key = base::hash_bytes(made.id);
    made.number = incidents_.empty() ? first_number : incidents_.back().number + 1;
    made.created = made.first_activity = made.last_activity = call.now;
    made.made_by_client = true;
    made.product = "Azure Sentinel";
    incidents_.push_back(std::move(made));
    known = &incidents_.back();
  }
  Incident& incident = *known;
  if (!is_new) ++incident.version;
  incident.modified = call.now;
  incident.title = title;
  incident.severity = severity;
  incident.status = status;
  incident.description = given["description"].text();
  incident.classification = given["classification"].text();
  incident.classification_comment = given["classificationComment"].text();
  incident.classification_reason = given["classificationReason"].text();
  const base::Json& owner = given["owner"];
  incident.owner_object_id = owner["objectId"].text();
  incident.owner_email = owner["email"].text();
  incident.owner_name = owner["assignedTo"].text();
  incident.owner_principal = owner["userPrincipalName"].text();
  incident.labels.clear();
  if (const auto* labels = given["labels"].as_array())
    for (const base::Json& label : *labels) incident.labels.push_back(label["labelName"].text());
  for (const auto& [name, time] : {std::pair{"firstActivityTimeUtc", &incident.first_activity},
                                   std::pair{"lastActivityTimeUtc", &incident.last_activity}})
    if (const auto parsed = base::parse_iso(given[name].text())) *time = *parsed;
  base::JsonWriter out;
  write(out, incident);
  return json_reply(is_new ? 201 : 200, out.take());
}

TenantReply Sentinel::answer_parts(const Call& call, Incident& incident) {
  const std::string part = base::to_lower_ascii(call.path[2]);
  const std::string& method = call.request.method;
  if (part == "comments") return answer_comments(call, incident);
  if (part == "alerts" && method == "POST") {
    base::JsonWriter out;
    out.begin_object().key("value").begin_array();
    if (!incident.made_by_client) write_alert(out, incident);
    out.end_array().end_object();
    return json_reply(200, out.take());
  }
  if (part == "entities" && method == "POST") return entities_of(incident);
  if (part == "bookmarks" && method == "POST") return json_reply(200, R"({"value":[]})");
  if (part == "relations" && method == "GET" && call.path.size() == 3)
    return relations_of(incident);
  if (part == "tasks" && method == "GET" && call.path.size() == 3)
    return json_reply(200, R"({"value":[]})");
  return service_error(405, "MethodNotAllowed",
                       "The simulated tenant does not take " + method + " for " + part + ".");
}

TenantReply Sentinel::answer_comments(const Call& call, Incident& incident) {
  const std::string& method = call.request.method;
  base::JsonWriter out;
  if (call.path.size() == 3 && method == "GET") {
    out.begin_object().key("value").begin_array();
    for (const IncidentComment& comment : incident.comments) write_comment(out, incident, comment);
    out.end_array().end_object();
    return json_reply(200, out.take());
  }
  if (call.path.size() != 4) return service_error(405, "MethodNotAllowed", "Name the comment.");
  const auto found = std::ranges::find(incident.comments, call.path[3], &IncidentComment::id);
  const bool known = found != incident.comments.end();
  if (method == "GET") {
    if (!known) return service_error(404, "NotFound", "The comment was not found.");
    write_comment(out, incident, *found);
    return json_reply(200, out.take());
  }
  if (method == "DELETE") {
    if (!known) return {204, {}, {}, {}};
    incident.comments.erase(found);
  } else if (method != "PUT") {
    return service_error(405, "MethodNotAllowed", "Comments take GET, PUT and DELETE.");
  }
  incident.modified = call.now;
  ++incident.version;  // any change moves the etag
  if (method == "DELETE") return {200, {}, {}, {}};
  const auto body = base::parse_json(call.request.body);
  const std::string message = body ? (*body)["properties"]["message"].text() : std::string();
  constexpr std::size_t comments_max = 100;
  if (message.empty() || message.size() > base::limits::comment_bytes_max ||
      (!known && incident.comments.size() >= comments_max))
    return service_error(400, "BadRequest", "message is required, of at most 30,000 characters.");
  if (!known) incident.comments.push_back({call.path[3], {}, {}, call.now, call.now});
  IncidentComment& comment = known ? *found : incident.comments.back();
  comment.message = message;
  comment.modified = call.now;
  comment.etag = fmt::format("\"{:016x}\"", base::hash_words(incident.version, incident.key));
  write_comment(out, incident, comment);
  return json_reply(known ? 200 : 201, out.take());
}

void Sentinel::write(base::JsonWriter& out, const Incident& incident) const {
  const std::string path = path_of("incidents/" + incident.id);
  const auto time = [&](std::string_view name, base::Timestamp value) {
    out.member(name, base::format_iso(value));
  };
  const auto optional = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out.member(name, value);
  };
  out.begin_object().member("id", path).member("name", incident.id);
  out.member("type", "Microsoft.SecurityInsights/incidents").member("etag", incident.etag());
  out.key("properties").begin_object().member("title", incident.title);
  optional("description", incident.description);
  out.member("severity", incident.severity).member("status", incident.status);
  optional("classification", incident.classification);
  optional("classificationComment", incident.classification_comment);
  optional("classificationReason", incident.classification_reason);
  out.key("owner").begin_object();
  const auto owner = [&](std::string_view name, const std::string& value) {
    out.key(name);
    value.empty() ? out.null() : out.string(value);
  };
  if (!incident.owner_object_id.empty() || !incident.owner_principal.empty()) {
    optional("objectId", incident.owner_object_id);
    owner("email", incident.owner_email);
    owner("assignedTo", incident.owner_name);
    optional("userPrincipalName", incident.owner_principal);
  }
  out.end_object().key("labels").begin_array();
  for (const std::string& label : incident.labels)
    out.begin_object().member("labelName", label).member("labelType", "User").end_object();
  out.end_array();
  time("firstActivityTimeUtc", incident.first_activity);
  time("lastActivityTimeUtc", incident.last_activity);
  time("lastModifiedTimeUtc", incident.modified);
  time("createdTimeUtc", incident.created);
  out.key("incidentNumber").number(incident.number);
  out.key("additionalData").begin_object();
  out.key("alertsCount").number(std::int64_t{incident.made_by_client ? 0 : 1});
  out.key("bookmarksCount").number(std::int64_t{0});
  out.key("commentsCount").number(static_cast<std::int64_t>(incident.comments.size()));
  out.key("alertProductNames").begin_array();
  if (!incident.made_by_client) out.string(incident.product);
  out.end_array().key("tactics").begin_array();
  if (!incident.tactic.empty()) out.string(incident.tactic);
  out.end_array().end_object().key("relatedAnalyticRuleIds").begin_array();
  if (!incident.made_by_client)
    out.string(path_of("alertRules/" + format_guid(made_of(options_, Thing::rule,
                                                           base::hash_bytes(incident.title)))));
  out.end_array().member("incidentUrl", "https://portal.azure.com/#asset" + path);
  out.member("providerName", "Azure Sentinel");
  out.member("providerIncidentId", std::to_string(incident.number)).end_object().end_object();
}

void Sentinel::write_comment(base::JsonWriter& out, const Incident& incident,
                             const IncidentComment& comment) const {
  out.begin_object();
  out.member("id", path_of("incidents/" + incident.id + "/comments/" + comment.id));
  out.member("name", comment.id).member("type", "Microsoft.SecurityInsights/incidents/comments");
  out.member("etag", comment.etag).key("properties").begin_object();
  out.member("message", comment.message)
      .member("createdTimeUtc", base::format_iso(comment.created));
  out.member("lastModifiedTimeUtc", base::format_iso(comment.modified))
      .key("author")
      .begin_object();
  constexpr std::size_t own_workload = 6;
  out.member("objectId", format_guid(timeline_.directory().workloads()[own_workload].id));
  out.member("name", "vedette").end_object().end_object().end_object();
}

void Sentinel::write_alert(base::JsonWriter& out, const Incident& incident) const {
  const std::string id = format_guid(made_of(options_, Thing::alert, incident.key));
  const std::string ended = base::format_iso(incident.last_activity);
  out.begin_object().member("id", path_of("Entities/" + id)).member("name", id);
  out.member("type", "Microsoft.SecurityInsights/Entities").member("kind", "SecurityAlert");
  out.key("properties").begin_object().member("systemAlertId", id);
  out.key("tactics").begin_array();
  if (!incident.tactic.empty()) out.string(incident.tactic);
  out.end_array().member("alertDisplayName", incident.title);
  out.member("description", incident.description).member("confidenceLevel", "Unknown");
  out.member("severity", incident.severity).member("vendorName", "Microsoft");
  out.member("productName", incident.product).member("productComponentName", "Scheduled Alerts");
  out.member("alertType", options_.tenant_id + "_" + incident.id).member("providerAlertId", id);
  out.member("processingEndTime", base::format_iso(incident.created)).member("status", "New");
  out.member("endTimeUtc", ended);
  out.member("startTimeUtc", base::format_iso(incident.first_activity));
  out.member("timeGenerated", base::format_iso(incident.created));
  out.key("resourceIdentifiers").begin_array().begin_object().member("type", "LogAnalytics");
  out.member("workspaceId", workspace_id).member("subscriptionId", subscription_id);
  out.member("resourceGroup", resource_group).end_object().end_array();
  out.key("additionalData").begin_object();
  out.member("ProcessedBySentinel", "True").member("Query Period", "01:00:00").end_object();
  out.member("friendlyName", incident.title).end_object().end_object();
}

TenantReply Sentinel::entities_of(const Incident& incident) const {
  base::JsonWriter out;
  const auto begin = [&](std::string_view kind, std::uint64_t n) {
    const std::string id = format_guid(made_of(options_, Thing::alert, incident.key + n));
    out.begin_object().member("id", path_of("Entities/" + id)).member("name", id);
    out.member("type", "Microsoft.SecurityInsights/Entities").member("kind", kind);
    out.key("properties").begin_object();
  };
  out.begin_object().key("entities").begin_array();
  std::uint64_t n = 0;
  for (const std::uint32_t user : incident.users) {
    const Person& person = timeline_.directory().person(user);
    const std::string& name = person.user_principal_name;
    const auto at = name.find('@');
    begin("Account", ++n);
    out.member("accountName", name.substr(0, at)).member("upnSuffix", name.substr(at + 1));
    out.member("aadUserId", format_guid(person.id)).member("aadTenantId", options_.tenant_id);
    out.member("displayName", person.display_name).key("isDomainJoined").boolean(true);
    out.member("friendlyName", name.substr(0, at)).end_object().end_object();
  }
  for (const base::IpAddress& address : incident.addresses) {
    begin("Ip", ++n);
    out.member("address", base::format_ip(address));
    out.member("friendlyName", base::format_ip(address)).end_object().end_object();
  }
  out.end_array().key("metaData").begin_array();
  for (const auto& [kind, count] :
       {std::pair{"Account", incident.users.size()}, std::pair{"Ip", incident.addresses.size()}})
    if (count > 0)
      out.begin_object()
          .member("entityKind", kind)
          .key("count")
          .number(static_cast<std::int64_t>(count))
          .end_object();
  out.end_array().end_object();
  return json_reply(200, out.take());
}

TenantReply Sentinel::relations_of(const Incident& incident) const {
  base::JsonWriter out;
  out.begin_object().key("value").begin_array();
  if (!incident.made_by_client) {
    const std::string alert = format_guid(made_of(options_, Thing::alert, incident.key));
    const std::string relation = incident.id + "_" + alert;
    out.begin_object();
    out.member("id", path_of("incidents/" + incident.id + "/relations/" + relation));
    out.member("name", relation).member("type", "Microsoft.SecurityInsights/incidents/relations");
    out.member("etag", incident.etag()).key("properties").begin_object();
    out.member("relatedResourceId", path_of("entities/" + alert));
    out.member("relatedResourceName", alert);
    out.member("relatedResourceType", "Microsoft.SecurityInsights/entities");
    out.member("relatedResourceKind", "SecurityAlert").end_object().end_object();
  }
  out.end_array().end_object();
  return json_reply(200, out.take());
}

}  // namespace vedette::simulate::tenant
