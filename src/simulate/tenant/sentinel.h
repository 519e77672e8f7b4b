// Owns: Microsoft Sentinel's incidents behind Azure Resource Manager: reading, changing with an
// etag, comments, alerts, entities, relations.
// Promises: an incident that changed since it was read is not overwritten (409); read-only members
// that are sent back are ignored; paths are compared without regard to case. Memory is bounded by
// base/limits.h. Must not know: Graph. One thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "simulate/tenant/incident.h"
#include "simulate/tenant/message.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/timeline.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

class Sentinel {
 public:
  Sentinel(const TenantOptions& options, const Timeline& timeline, const Tokens& tokens);

  // Is this path Azure Resource Manager's?
  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] TenantReply answer(const TenantRequest& request, base::Timestamp now);

 private:
  struct Call {
    const TenantRequest& request;
    base::Timestamp now;
    std::vector<std::string> path;  // after .../Microsoft.SecurityInsights/
    QueryOptions query;
  };

  void advance(base::Timestamp now);
  [[nodiscard]] TenantReply answer_incidents(const Call& call);
  [[nodiscard]] TenantReply list_incidents(const Call& call);
  [[nodiscard]] TenantReply put_incident(const Call& call, Incident* known);
  [[nodiscard]] TenantReply answer_parts(const Call& call, Incident& incident);
  [[nodiscard]] TenantReply answer_comments(const Call& call, Incident& incident);
  [[nodiscard]] Incident* find(std::string_view id);

  void write(base::JsonWriter& out, const Incident& incident) const;
  void write_comment(base::JsonWriter& out, const Incident& incident,
                     const IncidentComment& comment) const;
  void write_alert(base::JsonWriter& out, const Incident& incident) const;
  [[nodiscard]] TenantReply entities_of(const Incident& incident) const;
  [[nodiscard]] TenantReply relations_of(const Incident& incident) const;
  [[nodiscard]] std::string path_of(std::string_view rest) const;

  const TenantOptions& options_;
  const Timeline& timeline_;
  const Tokens& tokens_;
  std::vector<Incident> planned_;  // of cycles that have begun, not yet created; the next one last
  std::vector<Incident> incidents_;  // by number
  std::int64_t next_cycle_;
};

}  // namespace vedette::simulate::tenant
