// Owns: Graph's directory: users, their switch and second factors, groups, roles (held and
// eligible), named locations, the organisation and its licences, service principals. Promises: a
// disabled account reads as disabled at once; accounts that hold a role are out of the app's reach
// unless the options say otherwise. Must not know: reports, quotas, faults. One thread.
#pragma once

#include <functional>
#include <optional>

#include "simulate/tenant/accounts.h"
#include "simulate/tenant/graph_call.h"
#include "simulate/tenant/second_factors.h"

namespace vedette::simulate::tenant {

class GraphDirectory {
 public:
  GraphDirectory(const TenantOptions& options, const Directory& directory, Accounts& accounts)
      : options_(options), directory_(directory), accounts_(accounts), factors_(options) {}

  // Nothing when the path is none of the directory's.
  [[nodiscard]] std::optional<TenantReply> answer(const GraphCall& call);

 private:
  // Writes one element of a list; false when the filter leaves it out.
  using WriteElement = std::function<bool(std::size_t index, base::JsonWriter& out)>;
  [[nodiscard]] TenantReply list(const GraphCall& call, std::string_view context, std::size_t size,
                                 const WriteElement& write) const;
  [[nodiscard]] TenantReply not_found(const GraphCall& call, std::string_view what) const;

  [[nodiscard]] std::optional<TenantReply> answer_users(const GraphCall& call);
  [[nodiscard]] std::optional<TenantReply> answer_user(const GraphCall& call, std::uint32_t person);
  [[nodiscard]] std::optional<TenantReply> answer_groups(const GraphCall& call) const;
  [[nodiscard]] std::optional<TenantReply> answer_roles(const GraphCall& call) const;
  [[nodiscard]] std::optional<TenantReply> answer_workloads(const GraphCall& call) const;
  [[nodiscard]] std::optional<TenantReply> answer_rest(const GraphCall& call) const;
  [[nodiscard]] TenantReply list_users(const GraphCall& call) const;
  [[nodiscard]] TenantReply count_users(const GraphCall& call) const;
  [[nodiscard]] TenantReply list_user_changes(const GraphCall& call) const;
  [[nodiscard]] TenantReply change_user(const GraphCall& call, std::uint32_t person);
  [[nodiscard]] TenantReply revoke_sessions(const GraphCall& call, std::uint32_t person);
  [[nodiscard]] TenantReply list_memberships(const GraphCall& call, std::uint32_t person) const;
  [[nodiscard]] TenantReply list_members(const GraphCall& call,
                                         const std::vector<std::uint32_t>& members) const;
  [[nodiscard]] TenantReply list_assignments(const GraphCall& call, bool eligible) const;

  void write_user(base::JsonWriter& out, std::uint32_t person, base::Timestamp now,
                  const Selection& selection, bool with_type) const;
  void write_group(base::JsonWriter& out, const Group& group, bool with_type) const;
  void write_workload(base::JsonWriter& out, const Workload& workload) const;
  void write_role(base::JsonWriter& out, const Role& role, bool activated) const;
  [[nodiscard]] FilterValue read_user(std::uint32_t person, base::Timestamp now,
                                      std::string_view property) const;

  const TenantOptions& options_;
  const Directory& directory_;
  Accounts& accounts_;
  SecondFactors factors_;
};

}  // namespace vedette::simulate::tenant
