// Owns: tokens of the person who is signed in to the Azure command line on this machine. Promises:
// those of TokenSource. Must not know: how a program is run (it is given). One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cloud/token_source.h"
#include "ports/clock.h"

namespace vedette::cloud {

// What a program wrote to its standard output, run without a shell.
using ProgramRunner = std::function<base::Result<std::string>(const std::vector<std::string>& words,
                                                              const std::stop_token& stop)>;

class AzureCli : public TokenSource {
 public:
  // Tenant: empty means the one that the person is signed in to. The clock outlives it.
  AzureCli(std::string tenant, ProgramRunner run, const ports::Clock& clock)
      : tenant_(std::move(tenant)), run_(std::move(run)), clock_(clock) {}
  [[nodiscard]] TokenOutcome ask(std::string_view scope, const std::stop_token& stop) override;

 private:
  const std::string tenant_;
  const ProgramRunner run_;
  const ports::Clock& clock_;
};

}  // namespace vedette::cloud
