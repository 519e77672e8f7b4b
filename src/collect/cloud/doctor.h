// Owns: what works of a tenant's features, what does not, and what to do about it: by asking each
// service once for very little. Promises: nothing is changed in the tenant; every refusal has the
// missing permission, role or licence in its remedy; what is used instead is said. Must not know:
// how the table is shown. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collect/cloud/azure_listings.h"
#include "collect/cloud/service_client.h"

namespace vedette::collect::cloud {

enum class Verdict : std::uint8_t { works, limited, impossible };
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct Finding {
  std::string feature;
  Verdict verdict = Verdict::works;
  std::string words;   // what was seen; may be empty
  std::string remedy;  // what to do; empty: nothing
};

// What is not collected is not looked at: null, or empty.
struct DoctorWorld {
  ports::AccessTokens& tokens;
  ports::Clock& clock;
  ServiceClient& graph;
  ServiceClient* activity = nullptr;
  std::string tenant = {};  // for activity
  ServiceClient* sentinel = nullptr;
  WorkspacePlace place = {};
  ServiceClient* log_analytics = nullptr;
  std::string workspace = {}, table = {};
  // Of the app that changes accounts, where it is another one.
  ports::AccessTokens* changing = nullptr;
};

[[nodiscard]] std::vector<Finding> examine_tenant(const DoctorWorld& world,
                                                  const std::stop_token& stop);

}  // namespace vedette::collect::cloud
