#include "app/program_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/cloud_limits.h"
#include "base/encode.h"
#include "collect/file_descriptor.h"

namespace vedette::app {
namespace {

using base::ErrorCode;

constexpr int look_ms = 100;

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void connect(int output, bool with_errors) {
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (with_errors)
      posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    else
      posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Empty when it was cut short: too much, too long, or a stop.
bool read_all(int from, std::string& output, std::int64_t looks_max, const std::stop_token& stop) {
  std::array<char, 4096> bytes{};
  for (std::int64_t looks = 0; looks < looks_max && !stop.stop_requested();) {
    pollfd waiting{from, POLLIN, 0};
    if (::poll(&waiting, 1, look_ms) <= 0) {
      ++looks;
      continue;
    }
    const ssize_t count = ::read(from, bytes.data(), bytes.size());
    if (count == 0) return true;
    if (count < 0 || output.size() > base::limits::token_bytes_max) return false;
    output.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return false;
}

}  // namespace

base::Result<std::string> run_for_output(const std::vector<std::string>& words,
                                         const std::stop_token& stop, const RunWishes& wishes) {
  std::vector<std::string> copies = words;
  std::vector<char*> pointers;
  for (auto& word : copies) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::system_failure("no pipe", errno);
  const collect::FileDescriptor reading(ends[0]);
  collect::FileDescriptor writing(ends[1]);
  FileActions actions;
  actions.connect(writing.get(), wishes.tells_errors);
  pid_t process = 0;
  const int failed =
      ::posix_spawnp(&process, pointers.front(), actions.get(), nullptr, pointers.data(), environ);
  writing = collect::FileDescriptor();
  const std::string shown = base::encode_terminal(words.front(), 100);
  if (failed != 0)
    return base::failure(ErrorCode::refused, "there is no program " + shown + " on this machine");
  std::string output;
  const bool is_whole =
      read_all(reading.get(), output, wishes.silent_at_most.whole_milliseconds() / look_ms, stop);
  if (!is_whole) ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (stop.stop_requested()) return base::failure(ErrorCode::cancelled, "stopped");
  if (!is_whole) return base::failure(ErrorCode::refused, shown + " did not end in time");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return base::failure(ErrorCode::refused, wishes.tells_errors && !output.empty()
                                                 ? base::encode_terminal(output)
                                                 : shown + " ended with an error");
  return output;
}

}  // namespace vedette::app
