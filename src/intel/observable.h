// Owns: which values can be indicators and what each looks like in its one form: addresses as
// numbers write them, names and hashes in lower case. Promises: what is refused is told by a reason
// that is one of few, so that refusals can be counted: blank (blank never equals blank), not of its
// type, larger than any network that is given out, private. Must not know: files. Pure, any thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

// An address, or a network in CIDR form; a network of one address is that address.
[[nodiscard]] base::Result<model::Observable> read_address(std::string_view text);
// A name and all below it; as a host's, that name alone.
[[nodiscard]] base::Result<model::Observable> read_domain(std::string_view text);
[[nodiscard]] base::Result<model::Observable> read_hostname(std::string_view text);
[[nodiscard]] base::Result<model::Observable> read_url(std::string_view text);
[[nodiscard]] base::Result<model::Observable> read_email(std::string_view text);
// By its length: MD5, SHA-1, SHA-256, SHA-512.
[[nodiscard]] base::Result<model::Observable> read_hash(std::string_view text);
// Of whatever type it looks like; defanged ones too (hxxp://, 203.0.113[.]7).
[[nodiscard]] base::Result<model::Observable> read_observable(std::string_view text);

// Of this machine's surroundings, not of the internet's: no indicator, and never matched.
[[nodiscard]] bool is_private(const base::IpNetwork& network);
// The name of who runs it, where the address is a public resolver's, which lists of malware name
// because programs ask it; empty: it is none.
[[nodiscard]] std::string_view public_resolver(const base::IpAddress& address);

}  // namespace vedette::intel
