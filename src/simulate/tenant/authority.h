// Owns: the simulated sign-in authority: token, device code and discovery endpoints, and the
// managed identity's endpoint of a virtual machine (IMDS) and of App Service.
// Promises: a client is believed when its secret, its signed assertion or the outside issuer's
// token is right; anything else gets Entra's error with its AADSTS number. Must not know: what
// tokens are used for. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "simulate/tenant/message.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/signature.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

class Authority {
 public:
  // The options' keys have been read by `check`.
  Authority(const TenantOptions& options, Tokens& tokens);

  // Is this path the authority's?
  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] TenantReply answer(const TenantRequest& request, base::Timestamp now);

 private:
  struct DeviceCode {
    std::string scope;
    base::Timestamp made;
    base::Timestamp last_asked;
  };
  struct Refusal {
    std::string_view error;
    int number = 0;
    std::string text;
    int status = 400;
  };

  [[nodiscard]] TenantReply answer_token(const TenantRequest& request, bool old_endpoint,
                                         base::Timestamp now);
  [[nodiscard]] TenantReply answer_device_code(const TenantRequest& request, base::Timestamp now);
  [[nodiscard]] TenantReply poll_device_code(const QueryOptions& form, base::Timestamp now);
  [[nodiscard]] TenantReply answer_identity(const TenantRequest& request,
                                            base::Timestamp now) const;
  [[nodiscard]] TenantReply answer_discovery(const TenantRequest& request,
                                             std::string_view tenant) const;
  [[nodiscard]] std::optional<Refusal> check_client(const QueryOptions& form,
                                                    const std::string& token_url,
                                                    base::Timestamp now) const;
  [[nodiscard]] std::optional<Refusal> check_assertion(std::string_view assertion,
                                                       const std::string& token_url,
                                                       base::Timestamp now) const;
  [[nodiscard]] TenantReply refuse(const Refusal& refusal, base::Timestamp now) const;
  [[nodiscard]] bool is_own_tenant(std::string_view name) const;

  const TenantOptions& options_;
  Tokens& tokens_;
  std::optional<Signer> certificate_, federated_;
  std::map<std::string, DeviceCode, std::less<>> device_codes_;
  std::uint64_t codes_made_ = 0;
};

}  // namespace vedette::simulate::tenant
