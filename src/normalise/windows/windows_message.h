// Owns: the values of a Security event that only its message tells, in words: "New Logon: Account
// Name: ada ... Source Network Address: 10.0.0.7".
// Promises: English messages only, as Windows words them; what is not known in them is left out.
// Must not know: who sent it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::normalise::windows {

// Added to `data`, under the names that Windows gives them.
void read_message_values(std::string_view message,
                         std::vector<std::pair<std::string, std::string>>& data);

}  // namespace vedette::normalise::windows
