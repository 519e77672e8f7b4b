#include "app/kill_switch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "app/private_file.h"

namespace vedette::app {

respond::SwitchPosition read_kill_switch(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0) return respond::SwitchPosition::on;
  return errno == ENOENT ? respond::SwitchPosition::off : respond::SwitchPosition::unreadable;
}

base::Result<void> throw_kill_switch(const std::string& path, const std::string& words) {
  return write_private_file(path, words + "\n");
}

base::Result<void> release_kill_switch(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return base::system_failure("cannot delete " + path, errno);
}

}  // namespace vedette::app
