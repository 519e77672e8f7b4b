// Owns: the applications people sign in to and the resources they ask tokens for, under the ids
// that Microsoft gives them in every tenant; and Entra's words for what came of a sign-in.
// Promises: constant data. Must not know: who signs in. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "simulate/tenant/sign_in.h"

namespace vedette::simulate::tenant {

struct Resource {
  std::string_view name, id;
};
struct App {
  std::string_view name, id;
  std::uint8_t resource;
};

[[nodiscard]] std::span<const Resource> resources();
[[nodiscard]] std::span<const App> apps();

// Indexes in apps().
inline constexpr std::uint8_t app_portal = 0, app_office_home = 1, app_outlook_web = 2,
                              app_teams = 3, app_office = 4, app_onedrive = 5,
                              app_outlook_mobile = 6, app_azure_cli = 7, app_exchange = 8,
                              app_mail_helper = 9;

struct OutcomeText {
  int error_code;
  std::string_view failure_reason;
  std::string_view additional_details;  // empty: null
};
[[nodiscard]] const OutcomeText& text_of(Outcome outcome);
[[nodiscard]] std::string_view client_app_name(Client client);
// riskEventTypes of Graph, such as "unlikelyTravel".
[[nodiscard]] std::string_view risk_event_name(RiskKind risk);
[[nodiscard]] std::string_view risk_level_name(RiskKind risk);

}  // namespace vedette::simulate::tenant
