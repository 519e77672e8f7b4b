// Owns: people's second factors as Graph tells of them, and removes them: Microsoft Authenticator,
// which they are asked for first, and a phone.
// Promises: as Graph, the password is none that can be removed, and the first one goes last. Must
// not know: sign-ins. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "simulate/tenant/graph_call.h"
#include "simulate/tenant/people.h"

namespace vedette::simulate::tenant {

class SecondFactors {
 public:
  explicit SecondFactors(const TenantOptions& options) : options_(options) {}

  // Nothing when the path is none of theirs.
  [[nodiscard]] std::optional<TenantReply> answer(const GraphCall& call, std::uint32_t person);

 private:
  [[nodiscard]] TenantReply list(const GraphCall& call, std::uint32_t person) const;
  [[nodiscard]] TenantReply remove(const GraphCall& call, std::uint32_t person);
  [[nodiscard]] std::string id_of(std::uint32_t person, std::size_t kind) const;

  const TenantOptions& options_;
  std::set<std::pair<std::uint32_t, std::size_t>> removed_;  // at most two a person
};

}  // namespace vedette::simulate::tenant
