// Owns: what the routes of policies ask for. Promises: answers are JSON objects as the API's
// document describes them; arming needs the text that was shown and the sentence that allows it,
// and is noted in the audit log before it holds. Must not know: HTTP, roles. Any thread. Body:
// app/policies_desk.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::server {

class PolicyDesk {
 public:
  using Answer = base::Result<std::string>;
  // Into the audit log, with the caller's name.
  using Note = std::function<base::Result<void>(std::string_view action, std::string_view object,
                                                std::string_view detail)>;
  struct Arming {
    std::string name, mode;
    std::string hash;      // of the text that was shown
    std::string sentence;  // as it was typed
    std::string person;
  };

  virtual ~PolicyDesk() = default;
  // All policies, what is armed, and what stands against locks.
  [[nodiscard]] virtual Answer show() = 0;
  // What becomes of an incident, and of whom.
  [[nodiscard]] virtual Answer of_incident(std::uint64_t number) = 0;
  // What it would have done in the last days.
  [[nodiscard]] virtual Answer simulate(const std::string& name, int days) = 0;
  // What arming would allow, call by call; nothing is changed.
  [[nodiscard]] virtual Answer plan(const std::string& name, const std::string& mode) = 0;
  // Both answer as `show`.
  [[nodiscard]] virtual Answer arm(const Arming& arming, const Note& note) = 0;
  [[nodiscard]] virtual Answer disarm(const std::string& name, const Note& note) = 0;
};

}  // namespace vedette::server
