// Owns: what was pushed to another system of indicators and how far that got: a row for each
// indicator that a push has sent, or was about to send. Real body: store/sqlite/sqlite_pushes.h
// (state.db). Fake: test/fakes/memory_push_ledger.h. Contract:
// test/contract/push_ledger_contract.h. Promises: each call is one durable transaction; nothing of
// one push is seen by another. Must not know: what indicators say, where they are sent. Any thread;
// calls wait for each other.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace vedette::ports {

enum class PushState : std::uint8_t {
  sending,      // it may be there: nobody heard how the sending ended
  held,         // it is there
  withdrawing,  // it may be taken back there
  withdrawn,    // it was taken back there
  refused,      // the other side did not want it
};

struct PushedIndicator {
  std::string source, id;              // whose it is, and what it is called there
  base::Timestamp modified, received;  // of the version that was looked at last
  base::Timestamp told;                // the time of change that the other side was told
  std::uint64_t content = 0;           // a hash of what was sent
  // How often it was withdrawn and then sent again: what is withdrawn is so for good, so it comes
  // under another id.
  std::uint32_t generation = 0;
  PushState state = PushState::sending;
};

struct PushCounts {
  std::uint64_t held = 0, withdrawn = 0, refused = 0;
};

class PushLedger {
 public:
  virtual ~PushLedger() = default;
  [[nodiscard]] virtual base::Result<std::optional<PushedIndicator>> find(std::string_view push,
                                                                          std::string_view source,
                                                                          std::string_view id) = 0;
  // New ones, and in the place of what was known of them.
  [[nodiscard]] virtual base::Result<void> save(std::string_view push,
                                                std::span<const PushedIndicator> rows) = 0;
  // How far it was read; empty: nothing yet.
  [[nodiscard]] virtual base::Result<std::string> cursor(std::string_view push) = 0;
  [[nodiscard]] virtual base::Result<void> save_cursor(std::string_view push,
                                                       std::string_view cursor) = 0;
  [[nodiscard]] virtual base::Result<PushCounts> counts(std::string_view push) = 0;
};

}  // namespace vedette::ports
