// Owns: the few messages of sshd that make most of a log under attack, in the shapes they nearly
// always have: failed passwords, unknown users, clients that left, or were sent away, before they
// were let in; from an address, with a port. Read from both ends, without a search.
// Promises: says exactly what read_sshd_message would say without it, or nothing. Must not know:
// stamps, sessions. Called from any thread.
#pragma once

#include <string_view>

#include "normalise/sshd_message.h"

namespace vedette::normalise {

// False: not one of them; the message must be read in full. `message` is then unchanged.
[[nodiscard]] bool read_frequent_message(std::string_view text, SshdMessage& message);

}  // namespace vedette::normalise
