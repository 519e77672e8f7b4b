// Owns: the texts of content/messages, taken into the program. Must not know: what is in them. Any
// thread.
#pragma once

#include <string_view>

#include "notify/message_templates.h"

namespace vedette::notify {

// Empty where none comes with the program.
[[nodiscard]] std::string_view built_in_template(MessageTemplate which);

}  // namespace vedette::notify
