// Owns: a simulated Windows host with Remote Desktop and a domain behind it: staff who come over
// Remote Desktop (with network-level authentication, and what every session writes of itself),
// machines and services that log in all day, people who mistype; and attacks, each told beside it.
// Promises: the same options give the same bytes on every machine; memory is bounded by one day;
// innocent failures stay far from every detector's threshold. Must not know: files, the wall clock,
// any detector. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "simulate/truth.h"

namespace vedette::simulate {

enum class WindowsEventFormat : std::uint8_t { json, xml };

struct WindowsHostOptions {
  std::uint64_t seed = 1;
  int days = 30;  // 1..365
  base::Timestamp start;
  bool attacks = true;  // false: only work
  WindowsEventFormat format = WindowsEventFormat::json;
};

[[nodiscard]] base::Result<void> check(const WindowsHostOptions& options);

struct WindowsHostCounts {
  std::uint64_t events = 0, failures = 0, sessions = 0, attacks = 0;
};

class WindowsHost {
 public:
  // `options` have passed check().
  explicit WindowsHost(const WindowsHostOptions& options);
  ~WindowsHost();

  // Called for every planned alert, in no order.
  void on_alert(std::function<void(const PlannedAlert&)> callback);
  // Appends the next event with its newline and returns its time; empty when the days are over.
  [[nodiscard]] std::optional<base::Timestamp> append_event(std::string& out);
  [[nodiscard]] const WindowsHostCounts& counts() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace vedette::simulate
