// Owns: the way errors travel. An error is a value: a code a program can branch on, and a message a
// person can act on (what went wrong, with what, and the remedy).
// Promises: no exceptions; nothing is allocated on the good path.
// Must not know: any room. Called from any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace vedette::base {

enum class ErrorCode : std::uint8_t {
  invalid_argument,   // the caller's words are off: a wrong option, a bad address
  not_found,          // a file, host or thing that is not there (yet)
  permission_denied,  // it is there, but not for us
  limit_exceeded,     // a bound of base/limits.h was met
  malformed,          // bytes that do not follow their format
  unavailable,        // the other side does not answer; trying again later may help
  refused,            // the other side answered "no"; trying again will not help
  rate_limited,       // the other side asked us to wait
  cancelled,          // a stop was asked for
  internal,           // our own fault
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  // The same error seen from further out: "reading auth.log: permission denied".
  [[nodiscard]] Error within(const std::string& context) && {
    return Error{code, context + ": " + std::move(message)};
  }
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> failure(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}

// The error of the last failed system call (errno) in words: "cannot open FILE: No such file".
[[nodiscard]] std::unexpected<Error> system_failure(const std::string& what, int error_number);

}  // namespace vedette::base

// VEDETTE_TRY(expression): the value of a Result, or return its error from the calling function.
#define VEDETTE_TRY(expression)                                      \
  ({                                                                 \
    auto vedette_try_result = (expression);                          \
    if (!vedette_try_result) [[unlikely]]                            \
      return std::unexpected(std::move(vedette_try_result).error()); \
    std::move(vedette_try_result).value();                           \
  })

// The same for Result<void>.
#define VEDETTE_TRY_VOID(expression)                                 \
  do {                                                               \
    auto vedette_try_result = (expression);                          \
    if (!vedette_try_result) [[unlikely]]                            \
      return std::unexpected(std::move(vedette_try_result).error()); \
  } while (false)
