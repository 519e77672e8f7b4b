// Owns: the words of a simulated world: who has an account, which names guessers try, and the
// hostile names that try to deceive whoever reads the log. Promises: no invented account bears a
// name that a guesser tries as an unknown one. Must not know: when they are used. Called from any
// thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vedette::simulate {

class SeededRandom;

// People's first names; accounts are made of them.
[[nodiscard]] std::span<const std::string_view> people_names();
// Accounts that every machine has (root, www-data, ...).
[[nodiscard]] std::span<const std::string_view> system_names();
// The i-th of an endless list of different names that no machine of this world knows.
void unknown_name(std::uint64_t i, std::string& out);
// A name made to deceive, as sshd logs it (OpenSSH writes control characters as \ooo): it frames
// `innocent`, colours a terminal, is very long, is empty, or has letters outside ASCII.
void hostile_name(SeededRandom& random, std::string_view innocent, std::string& out);
[[nodiscard]] std::span<const std::string_view> shell_commands();

}  // namespace vedette::simulate
