#include "simulate/tenant/apps.h"

#include <array>

namespace vedette::simulate::tenant {
namespace {

constexpr auto all_resources = std::to_array<Resource>({
    {"Microsoft Graph", "00000003-0000-0000-c000-000000000000"},
    {"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"},
    {"Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"},
    {"Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"},
    {"Azure Key Vault", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"},
});

constexpr auto all_apps = std::to_array<App>({
    {"Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", 3},
    {"OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", 0},
    {"One Outlook Web", "9199bf20-a13f-4107-85dc-02114787ef48", 1},
    {"Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", 0},
    {"Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c", 1},
    {"OneDrive SyncEngine", "ab9b8c07-8f02-4f72-87fa-80105867a763", 2},
    {"Outlook Mobile", "27922004-5251-4030-b22d-91ecd9a37ea4", 1},
    {"Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46", 3},
    {"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", 1},
    {"Mail Helper Pro", "d0f6b1c3-7a52-4e88-b9d4-30c5a7e1f264", 0},
});

constexpr auto outcomes = std::to_array<OutcomeText>({
    {0, "Other.", ""},
    {50126, "Error validating credentials due to invalid username or password.",
     "The user didn't enter the right credentials.  It's expected to see some number of these "
     "errors in your logs due to users making mistakes."},
    {50034,
     "The user account {EUII Hidden} does not exist in the {tenant} directory. To sign into "
     "this application, the account must be added to the directory.",
     ""},
    {500121, "Authentication failed during strong authentication request.",
     "MFA denied; user declined the authentication"},
    {50074, "Strong Authentication is required.", "MFA required in Azure AD"},
    {50053,
     "The account is locked, you've tried to sign in too many times with an incorrect user "
     "ID or password.",
     ""},
    {50057, "The user account is disabled.", ""},
    {53003,
     "Access has been blocked by Conditional Access policies. The access policy does not "
     "allow token issuance.",
     ""},
    {50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
     ""},
    {50055, "The password is expired.", ""},
    {50140,
     "This error occurred due to 'Keep me signed in' interrupt when the user was "
     "signing-in.",
     ""},
    {65001,
     "The user or administrator has not consented to use the application with ID "
     "'{identifier}'{namePhrase}. Send an interactive authorization request for this user "
     "and resource.",
     ""},
});

}  // namespace

std::span<const Resource> resources() {
  return all_resources;
}
std::span<const App> apps() {
  return all_apps;
}

const OutcomeText& text_of(Outcome outcome) {
  return outcomes[static_cast<std::size_t>(outcome)];
}

std::string_view client_app_name(Client client) {
  switch (client) {
    case Client::browser:
      return "Browser";
    case Client::desktop:
    case Client::phone_app:
      return "Mobile Apps and Desktop clients";
    case Client::imap:
      return "IMAP4";
    case Client::smtp:
      return "Authenticated SMTP";
    case Client::active_sync:
      return "Exchange ActiveSync";
  }
  return "";
}

std::string_view risk_event_name(RiskKind risk) {
  switch (risk) {
    case RiskKind::none:
      return "";
    case RiskKind::unfamiliar:
      return "unfamiliarFeatures";
    case RiskKind::unlikely_travel:
      return "unlikelyTravel";
    case RiskKind::anonymous:
      return "anonymizedIPAddress";
    case RiskKind::token:
      return "anomalousToken";
    case RiskKind::spray:
      return "passwordSpray";
  }
  return "";
}

std::string_view risk_level_name(RiskKind risk) {
  switch (risk) {
    case RiskKind::none:
      return "none";
    case RiskKind::unfamiliar:
      return "low";
    case RiskKind::unlikely_travel:
    case RiskKind::anonymous:
      return "medium";
    case RiskKind::token:
    case RiskKind::spray:
      return "high";
  }
  return "none";
}

}  // namespace vedette::simulate::tenant
