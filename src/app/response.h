// Owns: responses in a running `serve`: the thread that carries actions out, and what it is joined
// with: Graph, the helper that blocks addresses, the kill switch, the incidents, the log. Promises:
// without a tenant under [respond] no account is ever touched, without a helper no address blocked;
// the end of the audit log is told all the same (audit_teller.h). Must not know: what the guard
// weighs. Started and stopped by one thread.
#pragma once

#include <memory>
#include <thread>

#include "app/audit_teller.h"
#include "app/bell.h"
#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/service_log.h"
#include "detect/allow_list.h"
#include "ports/access_tokens.h"
#include "ports/action_store.h"
#include "ports/address_block.h"
#include "ports/clock.h"
#include "ports/directory.h"
#include "ports/http_client.h"
#include "ports/random.h"
#include "respond/action_runner.h"
#include "respond/incident_witness.h"

namespace vedette::app {

struct ResponseWorld {
  const Configuration& configuration;
  const DataLayout& data;
  ports::ActionStore& actions;
  ServiceLog& log;
  ports::Clock& clock;
  ports::Random& random;
  const detect::AllowList& allow_list;
};

class Response {
 public:
  // What `world` refers to outlives it, and the witness.
  [[nodiscard]] static base::Result<std::unique_ptr<Response>> start(
      const ResponseWorld& world, respond::IncidentWitness& witness);
  Response(const ResponseWorld& world, respond::IncidentWitness& witness)  // for start
      : world_(world), witness_(witness) {}
  ~Response();
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

 private:
  base::Result<void> connect(const TenantSetting& tenant);
  void make_runner(respond::GuardSettings guard);
  void run(const std::stop_token& stop);

  ResponseWorld world_;
  respond::IncidentWitness& witness_;
  std::unique_ptr<AuditTeller> audit_;
  std::unique_ptr<ports::HttpClient> client_;
  std::unique_ptr<ports::AccessTokens> tokens_;
  std::unique_ptr<ports::Directory> directory_;
  std::unique_ptr<ports::AddressBlock> block_;     // null: the settings name no helper
  std::unique_ptr<respond::ActionRunner> runner_;  // null: the settings name no tenant
  Bell asked_;
  std::jthread thread_;
};

}  // namespace vedette::app
