#include "app/system_user.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "app/environment.h"

namespace vedette::app {

std::string system_user() {
  if (::getuid() == 0)
    if (const auto behind = environment_variable("SUDO_USER"); behind && !behind->empty())
      return *behind;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr)
    return found->pw_name;
  return "uid " + std::to_string(::getuid());
}

}  // namespace vedette::app
