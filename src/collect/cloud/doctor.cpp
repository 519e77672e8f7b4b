#include "collect/cloud/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/http_text.h"
#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/graph_listings.h"
#include "collect/cloud/odata_page.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;

constexpr std::array<std::string_view, 3> verdict_names{"works", "limited", "impossible"};
constexpr Duration skew_bad = Duration::minutes(5);
constexpr int tries_max = 4;
constexpr Duration retry_pause = Duration::seconds(2);
constexpr Duration retry_pause_max = Duration::seconds(30);
constexpr Duration probe_span = Duration::minutes(10);
constexpr std::array<std::string_view, 3> lock_permissions{
    "User.EnableDisableAccount.All", "User.ReadWrite.All", "Directory.ReadWrite.All"};
constexpr std::array<std::string_view, 3> session_permissions{
    "User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"};
constexpr std::array<std::string_view, 1> risk_permissions{"IdentityRiskyUser.ReadWrite.All"};
constexpr std::array<std::string_view, 2> zone_permissions{"MailboxSettings.Read",
                                                           "MailboxSettings.ReadWrite"};

// The part between the two dots of a token, which says what it is good for. Not checked: it is only
// read to tell people.
base::Json claims_of(std::string_view token) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || last <= first) return {};
  std::string text;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : token.substr(first + 1, last - first - 1)) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return {};
    held = held << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    text.push_back(static_cast<char>(held >> bits & 255));
  }
  return base::parse_json(text).value_or(base::Json());
}

class Examination {
 public:
  Examination(const DoctorWorld& world, std::stop_token stop)
      : world_(world), stop_(std::move(stop)) {}

  std::vector<Finding> run() {
    if (!sign_in()) return std::move(findings_);
    const bool has_activity = activity();
    sign_ins(has_activity);
    graph_parts();
    clock();
    locks();
    azure();
    return std::move(findings_);
  }

 private:
  void add(std::string feature, Verdict verdict, std::string words = "", std::string remedy = "") {
    findings_.push_back({std::move(feature), verdict, std::move(words), std::move(remedy)});
  }
  void add_trouble(const std::string& feature, const Trouble& trouble, const std::string& needs) {
    add(feature, Verdict::impossible, trouble.words,
        trouble.remedy.empty() ? needs : trouble.remedy);
  }

  bool sign_in() {
    const auto token = world_.tokens.token(world_.graph.settings().scope, stop_);
    if (!token) {
      add("sign in to the tenant", Verdict::impossible, token.error().message,
          "nothing else can be looked at before this works");
      return false;
    }
    claims_ = claims_of(token->reveal());
    add("sign in to the tenant", Verdict::works);
    return true;
  }

  // What passes by itself is no finding; quotas are small.
  [[nodiscard]] Answered<ServiceAnswer> ask(ServiceClient& client, const ServiceRequest& request) {
    auto answer = client.send(request, stop_);
    for (int i = 1; i < tries_max && !answer && answer.error().passes(); ++i) {
      const Duration wait = std::min(answer.error().wait.value_or(retry_pause), retry_pause_max);
      if (!world_.clock.sleep(wait, stop_)) break;
      answer = client.send(request, stop_);
    }
    return answer;
  }

  [[nodiscard]] Answered<void> list(Listing& listing) {
    const base::Timestamp now = world_.graph.now();
    const auto answer =
        ask(world_.graph,
            listing.first_page({{now.ticks - now.ticks % base::ticks_per_second - probe_span.ticks},
                                {now.ticks - now.ticks % base::ticks_per_second}},
                               1));
    if (!answer) return std::unexpected(answer.error());
    if (const auto page = listing.read(*answer); !page) return std::unexpected(page.error());
    return {};
  }

  void look_at(const std::string& feature, Listing& listing) {
    const auto listed = list(listing);
    if (listed) return add(feature, Verdict::works);
    add_trouble(feature, listed.error(), listing.needs(listed.error().kind));
  }

  void sign_ins(bool has_activity) {
    const auto listing =
        collect::cloud::sign_ins(world_.graph.settings().address, SignInKind::interactive);
    const auto listed = list(*listing);
    if (listed) {
      add("interactive sign-ins", Verdict::works);
    } else if (listed.error().kind == TroubleKind::licence && has_activity) {
      add("interactive sign-ins", Verdict::limited,
          "no Entra ID P1: log-ins come from the unified audit log, without risk, device and "
          "authentication details",
          "buy Entra ID P1 or P2");
    } else if (listed.error().kind != TroubleKind::licence && listing->use_fall_back(true) &&
               list(*listing)) {
      add("interactive sign-ins", Verdict::limited, listing->fall_back_note(), "");
    } else {
      add_trouble("interactive sign-ins", listed.error(), listing->needs(listed.error().kind));
    }
    look_at("other sign-ins", *collect::cloud::sign_ins(world_.graph.settings().address,
                                                        SignInKind::non_interactive));
  }

  void look_at_path(const std::string& feature, std::string_view path, const char* permission,
                    Verdict otherwise, const char* licence = "") {
    const auto answer =
        ask(world_.graph,
            {"GET", world_.graph.settings().address + "/v1.0" + std::string(path), "", ""});
    if (answer) return add(feature, Verdict::works);
    const Trouble& trouble = answer.error();
    const bool is_licence = trouble.kind == TroubleKind::licence;
    const std::string remedy =
        is_licence ? std::string(licence)
                   : fmt::format("grant the app {} (application permission) with admin consent",
                                 permission);
    add(feature, otherwise, trouble.words, trouble.remedy.empty() ? remedy : trouble.remedy);
  }

  void graph_parts() {
    const std::string& address = world_.graph.settings().address;
    look_at("directory audits", *directory_audits(address));
    look_at("risk detections", *risk_detections(address));
    look_at("risky users", *risky_users(address));
    look_at_path("users", "/users?$top=1", "User.Read.All", Verdict::impossible);
    look_at_path("administrators by role", "/roleManagement/directory/roleAssignments",
                 "RoleManagement.Read.Directory", Verdict::impossible);
    look_at_path("eligible administrators", "/roleManagement/directory/roleEligibilitySchedules",
                 "RoleEligibilitySchedule.Read.Directory", Verdict::limited,
                 "eligible roles (PIM) need Entra ID P2");
    look_at_path("groups", "/groups?$select=id,displayName&$top=1", "Group.Read.All",
                 Verdict::limited);
    look_at_path("named locations", "/identity/conditionalAccess/namedLocations?$top=1",
                 "Policy.Read.All", Verdict::limited);
    time_zones();
  }

  // Asked of the token: nobody's mailbox need be looked into for that.
  void time_zones() {
    const std::string feature = "people's time zones";
    if (may_one_of(zone_permissions)) return add(feature, Verdict::works);
    add(feature, Verdict::limited, "the app may not read mailboxes' settings",
        "grant the app MailboxSettings.Read (application permission) with admin consent; without "
        "it working hours are told from the country");
  }

  [[nodiscard]] bool may_one_of(std::span<const std::string_view> permissions) const {
    const auto* roles = claims_["roles"].as_array();
    return roles != nullptr && std::ranges::any_of(*roles, [&](const base::Json& role) {
             const auto* name = role.as_string();
             return name != nullptr && std::ranges::find(permissions, *name) != permissions.end();
           });
  }

  void clock() {
    const Duration skew = world_.graph.clock_skew();
    const Duration size{skew.ticks < 0 ? -skew.ticks : skew.ticks};
    if (size < skew_bad) return add("this machine's clock", Verdict::works);
    add("this machine's clock", Verdict::limited,
        fmt::format("it is {} {} the service's", base::format_duration(size),
                    skew.ticks > 0 ? "behind" : "ahead of"),
        "set it right (NTP): certificates and windows of time depend on it");
  }

  // Nothing else hangs on them.
  void other_changes() {
    const auto look = [&](const char* feature, std::span<const std::string_view> permissions,
                          const char* words) {
      if (may_one_of(permissions)) return add(feature, Verdict::works);
      add(feature, Verdict::limited, words,
          fmt::format("grant the app {} (application permission) with admin consent",
                      permissions.front()));
    };
    look("ending sessions", session_permissions, "the app may not revoke sessions");
    look("confirming compromises", risk_permissions, "the app may not change risk");
  }

  // A token says which permissions it has; whether an account is synchronised, the organisation.
  void locks() {
    const std::string feature = "disabling accounts";
    if (world_.changing != nullptr) {
      const auto token = world_.changing->token(world_.graph.settings().scope, stop_);
      if (!token)
        return add(feature, Verdict::impossible, token.error().message,
                   "it is the app of [respond] client_id");
      claims_ = claims_of(token->reveal());
    }
    const auto* roles = claims_["roles"].as_array();
    if (roles == nullptr)
      return add(feature, Verdict::limited, "the token does not say what it may do",
                 "an app's own sign-in (secret or certificate) says it");
    other_changes();
    if (!may_one_of(lock_permissions))
      return add(feature, Verdict::impossible, "the app may not change accounts",
                 "grant the app User.EnableDisableAccount.All and User.Read.All (application "
                 "permissions) with admin consent");
    const auto answer = ask(
        world_.graph,
        {"GET",
         world_.graph.settings().address + "/v1.0/organization?$select=id,onPremisesSyncEnabled",
         "", ""});
    const auto organisation =
        answer ? base::parse_json(answer->body) : base::failure(base::ErrorCode::unavailable, "");
    const auto* list = organisation ? (*organisation)["value"].as_array() : nullptr;
    const bool is_hybrid =
        list != nullptr && std::ranges::any_of(*list, [](const base::Json& each) {
          const auto* enabled = each["onPremisesSyncEnabled"].as_bool();
          return enabled != nullptr && *enabled;
        });
    if (!is_hybrid) return add(feature, Verdict::works);
    add(feature, Verdict::limited,
        "this is a hybrid tenant: the next sync enables an account from on premises again",
        "disable such accounts on premises too; Vedette looks again after the sync");
  }

  bool activity() {
    if (world_.activity == nullptr) return false;
    const auto listing = management_activity(world_.activity->settings().address, world_.tenant,
                                             "Audit.AzureActiveDirectory");
    const std::string tenant = base::percent_encode(world_.tenant);
    const auto answer =
        ask(*world_.activity,
            {"GET",
             fmt::format("{}/api/v1.0/{}/activity/feed/subscriptions/list?PublisherIdentifier={}",
                         world_.activity->settings().address, tenant, tenant),
             "", ""});
    if (answer) {
      add("unified audit log", Verdict::works);
      return true;
    }
    add_trouble("unified audit log", answer.error(), listing->needs(answer.error().kind));
    return false;
  }

  void look_at_azure(const std::string& feature, ServiceClient& client, Listing& listing,
                     const ServiceRequest& request) {
    const auto answer = ask(client, request);
    if (answer) return add(feature, Verdict::works);
    add_trouble(feature, answer.error(), listing.needs(answer.error().kind));
  }

  void azure() {
    if (auto* sentinel = world_.sentinel) {
      const auto listing = sentinel_incidents(sentinel->settings().address, world_.place);
      const base::Timestamp now = sentinel->now();
      look_at_azure("Sentinel incidents", *sentinel, *listing,
                    listing->first_page({now - probe_span, now}, 1));
    }
    if (auto* client = world_.log_analytics) {
      const auto listing = log_analytics_table(client->settings().address,
                                               {world_.workspace, world_.table, world_.table, ""});
      base::JsonWriter body;
      body.begin_object().member("query", world_.table + " | take 1").end_object();
      look_at_azure("Log Analytics tables", *client, *listing,
                    {"POST",
                     fmt::format("{}/v1/workspaces/{}/query", client->settings().address,
                                 base::percent_encode(world_.workspace)),
                     body.take(), ""});
    }
  }

  const DoctorWorld& world_;
  const std::stop_token stop_;
  base::Json claims_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string_view name_of(Verdict verdict) {
  return verdict_names.at(static_cast<std::size_t>(verdict));
}

std::vector<Finding> examine_tenant(const DoctorWorld& world, const std::stop_token& stop) {
  return Examination(world, stop).run();
}

}  // namespace vedette::collect::cloud
