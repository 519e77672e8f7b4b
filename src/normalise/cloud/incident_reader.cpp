#include "normalise/cloud/incident_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace vedette::normalise::cloud {
namespace {

using base::Json;
using model::AccountReference;
using model::IncidentOrigin;
using model::IncidentReading;
using model::OriginComment;
using model::OriginEntity;
using model::Toucher;

// What only ever says that nobody is meant.
constexpr std::string_view empty_guid = "00000000-0000-0000-0000-000000000000";

std::string cut(std::string text) {
  if (text.size() > model::origin_text_bytes_max) {
    std::size_t end = model::origin_text_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
  }
  return text;
}

std::string text_of(const Json& value) {
  if (const auto* text = value.as_string()) return cut(*text);
  if (const auto* number = value.as_integer()) return std::to_string(*number);
  return {};
}

base::Timestamp time_of(const Json& value) {
  const auto* text = value.as_string();
  return text != nullptr ? base::parse_iso(*text).value_or(base::Timestamp()) : base::Timestamp();
}

void add(std::vector<std::string>& texts, std::string text) {
  if (text.empty() || texts.size() >= model::origin_texts_max) return;
  if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
}

const Json::Array& list_of(const Json& value) {
  static const Json::Array none;
  const auto* array = value.as_array();
  return array != nullptr ? *array : none;
}

std::string first_of(const Json& object, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (std::string text = text_of(object[name]); !text.empty()) return text;
  return {};
}

std::string owner_of(const Json& owner) {
  return first_of(owner, {"userPrincipalName", "email", "assignedTo", "objectId"});
}

void read_record(const Json& record, IncidentReading& reading) {
  IncidentOrigin& origin = reading.origin;
  const Json& of = record["properties"];
  origin.provider = "Microsoft Sentinel";
  origin.id = text_of(record["id"]);
  origin.etag = text_of(record["etag"]);
  origin.number = text_of(of["incidentNumber"]);
  origin.url = text_of(of["incidentUrl"]);
  origin.created = time_of(of["createdTimeUtc"]);
  origin.changed = time_of(of["lastModifiedTimeUtc"]);
  origin.status = text_of(of["status"]);
  origin.title = text_of(of["title"]);
  origin.classification = text_of(of["classification"]);
  origin.changed_by = text_of(of["lastModifiedBy"]);
  origin.owner = owner_of(of["owner"]);
  for (const Json& label : list_of(of["labels"])) add(origin.labels, text_of(label["labelName"]));
  for (const Json& rule : list_of(of["relatedAnalyticRuleIds"])) {
    const std::string id = text_of(rule);
    add(origin.rule_ids, id.substr(id.rfind('/') + 1));
  }
  const Json& more = of["additionalData"];
  for (const Json& product : list_of(more["alertProductNames"]))
    add(origin.products, text_of(product));
  for (const Json& tactic : list_of(more["tactics"])) add(origin.tactics, text_of(tactic));
  reading.severity = text_of(of["severity"]);
  reading.description = text_of(of["description"]);
  reading.closing_comment = text_of(of["classificationComment"]);
  reading.first_event = time_of(of["firstActivityTimeUtc"]);
  reading.last_event = time_of(of["lastActivityTimeUtc"]);
  if (const auto* count = more["alertsCount"].as_integer(); count != nullptr && *count > 0)
    reading.event_count = static_cast<std::uint64_t>(*count);
}

void read_alert(const Json& alert, IncidentOrigin& origin) {
  const Json& of = alert["properties"];
  add(origin.alert_ids, first_of(of, {"systemAlertId"}));
  add(origin.alert_names, first_of(of, {"alertDisplayName", "friendlyName"}));
  add(origin.products, text_of(of["productName"]));
  for (const Json& tactic : list_of(of["tactics"])) add(origin.tactics, text_of(tactic));
}

// A name of an account may be one text, or come in two halves, or in a list of one.
AccountReference account_of(const Json& of) {
  AccountReference account;
  account.object_id = text_of(of["aadUserId"]);
  if (account.object_id == empty_guid) account.object_id.clear();
  const Json& principal = of["userPrincipalName"];
  account.principal_name = text_of(principal);
  if (const auto& names = list_of(principal); !names.empty())
    account.principal_name = text_of(names.front());
  const std::string name = text_of(of["accountName"]), suffix = text_of(of["upnSuffix"]);
  if (account.principal_name.empty() && name.find('@') != std::string::npos)
    account.principal_name = name;
  if (account.principal_name.empty() && !name.empty() && !suffix.empty())
    account.principal_name = cut(name + "@" + suffix);
  return account;
}

std::string value_of(std::string_view kind, const Json& of) {
  struct Named {
    std::string_view kind;
    std::array<std::string_view, 3> names;
  };
  static constexpr auto known = std::to_array<Named>({
      {"Ip", {"address", "friendlyName", ""}},
      {"Host", {"hostName", "netBiosName", "friendlyName"}},
      {"File", {"fileName", "friendlyName", ""}},
      {"Mailbox", {"mailboxPrimaryAddress", "upn", "displayName"}},
      {"MailMessage", {"recipient", "subject", "friendlyName"}},
      {"CloudApplication", {"appName", "appId", "friendlyName"}},
      {"Url", {"url", "friendlyName", ""}},
  });
  const auto found = std::ranges::find_if(
      known, [&](const Named& each) { return base::equals_ignoring_case(each.kind, kind); });
  if (found == known.end()) return text_of(of["friendlyName"]);
  for (const auto name : found->names)
    if (std::string text = name.empty() ? std::string() : text_of(of[name]); !text.empty())
      return text;
  return {};
}

void read_entity(const Json& entity, IncidentOrigin& origin) {
  if (origin.entities.size() >= model::origin_texts_max) return;
  const std::string kind = text_of(entity["kind"]);
  const Json& of = entity["properties"];
  if (base::equals_ignoring_case(kind, "SecurityAlert")) return read_alert(entity, origin);
  std::string value = value_of(kind, of);
  if (base::equals_ignoring_case(kind, "Account")) {
    const AccountReference account = account_of(of);
    if (const std::string name = first_of(of, {"accountName", "displayName", "friendlyName"});
        account.principal_name.empty())
      value = name.empty() ? account.object_id : name;
    else
      value = account.principal_name;
    if (std::ranges::find(origin.accounts, account) == origin.accounts.end())
      origin.accounts.push_back(account);
  }
  OriginEntity made{kind, std::move(value)};
  if (!made.value.empty() && std::ranges::find(origin.entities, made) == origin.entities.end())
    origin.entities.push_back(std::move(made));
}

OriginComment comment_of(const Json& comment) {
  const Json& of = comment["properties"];
  const Json& author = of["author"];
  OriginComment made;
  made.id = text_of(comment["name"]);
  made.text = text_of(of["message"]);
  made.at = time_of(of["createdTimeUtc"]);
  const std::string person = first_of(author, {"userPrincipalName", "email"});
  made.author = person.empty() ? first_of(author, {"name", "objectId"}) : person;
  made.by = !person.empty()       ? Toucher::person
            : made.author.empty() ? Toucher::unclear
                                  : Toucher::automation;
  return made;
}

std::optional<IncidentReading> read_parts(const Json& record, const Json& alerts,
                                          const Json& entities, const Json& comments) {
  IncidentReading reading;
  read_record(record, reading);
  if (reading.origin.id.empty() || !reading.origin.changed.is_set()) return std::nullopt;
  if (!reading.origin.created.is_set()) reading.origin.created = reading.origin.changed;
  for (const Json& alert : list_of(alerts["value"])) read_alert(alert, reading.origin);
  for (const Json& entity : list_of(entities["entities"])) read_entity(entity, reading.origin);
  for (const Json& each : list_of(comments["value"])) {
    if (reading.comments.size() >= model::origin_texts_max) break;
    OriginComment comment = comment_of(each);
    if (!comment.id.empty()) reading.comments.push_back(std::move(comment));
  }
  std::ranges::stable_sort(reading.comments, {}, &OriginComment::at);
  return reading;
}

}  // namespace

IncidentReader::IncidentReader(base::JsonPaths& paths)
    : record_(paths.slot("record")),
      alerts_(paths.slot("alerts")),
      entities_(paths.slot("entities")),
      comments_(paths.slot("comments")) {}

std::optional<IncidentReading> IncidentReader::read(const base::JsonRecord& record) const {
  const auto part = [&](std::size_t slot) {
    if (record.slots[slot].kind != base::JsonKind::composite) return Json();
    return base::parse_json(record.slots[slot].text).value_or(Json());
  };
  return read_parts(part(record_), part(alerts_), part(entities_), part(comments_));
}

base::Result<IncidentReading> read_incident_details(std::string_view payload) {
  const Json whole = VEDETTE_TRY(base::parse_json(payload));
  auto reading = read_parts(whole["record"], whole["alerts"], whole["entities"], whole["comments"]);
  if (!reading) return base::failure(base::ErrorCode::malformed, "the answer holds no incident");
  return *std::move(reading);
}

}  // namespace vedette::normalise::cloud
