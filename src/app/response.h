// Owns: responses in a running `serve`: the thread that carries actions out, and what it is joined
// with: Graph, the kill switch, the incidents, the log. Promises: without a tenant under [respond]
// nothing is there and no account is ever touched; once a day the end of the audit log is told in
// the service's own log, which lies elsewhere than the audit log. Must not know: what the guard
// weighs. Started and stopped by one thread.
#pragma once

#include <memory>
#include <thread>

#include "app/bell.h"
#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/service_log.h"
#include "ports/access_store.h"
#include "ports/access_tokens.h"
#include "ports/action_store.h"
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
};

class Response {
 public:
  // What `world` refers to outlives it, and the witness. Null: the settings name no tenant to act
  // in.
  [[nodiscard]] static base::Result<std::unique_ptr<Response>> start(
      const ResponseWorld& world, respond::IncidentWitness& witness);
  Response(const ResponseWorld& world, respond::IncidentWitness& witness)  // for start
      : world_(world), witness_(witness) {}
  ~Response();
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

 private:
  base::Result<void> connect(const TenantSetting& tenant);
  void run(const std::stop_token& stop);
  void tell_audit_head();

  ResponseWorld world_;
  respond::IncidentWitness& witness_;
  std::unique_ptr<ports::AccessStore> audit_;
  std::unique_ptr<ports::HttpClient> client_;
  std::unique_ptr<ports::AccessTokens> tokens_;
  std::unique_ptr<ports::Directory> directory_;
  std::unique_ptr<respond::ActionRunner> runner_;
  base::Duration head_due_;  // of the monotonic clock
  Bell asked_;
  std::jthread thread_;
};

}  // namespace vedette::app
