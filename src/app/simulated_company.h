// Owns: a company that is not there: a Microsoft 365 tenant that answers on this machine, and the
// log of four hosts that grows, both under attack. Promises: it is begun anew each time, as of now;
// nothing of it leaves the machine. Must not know: who looks at it. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "ports/clock.h"

namespace vedette::app {

class SimulatedCompany {
 public:
  static constexpr std::uint32_t people = 80;
  static constexpr std::uint32_t days = 7;  // of history

  explicit SimulatedCompany(ports::Clock& clock);
  ~SimulatedCompany();

  [[nodiscard]] base::Result<void> open();
  // The settings by which `serve` reads it. `folder` holds its files.
  [[nodiscard]] base::Result<std::string> settings(const std::filesystem::path& folder);
  // Until the story is over, or we are.
  void play(const std::filesystem::path& folder);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vedette::app
