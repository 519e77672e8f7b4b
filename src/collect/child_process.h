// Owns: a child process whose output is read: started without a shell, with its standard output and
// standard error as pipes that do not block, and no input. Promises: it is ended (SIGTERM, then
// SIGKILL) and waited for when this goes away; it inherits no other descriptor. Must not know: what
// it says. One thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "collect/file_descriptor.h"

namespace vedette::collect {

class ChildProcess {
 public:
  // `words`: the program, looked up in PATH, and its arguments.
  [[nodiscard]] static base::Result<ChildProcess> start(const std::vector<std::string>& words);
  ChildProcess(pid_t process, FileDescriptor output, FileDescriptor errors)
      : process_(process), output_(std::move(output)), errors_(std::move(errors)) {}
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) = delete;
  ~ChildProcess();

  [[nodiscard]] int output() const { return output_.get(); }
  [[nodiscard]] int errors() const { return errors_.get(); }
  // Waits for its end, which must be near (its output is over); its exit code, 128 + N by signal N.
  [[nodiscard]] int wait();

 private:
  void end();

  pid_t process_ = -1;  // -1: there is none, or it was waited for
  FileDescriptor output_, errors_;
};

}  // namespace vedette::collect
