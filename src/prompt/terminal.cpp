#include "prompt/terminal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace vedette::prompt {
namespace {

constexpr char ctrl_c = '\x03';
constexpr std::size_t typed_ahead_bytes_max = 64 * 1024;
constexpr std::string_view mark_pastes = "\x1b[?2004h", leave_pastes = "\x1b[?2004l";

}  // namespace

base::Result<std::unique_ptr<Terminal>> Terminal::open(int input, int output,
                                                       std::string_view kind) {
  termios before{};
  if (::isatty(output) == 0 || ::tcgetattr(input, &before) != 0 || kind.empty() || kind == "dumb")
    return base::failure(base::ErrorCode::refused, "this is no terminal to edit on");
  termios raw = before;
  raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (::tcsetattr(input, TCSADRAIN, &raw) != 0)
    return base::system_failure("cannot set up the terminal", errno);
  const int woken = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return std::make_unique<Terminal>(input, output, woken, before);
}

Terminal::Terminal(int input, int output, int woken, const termios& before)
    : input_(input), output_(output), woken_(woken), before_(before) {
  write(mark_pastes);
}

Terminal::~Terminal() {
  write(leave_pastes);
  ::tcsetattr(input_, TCSADRAIN, &before_);
  ::close(woken_);
}

std::optional<std::string> Terminal::read(const std::stop_token& stop) {
  if (!waiting_.empty()) return std::exchange(waiting_, {});
  const std::stop_callback woken(stop, [this] { wake(); });
  if (stop.stop_requested()) return std::string();
  return wait();
}

std::optional<std::string> Terminal::wait() const {
  std::array<pollfd, 2> descriptors{{{input_, POLLIN, 0}, {woken_, POLLIN, 0}}};
  while (::poll(descriptors.data(), descriptors.size(), -1) < 0)
    if (errno != EINTR) return std::nullopt;
  if ((descriptors[1].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = ::read(woken_, &count, sizeof count);
    return std::string();
  }
  std::array<char, 4096> bytes{};
  const ssize_t count = ::read(input_, bytes.data(), bytes.size());
  if (count <= 0) return std::nullopt;
  return std::string(bytes.data(), static_cast<std::size_t>(count));
}

void Terminal::write(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(output_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

Size Terminal::size() const {
  winsize size{};
  if (::ioctl(output_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

void Terminal::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(woken_, &one, sizeof one);
}

Terminal::Watch::Watch(Terminal& terminal, std::function<void()> interrupt)
    : terminal_(terminal), interrupt_(std::move(interrupt)) {
  thread_ = std::jthread([this](const std::stop_token& ended) { run(ended); });
}

Terminal::Watch::~Watch() {
  thread_.request_stop();
  terminal_.wake();
  thread_.join();
}

void Terminal::Watch::run(const std::stop_token& ended) {
  while (!ended.stop_requested()) {
    const auto bytes = terminal_.wait();
    if (!bytes) return interrupt_();  // nobody is there any more
    for (const char c : *bytes) {
      if (c == ctrl_c)
        interrupt_();
      else if (terminal_.waiting_.size() < typed_ahead_bytes_max)
        terminal_.waiting_ += c;
    }
  }
}

}  // namespace vedette::prompt
