// Owns: a certificate that is made here, for a server that was given none: a key on P-256, signed
// by itself. Promises: good for the names and addresses that are said and for no other purpose than
// a server's. Must not know: where it is kept. Any thread.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"

namespace vedette::net {

struct MadeCertificate {
  std::string certificate;  // PEM
  base::Secret key;         // PEM
};

// A name of letters, digits, dots and hyphens, or an address; others are an error.
[[nodiscard]] base::Result<MadeCertificate> make_certificate(std::span<const std::string> names,
                                                             base::Timestamp from,
                                                             base::Timestamp until);

}  // namespace vedette::net
