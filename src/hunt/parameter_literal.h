// Owns: a parameter's value as a KQL literal. Promises: whatever the value is, the literal is one
// value of the parameter's type: nothing of it is read as query. Must not know: queries. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hunt/hunt.h"

namespace vedette::hunt {

[[nodiscard]] base::Result<std::string> literal_of(const Parameter& parameter,
                                                   std::string_view value);

}  // namespace vedette::hunt
