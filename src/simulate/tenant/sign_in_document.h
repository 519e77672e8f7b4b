// Owns: how a sign-in looks in Graph: beta with all members that Microsoft's examples have, v1.0
// with the reduced set; and what a filter sees of it.
// Promises: the same sign-in at the same moment gives the same bytes; a sign-in that changes is
// shown with its first outcome until it is final. Must not know: pages, requests. One thread.
#pragma once

#include "base/json.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/people.h"
#include "simulate/tenant/selection.h"
#include "simulate/tenant/sign_in.h"

namespace vedette::simulate::tenant {

enum class GraphVersion : std::uint8_t { v1, beta };

class SignInDocuments {
 public:
  SignInDocuments(const TenantOptions& options, const Directory& directory)
      : options_(options), directory_(directory) {}

  void write(base::JsonWriter& out, const SignIn& sign_in, base::Timestamp as_of,
             GraphVersion version, const Selection& selection) const;
  [[nodiscard]] FilterValue read(const SignIn& sign_in, base::Timestamp as_of,
                                 std::string_view property) const;
  // The sign-in as it is known by then.
  [[nodiscard]] static SignIn known_at(const SignIn& sign_in, base::Timestamp as_of);

 private:
  class Text;

  const TenantOptions& options_;
  const Directory& directory_;
};

[[nodiscard]] Vocabulary sign_in_vocabulary(GraphVersion version);
[[nodiscard]] std::string_view event_type_name(SignInKind kind);
[[nodiscard]] std::string operating_system_of(const Person& person, Device device);

}  // namespace vedette::simulate::tenant
