// Owns: finding the list of public holidays that comes with the program (made at build from npm's
// date-holidays; docs/dependencies.md). Must not know: who works when. Any thread.
#pragma once

#include <memory>

#include "base/result.h"
#include "detect/identity/calendar.h"

namespace vedette::app {

// Null: this build has none.
[[nodiscard]] base::Result<std::shared_ptr<const detect::identity::PublicHolidays>>
load_public_holidays();

}  // namespace vedette::app
