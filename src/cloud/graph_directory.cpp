#include "cloud/graph_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/cloud_limits.h"
#include "base/encode.h"
#include "base/http_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::cloud {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Json;
using base::Result;
using ports::AccountKind;
using ports::DirectoryAccount;
using ports::FoundAccounts;
using ports::HeldRole;

constexpr std::size_t words_bytes_max = 200;
constexpr int pages_max = 200;
constexpr Duration usual_wait = Duration::seconds(60);
constexpr const char* user_members =
    "id,userPrincipalName,mail,userType,accountEnabled,onPremisesSyncEnabled,"
    "signInSessionsValidFromDateTime";
constexpr const char* user_permission = "User.Read.All";
constexpr const char* role_permission = "RoleManagement.Read.Directory";
// Names of roles and groups are shown to people.
constexpr std::size_t name_bytes_max = 100;

bool is_true(const Json& object, std::string_view member) {
  const auto* value = object[member].as_bool();
  return value != nullptr && *value;
}

// {"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges ..."}}
std::string words_of(const ports::HttpResponse& response) {
  std::string words = fmt::format("Graph answered {}", response.status);
  const auto json = base::parse_json(response.body);
  if (!json) return words;
  const Json& error = (*json)["error"];
  const std::string code = error["code"].text(), message = error["message"].text();
  if (!code.empty()) words += ": " + base::clean_utf8(code, words_bytes_max);
  if (!message.empty()) words += ", " + base::clean_utf8(message, words_bytes_max);
  return words;
}

base::Error error_of(const ports::HttpResponse& response, const char* permission) {
  const std::string words = words_of(response);
  switch (response.status) {
    case 401:
      return {ErrorCode::refused, words + "; the token is not taken: check the app's sign-in"};
    case 403:
      return {ErrorCode::permission_denied,
              fmt::format("{}; the app needs {} (application permission, with consent), and for an "
                          "administrator's account a directory role too",
                          words, permission)};
    case 404:
      return {ErrorCode::not_found, words};
    default:
      return {response.status >= 500 || response.status == 408 ? ErrorCode::unavailable
                                                               : ErrorCode::refused,
              words};
  }
}

// In a filter: quotes are doubled.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

// ---- asking ----

Result<ports::HttpResponse> GraphDirectory::exchange(const Question& question,
                                                     const std::stop_token& stop) {
  const auto token = VEDETTE_TRY(tokens_.token(settings_.scope, stop));
  ports::HttpRequest request;
  request.method = question.method;
  request.url =
      base::Secret(question.path.starts_with("http") ? question.path
                                                     : settings_.address + "/v1.0" + question.path);
  request.headers = {{"Authorization", "Bearer " + std::string(token.reveal())}};
  if (question.counts) request.headers.emplace_back("ConsistencyLevel", "eventual");
  if (question.method != "GET") request.headers.emplace_back("Content-Type", "application/json");
  request.body = question.body;
  request.timeout_ms = base::limits::cloud_request_timeout_ms;
  request.response_bytes_max = base::limits::cloud_answer_bytes_max;
  request.stop = stop;
  return client_.send(request);
}

Result<ports::HttpResponse> GraphDirectory::send(const Question& question,
                                                 const std::stop_token& stop) {
  if (clock_.monotonic() < not_before_)
    return base::failure(ErrorCode::rate_limited, "Graph asked us to wait");
  auto response = VEDETTE_TRY(exchange(question, stop));
  if (response.status == 401) {
    tokens_.forget(settings_.scope);
    response = VEDETTE_TRY(exchange(question, stop));
  }
  if (response.status == 429 || (response.status >= 500 && response.header("retry-after"))) {
    const auto* asked = response.header("retry-after");
    const auto wait =
        asked == nullptr ? std::nullopt : base::parse_retry_after(*asked, clock_.now());
    not_before_ = clock_.monotonic() + wait.value_or(usual_wait);
    return base::failure(ErrorCode::rate_limited, words_of(response));
  }
  if (response.status >= 200 && response.status < 300) return response;
  if (response.status >= 300 && response.status < 400)
    return base::failure(ErrorCode::refused, words_of(response));
  return std::unexpected(error_of(response, question.permission));
}

Result<Json> GraphDirectory::read(const Question& question, const std::stop_token& stop) {
  const auto response = VEDETTE_TRY(send(question, stop));
  auto json = base::parse_json(response.body);
  if (json && json->as_object() != nullptr && !response.body_truncated) return *std::move(json);
  // A proxy's page, a half answer: another try may have it whole.
  return base::failure(ErrorCode::unavailable, "Graph answered with something that is no JSON");
}

Result<Json::Array> GraphDirectory::list(Question question, const std::stop_token& stop) {
  Json::Array all;
  for (int page = 0; page < pages_max; ++page) {
    const Json answer = VEDETTE_TRY(read(question, stop));
    const auto* elements = answer["value"].as_array();
    if (elements == nullptr)
      return base::failure(ErrorCode::unavailable, "Graph answered without a list");
    all.insert(all.end(), elements->begin(), elements->end());
    const std::string next = answer["@odata.nextLink"].text();
    if (next.empty()) return all;
    if (base::origin_of(next) != base::origin_of(settings_.address))
      return base::failure(ErrorCode::refused, "Graph's list goes on at another host");
    question.path = next;
  }
  return base::failure(ErrorCode::limit_exceeded, "Graph's list has no end");
}

// ---- who ----

Result<FoundAccounts> GraphDirectory::find(const model::AccountReference& account,
                                           const std::stop_token& stop) {
  if (!account.object_id.empty()) return find_id(base::to_lower_ascii(account.object_id), stop);
  if (!account.principal_name.empty())
    return find_named("userPrincipalName", account.principal_name, stop);
  if (!account.mail.empty()) return find_named("mail", account.mail, stop);
  return FoundAccounts{};
}

Result<FoundAccounts> GraphDirectory::find_id(const std::string& id, const std::stop_token& stop) {
  // Nothing but an id stands there: a UPN would be a name, which may be another one's by now.
  const bool is_id = std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
  if (!is_id) return FoundAccounts{};
  const auto user = read(
      {"GET", fmt::format("/users/{}?$select={}", id, user_members), "", user_permission, false},
      stop);
  if (user) return one_account(*user, stop);
  if (user.error().code != ErrorCode::not_found) return std::unexpected(user.error());
  const auto principal = read({"GET", fmt::format("/servicePrincipals/{}?$select=id,appId", id), "",
                               "Directory.Read.All", false},
                              stop);
  if (!principal) {
    const bool is_none = principal.error().code == ErrorCode::not_found ||
                         principal.error().code == ErrorCode::permission_denied;
    return is_none ? Result<FoundAccounts>(FoundAccounts{})
                   : Result<FoundAccounts>(std::unexpected(principal.error()));
  }
  DirectoryAccount account;
  account.object_id = id;
  account.application_id = base::to_lower_ascii((*principal)["appId"].text());
  account.kind = AccountKind::service_principal;
  return FoundAccounts{1, account};
}

Result<FoundAccounts> GraphDirectory::find_named(const char* member, const std::string& name,
                                                 const std::stop_token& stop) {
  const std::string filter = base::percent_encode(fmt::format("{} eq {}", member, quoted(name)));
  const auto users =
      VEDETTE_TRY(list({"GET", fmt::format("/users?$filter={}&$select={}", filter, user_members),
                        "", user_permission, false},
                       stop));
  FoundAccounts found;
  const Json* only = nullptr;
  for (const Json& user : users) {
    // The service may hold letters for the same that are not.
    if (!base::equals_ignoring_case(user[member].text(), name)) continue;
    ++found.count;
    only = &user;
  }
  if (found.count != 1) return found;
  return one_account(*only, stop);
}

Result<FoundAccounts> GraphDirectory::one_account(const Json& user, const std::stop_token& stop) {
  DirectoryAccount account;
  account.object_id = base::to_lower_ascii(user["id"].text());
  const auto* is_enabled = user["accountEnabled"].as_bool();
  if (account.object_id.empty() || is_enabled == nullptr)
    return base::failure(ErrorCode::refused,
                         "Graph does not say whether the account is enabled: the app needs "
                         "User.Read.All");
  account.is_enabled = *is_enabled;
  account.principal_name = user["userPrincipalName"].text();
  account.mail = user["mail"].text();
  account.is_synchronised = is_true(user, "onPremisesSyncEnabled");
  account.sessions_from =
      base::parse_iso(user["signInSessionsValidFromDateTime"].text()).value_or(base::Timestamp{});
  account.kind = VEDETTE_TRY(kind_of(user, account.object_id, stop));
  return FoundAccounts{1, account};
}

// A shared mailbox is a user like any other but for what its mailbox is for.
Result<AccountKind> GraphDirectory::kind_of(const Json& user, const std::string& id,
                                            const std::stop_token& stop) {
  if (base::equals_ignoring_case(user["userType"].text(), "guest")) return AccountKind::guest;
  const auto settings =
      read({"GET", fmt::format("/users/{}/mailboxSettings", id), "", "MailboxSettings.Read", false},
           stop);
  if (!settings) {
    if (settings.error().code == ErrorCode::not_found) return AccountKind::member;  // no mailbox
    if (settings.error().code == ErrorCode::permission_denied) return AccountKind::unknown;
    return std::unexpected(settings.error());
  }
  const std::string purpose = base::to_lower_ascii((*settings)["userPurpose"].text());
  if (purpose == "user" || purpose == "linked") return AccountKind::member;
  return purpose.empty() || purpose == "unknownfuturevalue" || purpose == "others"
             ? AccountKind::unknown
             : AccountKind::shared_mailbox;
}

// ---- roles ----

Result<void> GraphDirectory::add_roles(const Question& question, bool is_eligible,
                                       const std::set<std::string>& principals,
                                       std::vector<HeldRole>& roles, const std::stop_token& stop) {
  for (const Json& row : VEDETTE_TRY(list(question, stop))) {
    if (!principals.contains(base::to_lower_ascii(row["principalId"].text()))) continue;
    HeldRole role{base::to_lower_ascii(row["roleDefinitionId"].text()), is_eligible};
    if (std::ranges::find(roles, role) == roles.end()) roles.push_back(std::move(role));
  }
  return {};
}

// Ids become names; one without a name stays: the account has it all the same.
Result<void> GraphDirectory::name_roles(std::vector<HeldRole>& roles, const std::stop_token& stop) {
  if (roles.empty()) return {};
  const auto definitions =
      VEDETTE_TRY(list({"GET", "/roleManagement/directory/roleDefinitions?$select=id,displayName",
                        "", role_permission, false},
                       stop));
  for (HeldRole& role : roles) {
    const auto found = std::ranges::find_if(definitions, [&](const Json& each) {
      return base::equals_ignoring_case(each["id"].text(), role.name);
    });
    if (found != definitions.end() && !(*found)["displayName"].text().empty())
      role.name = base::clean_utf8((*found)["displayName"].text(), name_bytes_max);
  }
  return {};
}

Result<std::vector<HeldRole>> GraphDirectory::roles(std::string_view object_id,
                                                    const std::stop_token& stop) {
  const auto groups = VEDETTE_TRY(
      list({"GET", fmt::format("/users/{}/transitiveMemberOf?$select=id,displayName", object_id),
            "", "Group.Read.All", false},
           stop));
  std::set<std::string> principals{std::string(object_id)};
  for (const Json& group : groups) principals.insert(base::to_lower_ascii(group["id"].text()));
  std::vector<HeldRole> roles;
  const std::string directory = "/roleManagement/directory/";
  VEDETTE_TRY_VOID(add_roles({"GET", directory + "roleAssignments", "", role_permission, false},
                             false, principals, roles, stop));
  const auto eligible = add_roles({"GET", directory + "roleEligibilitySchedules", "",
                                   "RoleEligibilitySchedule.Read.Directory", false},
                                  true, principals, roles, stop);
  // Without a licence for it nobody is eligible for anything.
  const bool is_unlicensed =
      !eligible && eligible.error().message.find("PremiumLicense") != std::string::npos;
  if (!eligible && !is_unlicensed) return std::unexpected(eligible.error());
  VEDETTE_TRY_VOID(name_roles(roles, stop));
  return roles;
}

Result<std::uint64_t> GraphDirectory::count_users(const std::stop_token& stop) {
  const auto response =
      VEDETTE_TRY(send({"GET", "/users/$count", "", user_permission, true}, stop));
  std::string_view body = base::trim(response.body);
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (const auto count = base::parse_unsigned(body)) return *count;
  return base::failure(ErrorCode::unavailable, "Graph's count of users is no number");
}

// ---- changes ----

Result<void> GraphDirectory::set_enabled(std::string_view object_id, bool enabled,
                                         const std::stop_token& stop) {
  VEDETTE_TRY(send(
      {"PATCH", fmt::format("/users/{}", object_id),
       fmt::format(R"({{"accountEnabled":{}}})", enabled), "User.EnableDisableAccount.All", false},
      stop));
  return {};
}

Result<void> GraphDirectory::revoke_sessions(std::string_view object_id,
                                             const std::stop_token& stop) {
  VEDETTE_TRY(send({"POST", fmt::format("/users/{}/revokeSignInSessions", object_id), "{}",
                    "User.RevokeSessions.All", false},
                   stop));
  return {};
}

Result<void> GraphDirectory::confirm_compromised(std::string_view object_id,
                                                 const std::stop_token& stop) {
  VEDETTE_TRY(send({"POST", "/identityProtection/riskyUsers/confirmCompromised",
                    fmt::format(R"({{"userIds":["{}"]}})", object_id),
                    "IdentityRiskyUser.ReadWrite.All, with Entra ID P2", false},
                   stop));
  return {};
}

}  // namespace vedette::cloud
