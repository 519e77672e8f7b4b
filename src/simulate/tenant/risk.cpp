#include "simulate/tenant/risk.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "simulate/tenant/apps.h"

namespace vedette::simulate::tenant {
namespace {

constexpr auto detection_properties = std::to_array<Property>({
    {"detectedDateTime", PropertyType::time},
    {"activityDateTime", PropertyType::time},
    {"lastUpdatedDateTime", PropertyType::time},
    {"id"},
    {"requestId"},
    {"correlationId"},
    {"riskEventType"},
    {"riskType"},
    {"riskLevel"},
    {"riskState"},
    {"riskDetail"},
    {"ipAddress"},
    {"userId"},
    {"userPrincipalName"},
    {"userDisplayName"},
});
constexpr auto user_properties = std::to_array<Property>({
    {"riskLastUpdatedDateTime", PropertyType::time},
    {"id"},
    {"riskLevel"},
    {"riskState"},
    {"riskDetail"},
    {"userPrincipalName"},
    {"userDisplayName"},
});

bool is_at_once(RiskKind risk) {
  return risk == RiskKind::unfamiliar || risk == RiskKind::anonymous;
}

Detection detect(const SignIn& sign_in) {
  const std::uint64_t key = base::hash_words(sign_in.key, 0x7269736b);
  // At once, or after five minutes to two hours.
  const auto wait_s =
      static_cast<std::int64_t>(is_at_once(sign_in.risk) ? 5 + key % 60 : 300 + key % 6'900);
  return {sign_in.time + base::Duration::seconds(wait_s), key, sign_in};
}

}  // namespace

Vocabulary detection_vocabulary() {
  return {"microsoft.graph.riskDetection", detection_properties};
}
Vocabulary risky_user_vocabulary() {
  return {"microsoft.graph.riskyUser", user_properties};
}

Slice<Detection> Risks::detections(std::int64_t day) {
  return slices_.get(day, [this](std::int64_t wanted) {
    std::vector<Detection> found;
    for (const std::int64_t source : {wanted - 1, wanted}) {
      const Slice<SignIn> records = timeline_.sign_ins(source);
      for (const SignIn& record : *records) {
        if (record.risk == RiskKind::none) continue;
        const Detection detection = detect(record);
        if (day_of(detection.time) == wanted) found.push_back(detection);
      }
    }
    std::ranges::sort(found, {}, [](const Detection& detection) {
      return std::tuple(detection.time.ticks, detection.key);
    });
    return std::make_shared<const std::vector<Detection>>(std::move(found));
  });
}

std::vector<RiskyUser> Risks::users(base::Timestamp now) const {
  std::map<std::uint32_t, RiskyUser> found;
  for (const auto& cycle : timeline_.attacks().reaching(timeline_.begin(), now))
    for (const Campaign& campaign : *cycle)
      for (const SignIn& planned : campaign.sign_ins) {
        const auto happened = accounts_.apply(planned);
        if (!happened || happened->risk < RiskKind::unlikely_travel ||
            planned.time < timeline_.begin())
          continue;
        const Detection detection = detect(*happened);
        if (detection.time > now) continue;
        RiskyUser& user = found[planned.actor];
        user.person = planned.actor;
        user.worst = std::max(user.worst, happened->risk);
        user.updated = std::max(user.updated, detection.time);
      }
  std::vector<RiskyUser> users;
  for (auto& [person, user] : found) {
    if (const auto judged = judgements_.find(person); judged != judgements_.end())
      user.updated = std::max(user.updated, judged->second.second);
    users.push_back(user);
  }
  std::ranges::sort(users, std::ranges::greater(), &RiskyUser::updated);
  return users;
}

void Risks::judge(std::uint32_t person, Judgement judgement, base::Timestamp now) {
  judgements_[person] = {judgement, now};
}

std::string_view Risks::state_of(std::uint32_t person) const {
  const auto judged = judgements_.find(person);
  if (judged == judgements_.end()) return "atRisk";
  return judged->second.first == Judgement::compromised ? "confirmedCompromised" : "dismissed";
}
std::string_view Risks::detail_of(std::uint32_t person) const {
  const auto judged = judgements_.find(person);
  if (judged == judgements_.end()) return "none";
  return judged->second.first == Judgement::compromised ? "adminConfirmedSigninCompromised"
                                                        : "adminDismissedAllRiskForUser";
}

void Risks::write(base::JsonWriter& out, const Detection& detection,
                  const Selection& selection) const {
  const SignIn& sign_in = detection.sign_in;
  const Person& person = timeline_.directory().person(sign_in.actor);
  const City& city = cities()[networks()[sign_in.network].city];
  Members members(out, selection);
  out.begin_object();
  members.plain("id", format_guid(detection.id()));
  members.plain("requestId", format_guid(sign_in.id()));
  members.plain("correlationId", format_guid({base::hash_words(sign_in.key, 0xC0),
                                              base::hash_words(sign_in.key, 0xC1)}));
  members.plain("riskEventType", risk_event_name(sign_in.risk));
  members.plain("riskState", state_of(sign_in.actor));
  members.plain("riskLevel", risk_level_name(sign_in.risk));
  members.plain("riskDetail", detail_of(sign_in.actor));
  members.plain("source", "IdentityProtection");
  members.plain("detectionTimingType", is_at_once(sign_in.risk) ? "realtime" : "offline");
  members.plain("activity", "signin");
  members.plain("tokenIssuerType", "AzureAD");
  members.plain("ipAddress", base::format_ip(sign_in.address));
  if (members.begins("location")) {
    out.begin_object().member("city", city.name).member("state", city.state);
    out.member("countryOrRegion", city.country).key("geoCoordinates").begin_object();
    out.key("latitude").real(city.latitude).key("longitude").real(city.longitude);
    out.end_object().end_object();
  }
  members.plain("activityDateTime", base::format_iso(sign_in.time));
  members.plain("detectedDateTime", base::format_iso(detection.time));
  members.plain("lastUpdatedDateTime", base::format_iso(detection.time));
  members.plain("userId", format_guid(person.id));
  members.text("userDisplayName", person.display_name);
  members.text("userPrincipalName", person.user_principal_name);
  members.text("additionalInfo", R"([{"Key":"riskReasons","Value":["UnfamiliarASN","UnfamiliarIP",)"
                                 R"("UnfamiliarLocation"]},{"Key":"alertUrl","Value":null}])");
  out.end_object();
}

FilterValue Risks::read(const Detection& detection, std::string_view property) const {
  if (property == "detectedDateTime" || property == "lastUpdatedDateTime") return detection.time;
  if (property == "activityDateTime") return detection.sign_in.time;
  base::JsonWriter out;
  write(out, detection, Selection(property));
  const auto document = base::parse_json(out.text());
  const auto* text = document ? (*document)[property].as_string() : nullptr;
  return text != nullptr ? FilterValue{*text} : FilterValue{std::monostate{}};
}

void Risks::write(base::JsonWriter& out, const RiskyUser& user, const Selection& selection) const {
  const Person& person = timeline_.directory().person(user.person);
  const bool dismissed = state_of(user.person) == "dismissed";
  const bool compromised = state_of(user.person) == "confirmedCompromised";
  Members members(out, selection);
  out.begin_object();
  members.plain("id", format_guid(person.id));
  members.truth("isDeleted", false);
  members.truth("isProcessing", false);
  members.plain("riskLevel", dismissed     ? "none"
                             : compromised ? "high"
                                           : risk_level_name(user.worst));
  members.plain("riskState", state_of(user.person));
  members.plain("riskDetail", detail_of(user.person));
  members.plain("riskLastUpdatedDateTime", base::format_iso(user.updated));
  members.text("userDisplayName", person.display_name);
  members.text("userPrincipalName", person.user_principal_name);
  out.end_object();
}

FilterValue Risks::read(const RiskyUser& user, std::string_view property) const {
  if (property == "riskLastUpdatedDateTime") return user.updated;
  base::JsonWriter out;
  write(out, user, Selection(property));
  const auto document = base::parse_json(out.text());
  const auto* text = document ? (*document)[property].as_string() : nullptr;
  return text != nullptr ? FilterValue{*text} : FilterValue{std::monostate{}};
}

}  // namespace vedette::simulate::tenant
