#include "collect/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace vedette::collect {
namespace {

constexpr int polite_ms = 2'000;  // between SIGTERM and SIGKILL

struct Pipe {
  FileDescriptor read, write;
};

base::Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return base::system_failure("cannot make a pipe", errno);
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  // Only our end: a child does not expect its output to be refused.
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return pipe;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What the child gets of our environment: where programs are, and no more.
std::vector<std::string> environment_of_child() {
  return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
          "SYSTEMD_PAGER="};
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

base::Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words) {
  Pipe output = VEDETTE_TRY(make_pipe());
  Pipe errors = VEDETTE_TRY(make_pipe());
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output.write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, errors.write.get(), 2);
  // Signals are as a program expects them, and those of our terminal are ours.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> arguments = words, environment = environment_of_child();
  pid_t process = -1;
  const int error = ::posix_spawnp(&process, arguments.front().c_str(), &actions, &attributes,
                                   pointers_to(arguments).data(), pointers_to(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return base::system_failure("cannot start " + words.front(), error);
  return ChildProcess(process, std::move(output.read), std::move(errors.read));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

ChildProcess::~ChildProcess() {
  end();
}

int ChildProcess::wait() {
  if (process_ < 0) return 0;
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  return code_of(status);
}

void ChildProcess::end() {
  if (process_ < 0) return;
  ::kill(process_, SIGTERM);
  output_ = FileDescriptor();  // who writes still is told that nobody reads
  // Its standard error closes when it ends; nothing else holds it.
  std::array<pollfd, 1> closes{{{errors_.get(), 0, 0}}};
  if (::poll(closes.data(), 1, polite_ms) != 1) ::kill(process_, SIGKILL);
  [[maybe_unused]] const int code = wait();
}

}  // namespace vedette::collect
