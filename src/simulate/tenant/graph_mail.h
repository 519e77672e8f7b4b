// Owns: Graph's mail as far as a program that only sends needs it: sendMail in MIME form, and the
// copies in Sent Items to look at.
// Promises: a mail is taken when its sender is a person of the tenant whose account is enabled and
// its text is a mail; the last hundred are kept. Must not know: what a mail says. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "simulate/tenant/accounts.h"
#include "simulate/tenant/graph_call.h"

namespace vedette::simulate::tenant {

class GraphMail {
 public:
  GraphMail(const Directory& directory, const Accounts& accounts)
      : directory_(directory), accounts_(accounts) {}

  // Nothing when the path is none of mail's.
  [[nodiscard]] std::optional<TenantReply> answer(const GraphCall& call);

 private:
  struct SentMail {
    std::string id;
    std::uint32_t sender = 0;
    std::string content;  // RFC 5322
  };

  [[nodiscard]] TenantReply send(const GraphCall& call, std::uint32_t sender);
  [[nodiscard]] TenantReply list(const GraphCall& call, std::uint32_t sender) const;
  [[nodiscard]] TenantReply show(const GraphCall& call, std::uint32_t sender) const;

  const Directory& directory_;
  const Accounts& accounts_;
  std::deque<SentMail> sent_;
  std::uint64_t sent_ever_ = 0;
};

}  // namespace vedette::simulate::tenant
