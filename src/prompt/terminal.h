// Owns: the terminal while a prompt has it: keys come one by one and unechoed, pasted text is
// marked. Promises: the terminal is as it was when this ends; reading is woken by a stop and by
// `wake`; while something else runs, Ctrl-C is watched for and other keys wait. Source: termios(3).
// Must not know: what keys mean, what is painted. `wake` from any thread, the rest from one.
#pragma once

#include <termios.h>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "prompt/screen.h"

namespace vedette::prompt {

class Terminal {
 public:
  // refused: one of the two is no terminal, or one that cannot move its cursor ("dumb").
  [[nodiscard]] static base::Result<std::unique_ptr<Terminal>> open(int input, int output,
                                                                    std::string_view kind);
  Terminal(int input, int output, int woken, const termios& before);  // for open
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Bytes that came; empty: woken, or stopped. Nothing: there will be no more.
  [[nodiscard]] std::optional<std::string> read(const std::stop_token& stop);
  void write(std::string_view text) const;
  [[nodiscard]] Size size() const;
  void wake() const;

  // While it lives, Ctrl-C calls `interrupt` (from a thread of its own); other bytes are read
  // afterwards.
  class Watch {
   public:
    Watch(Terminal& terminal, std::function<void()> interrupt);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    void run(const std::stop_token& ended);

    Terminal& terminal_;
    const std::function<void()> interrupt_;
    std::jthread thread_;
  };

 private:
  // Bytes of the input, once there are some or somebody woke us.
  [[nodiscard]] std::optional<std::string> wait() const;

  const int input_, output_;
  const int woken_;  // eventfd
  const termios before_;
  std::string waiting_;  // typed while something ran
};

}  // namespace vedette::prompt
