// Owns: the passwords that most people have, and so everybody tries first: the commonest 3,000, and
// the long ones of the next 27,000 (docs/decisions/0016). Promises: a password that is one of them
// with a little before, behind or between is told from one that only has such words in it; the
// built-in few hold even without the list. Must not know: whose passwords. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::access {

class GuessedPasswords {
 public:
  GuessedPasswords() = default;  // the built-in few
  // One a line, in lower case.
  [[nodiscard]] static base::Result<GuessedPasswords> load(const std::string& file);

  // Whether little is left of it without one of them. `password` is in lower case.
  [[nodiscard]] bool is_guessed_first(std::string_view password) const;

 private:
  std::vector<std::string> words_;
};

}  // namespace vedette::access
