// Owns: what Entra's error codes say of a sign-in, as schema/sign_in_errors.txt has them.
// Promises: 0 is a success, a code that is not known is another failure; a text that breaks the
// form is refused. Must not know: records. Immutable once read; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "model/sign_in.h"

namespace vedette::normalise::cloud {

class SignInErrors {
 public:
  [[nodiscard]] static base::Result<SignInErrors> read(std::string_view text);
  [[nodiscard]] model::SignInResult result_of(std::uint32_t code) const;
  // The service's name for the code; empty when it is not known.
  [[nodiscard]] std::string_view name_of(std::uint32_t code) const;
  // In the words of ASIM's EventResultDetails; nothing for a success.
  [[nodiscard]] std::string_view details_of(std::uint32_t code) const;

 private:
  struct Known {
    model::SignInResult result = model::SignInResult::other_failure;
    std::string name, details;
  };
  std::unordered_map<std::uint32_t, Known> codes_;
};

// The text of schema/sign_in_errors.txt, as it was when the program was built.
[[nodiscard]] std::string_view built_in_sign_in_errors();

}  // namespace vedette::normalise::cloud
