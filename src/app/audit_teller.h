// Owns: telling the end of the audit log outside of it, once a day: in the service's own log, and
// as a mail where the settings name an address. Whoever keeps either has an anchor that `vedette
// audit verify --noted` wants. Promises: a mail that is not taken is tried again until one is; a
// restart within the day mails nothing again. Must not know: what the entries say. One thread.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/service_log.h"
#include "notify/sender.h"
#include "ports/access_store.h"
#include "ports/clock.h"
#include "ports/random.h"

namespace vedette::app {

// All outlive it.
struct AuditGround {
  const Configuration& configuration;
  const DataLayout& data;
  ServiceLog& log;
  ports::Clock& clock;
  ports::Random& random;
};

class AuditTeller {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<AuditTeller>> open(const AuditGround& ground);
  explicit AuditTeller(const AuditGround& ground) : ground_(ground) {}  // for open

  // Looks whether it is time. A stop ends a mail that is under way.
  void look(const std::stop_token& stop);

 private:
  [[nodiscard]] base::Timestamp last_mailed() const;
  [[nodiscard]] base::Result<void> mail(const std::string& head, const std::stop_token& stop);

  const AuditGround ground_;
  std::unique_ptr<ports::AccessStore> audit_;
  std::unique_ptr<notify::Sender> sender_;  // null: it is not mailed
  base::Duration due_;                      // of the monotonic clock
};

}  // namespace vedette::app
