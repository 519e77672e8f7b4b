// Owns: where the list of common passwords lies beside the program. Promises: without one the
// built-in words hold, and `log` (or null) says so. Must not know: passwords. Any thread.
#pragma once

#include "access/guessed_passwords.h"
#include "app/service_log.h"

namespace vedette::app {

[[nodiscard]] access::GuessedPasswords find_guessed_passwords(ServiceLog* log);

}  // namespace vedette::app
