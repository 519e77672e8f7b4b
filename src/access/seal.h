// Owns: the closing of secrets that must be read again, so that who has state.db or a backup of it
// has not the secrets: XChaCha20-Poly1305, with a key that lies in a file of its own. Promises:
// what was changed, or was sealed for another place, does not open. Must not know: what is sealed.
// Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::access {

class Seal {
 public:
  // Any text of enough randomness (key.h). Empty: nothing can be sealed.
  explicit Seal(base::Secret key) : key_(std::move(key)) {}

  // `place` says where it lies ("second factor of user 3"); it opens there only.
  [[nodiscard]] base::Result<std::string> close(const base::Secret& secret,
                                                std::string_view place) const;
  [[nodiscard]] base::Result<base::Secret> open(std::string_view sealed,
                                                std::string_view place) const;

 private:
  base::Secret key_;
};

}  // namespace vedette::access
