#include "app/guessed_password_list.h"

#include "enrich/geo_database.h"

namespace vedette::app {

access::GuessedPasswords find_guessed_passwords(ServiceLog* log) {
  for (const auto& folder : enrich::usual_data_folders())
    if (auto list = access::GuessedPasswords::load((folder / "passwords.txt").string()))
      return *std::move(list);
  if (log != nullptr)
    log->warning("notice",
                 {{"text", "this build has no list of common passwords (./dev build makes it)"}});
  return {};
}

}  // namespace vedette::app
