// Owns: the listings of Microsoft Graph that have a time: sign-ins of each kind, directory audits,
// risk detections, risky users. Promises: the filters that the service documents (closed windows,
// ge and le only); interactive sign-ins have a fall-back, v1.0, which says less. Source: Graph's
// published description; see docs/guides/microsoft365.md. Must not know: what becomes of records.
// One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "collect/cloud/listing.h"

namespace vedette::collect::cloud {

enum class SignInKind : std::uint8_t {
  interactive,
  non_interactive,
  service_principal,
  managed_identity
};

// "interactive", "non-interactive", "service-principal", "managed-identity": in sources.
[[nodiscard]] std::string_view name_of(SignInKind kind);

// `address` is Graph's, without a version.
[[nodiscard]] std::unique_ptr<Listing> sign_ins(const std::string& address, SignInKind kind);
[[nodiscard]] std::unique_ptr<Listing> directory_audits(const std::string& address);
[[nodiscard]] std::unique_ptr<Listing> risk_detections(const std::string& address);
[[nodiscard]] std::unique_ptr<Listing> risky_users(const std::string& address);

}  // namespace vedette::collect::cloud
