#include "collect/find_logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "collect/file_descriptor.h"
#include "collect/systemd_journal.h"
#include "collect/tail_notices.h"

namespace vedette::collect {
namespace {

constexpr std::array log_places{"/var/log/auth.log", "/var/log/secure"};
constexpr const char* last_resort = "/var/log/messages";

constexpr const char* journal_advice =
    "no log-in records in a file: neither /var/log/auth.log nor /var/log/secure exists, and there "
    "is no systemd journal that journalctl could read; name a file: vedette watch FILE";

bool look_at(const std::string& path, FoundLogs& found) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  const int error_number = errno;
  struct stat status{};
  if (file.is_open() && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    found.readable.push_back(path);
    return true;
  }
  if (file.is_open() || (error_number != EACCES && error_number != EPERM)) return false;
  found.unreadable.push_back(path);
  if (!found.message.empty()) found.message += '\n';
  found.message += cannot_open_notice(path, error_number).text;
  return true;
}

}  // namespace

FoundLogs find_logs(const std::string& root) {
  FoundLogs found;
  bool any = false;
  for (const char* place : log_places) any = look_at(root + place, found) || any;
  if (!any && look_at(root + last_resort, found) && !found.readable.empty())
    found.message = fmt::format("{} may hold log-ins among much else; it is read as a last resort",
                                root + last_resort);
  if (found.readable.empty() && found.message.empty()) found.message = journal_advice;
  return found;
}

bool is_journal_the_place() {
  const auto found = find_logs();
  return found.readable.empty() && found.unreadable.empty() && has_systemd_journal();
}

}  // namespace vedette::collect
