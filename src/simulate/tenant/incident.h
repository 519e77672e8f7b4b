// Owns: one Sentinel incident of the simulated tenant, and the making of incidents from attacks.
// Promises: plain data; incidents are a function of the options and the cycle. Must not know:
// requests. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/tenant/attacks.h"

namespace vedette::simulate::tenant {

struct IncidentComment {
  std::string id, message, etag;
  base::Timestamp created, modified;
};

struct Incident {
  std::string id;
  std::int64_t number = 0;
  base::Timestamp created, modified, first_activity, last_activity;
  std::string title, description, severity, status = "New";
  std::string classification, classification_comment, classification_reason;
  std::string owner_object_id, owner_email, owner_name, owner_principal;
  std::vector<std::string> labels;
  std::string tactic, product;
  std::uint64_t version = 1;  // behind the etag
  std::vector<std::uint32_t> users;
  std::vector<base::IpAddress> addresses;
  std::vector<IncidentComment> comments;
  std::uint64_t key = 0;  // of its alerts and entities
  bool made_by_client = false;

  [[nodiscard]] std::string etag() const;
};

// The incidents of a cycle's attacks, and of things that look worse than they are, by creation.
[[nodiscard]] std::vector<Incident> incidents_of(const TenantOptions& options,
                                                 const Directory& directory,
                                                 const std::vector<Campaign>& cycle);

}  // namespace vedette::simulate::tenant
