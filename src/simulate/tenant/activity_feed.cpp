#include "simulate/tenant/activity_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/http_text.h"
#include "base/json.h"
#include "base/text.h"
#include "simulate/tenant/apps.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::array<std::string_view, 5> type_names = {
    "Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"};

struct OperationText {
  std::string_view name, workload;
  int record_type;
  std::size_t content_type;
};
// In the order of OperationKind; record types as the API's schema numbers them.
constexpr auto texts = std::to_array<OperationText>({
    {"UserLoggedIn", "AzureActiveDirectory", 15, 0},
    {"UserLoginFailed", "AzureActiveDirectory", 15, 0},
    {"MailItemsAccessed", "Exchange", 50, 1},
    {"Send", "Exchange", 2, 1},
    {"New-InboxRule", "Exchange", 1, 1},
    {"Set-Mailbox", "Exchange", 1, 1},
    {"FileAccessed", "SharePoint", 6, 2},
    {"FileDownloaded", "OneDrive", 6, 2},
    {"SharingSet", "SharePoint", 14, 2},
    {"TeamCreated", "MicrosoftTeams", 25, 3},
});

constexpr std::int64_t slot_s = 600;
constexpr std::int64_t keep_s = 7 * 86'400;
constexpr std::size_t blobs_a_page = 50;
// The longest that an operation takes to be visible.
constexpr base::Duration lateness_max = base::Duration::hours(3);

std::optional<std::size_t> type_of(std::string_view name) {
  const auto* found = std::ranges::find_if(
      type_names, [&](std::string_view known) { return base::equals_ignoring_case(known, name); });
  if (found == type_names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - type_names.begin());
}

std::optional<base::Timestamp> time_of(std::string_view text) {
  if (const auto time = base::parse_iso(text)) return time;
  // The API's own forms have no zone: UTC; and the day or the seconds may be all there is.
  if (const auto time = base::parse_iso(std::string(text) + "Z")) return time;
  if (const auto time = base::parse_iso(std::string(text) + ":00Z")) return time;
  return base::parse_iso(std::string(text) + "T00:00:00Z");
}

std::string blob_id(std::size_t type, std::int64_t slot) {
  return fmt::format("{:014d}${:d}$audit{}", slot, type, type_names[type].substr(0, 3));
}

std::string plain_time(base::Timestamp time) {
  return base::format_iso(base::Timestamp::from_unix_seconds(time.unix_seconds())).substr(0, 19);
}

}  // namespace

bool ActivityFeed::owns(std::string_view path) {
  return path.starts_with("/api/v1.0/") && path.find("/activity/feed/") != std::string_view::npos;
}

TenantReply ActivityFeed::answer(const TenantRequest& request, base::Timestamp now) {
  TokenClaims claims;
  const std::string* authorization = request.header("authorization");
  if (tokens_.verify(authorization != nullptr ? *authorization : "", Service::management_activity,
                     now, claims) != TokenFault::none)
    return json_reply(401, R"({"Message":"Authorization has been denied for this request."})");
  const auto cut = request.target.find('?');
  const std::string_view path = std::string_view(request.target).substr(0, cut);
  const auto parts = base::split(path, '/');  // "", api, v1.0, tenant, activity, feed, what, ...
  if (parts.size() < 8 || parts[3] != options_.tenant_id)
    return service_error(403, "AF20001",
                         "The tenant ID passed in the URL does not match the tenant ID passed in "
                         "the access token.");
  if (claims.roles.empty())
    return service_error(401, "AF10001",
                         "The permission set () sent in the request did not include the expected "
                         "permission ActivityFeed.Read.");
  if (options_.quotas && !quota_.take(now)) {
    TenantReply reply = service_error(429, "AF429", "Too many requests. Method=GetAuditEvents");
    reply.set("retry-after", std::to_string(quota_.wait(now).whole_seconds() + 1));
    return reply;
  }
  if (parts[6] == "audit") return get_blob(base::percent_decode(parts[7], base::Plus::stays), now);
  if (parts[6] != "subscriptions") return service_error(404, "NotFound", "No such resource.");
  if (parts[7] == "list") return list_subscriptions();
  const QueryOptions query =
      parse_query(cut == std::string::npos ? std::string_view{}
                                           : std::string_view(request.target).substr(cut + 1));
  const auto type = type_of(find_option(query, "contentType"));
  if (!type) return service_error(400, "AF20020", "The specified content type is not valid.");
  if (parts[7] == "start" && request.method == "POST") {
    if (subscribed_[*type])
      return service_error(400, "AF20024",
                           "The subscription is already enabled. No property change.");
    subscribed_[*type] = true;
    return json_reply(200,
                      fmt::format(R"({{"contentType":"{}","status":"enabled","webhook":null}})",
                                  type_names[*type]));
  }
  if (!subscribed_[*type])
    return service_error(400, "AF20022", "No subscription found for the specified content type");
  if (parts[7] == "stop" && request.method == "POST") {
    subscribed_[*type] = false;
    return {200, {}, {}, {}};
  }
  if (parts[7] == "content") return list_content(request, query, *type, now);
  return service_error(404, "NotFound", "No such resource.");
}

TenantReply ActivityFeed::list_subscriptions() const {
  base::JsonWriter out;
  out.begin_array();
  for (std::size_t i = 0; i < type_names.size(); ++i)
    if (subscribed_[i])
      out.begin_object()
          .member("contentType", type_names[i])
          .member("status", "enabled")
          .key("webhook")
          .null()
          .end_object();
  out.end_array();
  return json_reply(200, out.take());
}

TenantReply ActivityFeed::list_content(const TenantRequest& request, const QueryOptions& query,
                                       std::size_t type, base::Timestamp now) {
  const std::string_view from_text = find_option(query, "startTime"),
                         to_text = find_option(query, "endTime");
  base::Timestamp from = now - base::Duration::hours(24), to = now;
  if (!from_text.empty() || !to_text.empty()) {
    const auto given_from = time_of(from_text), given_to = time_of(to_text);
    const bool right = given_from && given_to && *given_from <= *given_to &&
                       *given_to - *given_from <= base::Duration::hours(24) &&
                       *given_from >= now - base::Duration::seconds(keep_s + 60);
    if (!right)
      return service_error(400, "AF20030",
                           "Start time and end time must both be specified (or both omitted) and "
                           "must be less than or equal to 24 hours apart, with the start time no "
                           "more than 7 days in the past.");
    from = *given_from;
    to = std::min(*given_to, now);
  }
  const std::string base_url =
      fmt::format("{}/api/v1.0/{}/activity/feed", request.origin, options_.tenant_id);
  std::size_t skip = base::parse_unsigned(find_option(query, "nextPage")).value_or(0), written = 0;
  std::size_t seen = 0;
  std::string next;
  base::JsonWriter out;
  out.begin_array();
  for (std::int64_t slot = from.unix_seconds() / slot_s; (slot + 1) * slot_s <= to.unix_seconds();
       ++slot) {
    const auto created = base::Timestamp::from_unix_seconds((slot + 1) * slot_s);
    if (created < from || operations_in(type, slot).empty() || seen++ < skip) continue;
    if (written == blobs_a_page) {
      next = std::to_string(skip + written);
      break;
    }
    ++written;
    const std::string id = blob_id(type, slot);
    out.begin_object().member("contentUri", base_url + "/audit/" + id).member("contentId", id);
    out.member("contentType", type_names[type]).member("contentCreated", base::format_iso(created));
    out.member("contentExpiration", base::format_iso(created + base::Duration::seconds(keep_s)));
    out.end_object();
  }
  out.end_array();
  TenantReply reply = json_reply(200, out.take());
  if (!next.empty())
    reply.set("NextPageUri",
              fmt::format(
                  "{}/subscriptions/content?contentType={}&startTime={}&endTime={}&nextPage={}",
                  base_url, type_names[type], base::format_iso(from), base::format_iso(to), next));
  return reply;
}

std::vector<Operation> ActivityFeed::operations_in(std::size_t type, std::int64_t slot) {
  const auto from = base::Timestamp::from_unix_seconds(slot * slot_s);
  const auto to = base::Timestamp::from_unix_seconds((slot + 1) * slot_s);
  std::vector<Operation> found;
  for (std::int64_t day = day_of(from - lateness_max); day <= day_of(to); ++day) {
    const Slice<Operation> records = timeline_.operations(day);
    // Only what happened shortly before can become visible in this slot.
    const auto first =
        std::ranges::lower_bound(*records, from - lateness_max, {}, &Operation::time);
    for (auto at = first; at != records->end() && at->time < to; ++at) {
      const base::Timestamp visible = visible_from(*at);
      if (visible < from || visible >= to) continue;
      if (texts[static_cast<std::size_t>(at->kind)].content_type != type) continue;
      if (accounts_.is_enabled(at->person, at->time)) found.push_back(*at);
    }
  }
  return found;
}

TenantReply ActivityFeed::get_blob(std::string_view id, base::Timestamp now) {
  const auto parts = base::split(id, '$');
  const auto slot = base::parse_unsigned(parts[0]);
  const auto type = parts.size() == 3 ? base::parse_unsigned(parts[1]) : std::nullopt;
  const auto is_known = [&] {
    if (!slot || !type || *type >= type_names.size() || *slot > 100'000'000'000) return false;
    const auto number = static_cast<std::int64_t>(*slot);
    return id == blob_id(*type, number) && (number + 1) * slot_s <= now.unix_seconds();
  };
  if (!is_known()) return service_error(404, "AF20050", "The specified content does not exist.");
  if (static_cast<std::int64_t>(*slot) * slot_s < now.unix_seconds() - keep_s - slot_s)
    return service_error(404, "AF20051",
                         "Content requested with the key has already expired. Content older than 7 "
                         "days cannot be retrieved.");
  base::JsonWriter out;
  out.begin_array();
  for (const Operation& operation : operations_in(*type, static_cast<std::int64_t>(*slot)))
    write(out, operation, timeline_.directory().person(operation.person), options_.tenant_id);
  out.end_array();
  return json_reply(200, out.take());
}

void ActivityFeed::write(base::JsonWriter& out, const Operation& operation, const Person& person,
                         std::string_view tenant_id) {
  const OperationText& text = texts[static_cast<std::size_t>(operation.kind)];
  const bool failed = operation.kind == OperationKind::user_login_failed;
  const std::string address = base::format_ip(operation.address);
  out.begin_object().member("Id", format_guid(operation.id()));
  out.key("RecordType").number(std::int64_t{text.record_type});
  out.member("CreationTime", plain_time(operation.time)).member("Operation", text.name);
  out.member("OrganizationId", tenant_id).key("UserType").number(std::int64_t{0});
  out.member("UserKey", format_guid(person.id)).member("Workload", text.workload);
  out.member("ResultStatus", failed ? "Failed" : "Success").key("Version").number(std::int64_t{1});
  out.member("UserId", person.user_principal_name).member("ClientIP", address);
  switch (text.content_type) {
    case 0:
      out.member("ObjectId", apps()[operation.app].id);
      out.member("ApplicationId", apps()[operation.app].id).member("ActorIpAddress", address);
      out.key("AzureActiveDirectoryEventType").number(std::int64_t{1});
      if (failed)
        out.member("LogonError", "InvalidUserNameOrPassword").member("ErrorNumber", "50126");
      break;
    case 1:
      out.member("MailboxOwnerUPN", person.user_principal_name);
      out.member("ClientIPAddress", address).member("ObjectId", person.user_principal_name);
      if (operation.kind == OperationKind::inbox_rule_made ||
          operation.kind == OperationKind::forwarding_set) {
        const bool rule = operation.kind == OperationKind::inbox_rule_made;
        out.key("Parameters").begin_array();
        out.begin_object().member("Name", rule ? "ForwardTo" : "ForwardingSmtpAddress");
        out.member("Value", rule ? "collector@mailbox.example" : "smtp:collector@mailbox.example");
        out.end_object();
        if (rule) out.begin_object().member("Name", "Name").member("Value", ".").end_object();
        out.end_array();
      }
      break;
    default: {
      const std::string name =
          fmt::format("Report-{}.xlsx", base::hash_words(operation.key, 0x66) % 900);
      const std::string site = "https://northwind.sharepoint.example/sites/" +
                               (person.department.empty() ? "Partners" : person.department) + "/";
      out.member("ObjectId", site + "Shared Documents/" + name).member("SiteUrl", site);
      out.member("SourceFileName", name).member("SourceFileExtension", "xlsx");
      out.member("ItemType", "File").member("EventSource", "SharePoint");
      out.member("UserAgent", "OneDriveMpc/1.0");
      break;
    }
  }
  out.end_object();
}

}  // namespace vedette::simulate::tenant
