// Owns: why a cloud service gave no answer that can be used, as a kind a program can branch on, and
// in words with a remedy. Promises: pure; texts of the service are cut and encoded; no token, no
// address's query. Must not know: what was asked for. Any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::collect::cloud {

enum class TroubleKind : std::uint8_t {
  stopped,      // a stop was asked for
  throttled,    // too much was asked; waiting helps
  unavailable,  // no connection, out of time, 5xx
  not_usable,   // an answer that is none: HTML, cut off, no JSON, a foreign link
  too_large,    // more than an answer may have
  sign_in,      // no token, or the service does not take it
  forbidden,    // a permission or a role is missing
  licence,      // the tenant has not bought it
  refused,      // the request is not one that the service takes (400)
  absent,       // what was asked for is not there (404), or is there no longer (410)
  conflict,     // what was to be changed is not what it was (409, 412)
};

struct Trouble {
  TroubleKind kind = TroubleKind::unavailable;
  std::string words;                   // what happened
  std::string remedy;                  // what a person can do; empty: nothing, it passes
  std::optional<base::Duration> wait;  // what the service asked for
  std::string code;                    // the service's own

  // It goes by itself.
  [[nodiscard]] bool passes() const;
  [[nodiscard]] std::string text() const { return remedy.empty() ? words : words + "; " + remedy; }
};

[[nodiscard]] std::string_view name_of(TroubleKind kind);

template <typename T>
using Answered = std::expected<T, Trouble>;

// What an answer with that status (400 and above, or a redirect) means. `service` is its name.
[[nodiscard]] Trouble read_refusal(std::string_view service, int status, std::string_view body);

}  // namespace vedette::collect::cloud
