#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace vedette::base {

std::unexpected<Error> system_failure(const std::string& what, int error_number) {
  ErrorCode code = ErrorCode::unavailable;
  if (error_number == ENOENT || error_number == ENOTDIR) code = ErrorCode::not_found;
  if (error_number == EACCES || error_number == EPERM) code = ErrorCode::permission_denied;
  return failure(code, what + ": " + std::strerror(error_number));
}

}  // namespace vedette::base
