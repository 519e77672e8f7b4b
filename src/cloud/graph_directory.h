// Owns: Microsoft Graph as the directory that responses act on (ports::Directory). Promises: those
// of the port; a token goes to Graph's own address only, and one that is not taken is renewed once;
// a wait that Graph asks for is kept (nothing is asked meanwhile, which is `rate_limited`); a
// refusal names the permission that is missing; roles that an account has through groups are its
// own, and a list that cannot be read to its end is none.
// Permissions (application): User.Read.All, User.EnableDisableAccount.All, User.RevokeSessions.All;
// RoleManagement.Read.Directory, Group.Read.All for roles; MailboxSettings.Read to tell shared
// mailboxes; IdentityRiskyUser.ReadWrite.All to confirm a compromise;
// UserAuthenticationMethod.ReadWrite.All to remove second factors.
// Source: Microsoft Graph v1.0 (user, unifiedRoleAssignment, unifiedRoleEligibilitySchedule,
// mailboxSettings, riskyUser: confirmCompromised, authenticationMethod). Must not know: who may be
// touched. One thread.
#pragma once

#include <set>
#include <string>

#include "base/json.h"
#include "ports/access_tokens.h"
#include "ports/clock.h"
#include "ports/directory.h"
#include "ports/http_client.h"

namespace vedette::cloud {

struct GraphDirectorySettings {
  std::string address = "https://graph.microsoft.com";  // of the cloud, without a slash at its end
  std::string scope = "https://graph.microsoft.com/.default";
};

class GraphDirectory : public ports::Directory {
 public:
  template <typename T>
  using Result = base::Result<T>;

  // All outlive it.
  GraphDirectory(GraphDirectorySettings settings, ports::HttpClient& client,
                 ports::AccessTokens& tokens, const ports::Clock& clock)
      : settings_(std::move(settings)), client_(client), tokens_(tokens), clock_(clock) {}

  Result<ports::FoundAccounts> find(const model::AccountReference& account,
                                    const std::stop_token& stop) override;
  Result<std::vector<ports::HeldRole>> roles(std::string_view object_id,
                                             const std::stop_token& stop) override;
  Result<std::uint64_t> count_users(const std::stop_token& stop) override;
  Result<void> set_enabled(std::string_view object_id, bool enabled,
                           const std::stop_token& stop) override;
  Result<void> revoke_sessions(std::string_view object_id, const std::stop_token& stop) override;
  Result<void> confirm_compromised(std::string_view object_id,
                                   const std::stop_token& stop) override;
  Result<void> reset_second_factors(std::string_view object_id,
                                    const std::stop_token& stop) override;

 private:
  struct Question {
    std::string method = "GET", path, body = {};
    const char* permission = "";  // that a 403 means
    bool counts = false;          // an advanced query ("ConsistencyLevel: eventual")
  };
  [[nodiscard]] Result<ports::HttpResponse> send(const Question& question,
                                                 const std::stop_token& stop);
  [[nodiscard]] Result<ports::HttpResponse> exchange(const Question& question,
                                                     const std::stop_token& stop);
  [[nodiscard]] Result<base::Json> read(const Question& question, const std::stop_token& stop);
  // Every element of all pages.
  [[nodiscard]] Result<base::Json::Array> list(Question question, const std::stop_token& stop);
  [[nodiscard]] Result<ports::FoundAccounts> find_id(const std::string& id,
                                                     const std::stop_token& stop);
  [[nodiscard]] Result<ports::FoundAccounts> find_named(const char* member, const std::string& name,
                                                        const std::stop_token& stop);
  [[nodiscard]] Result<ports::FoundAccounts> one_account(const base::Json& user,
                                                         const std::stop_token& stop);
  [[nodiscard]] Result<ports::AccountKind> kind_of(const base::Json& user, const std::string& id,
                                                   const std::stop_token& stop);
  [[nodiscard]] Result<void> add_roles(const Question& question, bool is_eligible,
                                       const std::set<std::string>& principals,
                                       std::vector<ports::HeldRole>& roles,
                                       const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<std::string>> second_factors(std::string_view object_id,
                                                                const std::stop_token& stop);
  [[nodiscard]] Result<void> name_roles(std::vector<ports::HeldRole>& roles,
                                        const std::stop_token& stop);

  const GraphDirectorySettings settings_;
  ports::HttpClient& client_;
  ports::AccessTokens& tokens_;
  const ports::Clock& clock_;
  base::Duration not_before_;  // of the monotonic clock: Graph asked us to wait
};

}  // namespace vedette::cloud
