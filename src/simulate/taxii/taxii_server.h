// Owns: a TAXII 2.1 server that does not exist, as a pure class: a request and the clock in, an
// answer out. Source: TAXII 2.1 (OASIS), sections 4 and 5: discovery, one API root, its
// collections, their objects (GET with added_after, limit, next, match[type], match[id]; POST to
// add some). Promises: objects come by when they were added; the media types are checked as the
// standard wants it (406, 415); 401 without the password; faults strike as they were ordered. Must
// not know: sockets. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/clock.h"
#include "simulate/tenant/fault.h"
#include "simulate/tenant/message.h"

namespace vedette::simulate::taxii {

struct TaxiiOptions {
  std::uint64_t seed = 1;
  std::size_t indicators = 1'000;
  int days = 30;             // over which they were added
  int invalid_percent = 10;  // whose pattern nobody can hold against anything
  std::size_t page_max = 500;
  std::string user = "vedette", password = "simulated-password";
  std::string token = "simulated-token";  // the other way to be let in
  // Addresses that the newest objects name with full confidence.
  std::vector<std::string> named;
};

// What the options must hold.
[[nodiscard]] base::Result<void> check(const TaxiiOptions& options);
// Those of the simulated tenant's faults that a TAXII server can have.
[[nodiscard]] std::vector<tenant::FaultName> taxii_faults();

// The one collection that may be read; another may only be written.
inline constexpr std::string_view collection_id = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";

class TaxiiServer {
 public:
  TaxiiServer(const TaxiiOptions& options, const std::vector<tenant::FaultOrder>& faults,
              const ports::Clock& clock);
  ~TaxiiServer();

  [[nodiscard]] tenant::TenantReply answer(const tenant::TenantRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::simulate::taxii
