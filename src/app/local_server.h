// Owns: what other programs on this machine may ask of a running `serve`: the HTTP routes, and a
// second listener for `vedette hunt` and `vedette import`, which may take long and must not keep
// health waiting.
// Promises: listens on this machine's own addresses only; the token is made once, from the system's
// randomness, and lies in the data folder for its owner alone. Must not know: what is asked.
// Started and stopped by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/hunt_request.h"
#include "app/import_request.h"
#include "app/service_log.h"
#include "app/service_status.h"
#include "base/result.h"
#include "base/secret.h"
#include "ports/incident_store.h"
#include "ports/random.h"

namespace vedette::app {

struct LocalServerSources {
  const Configuration& configuration;
  const DataLayout& data;
  ServiceLog& log;
  ports::Random& random;
  ports::IncidentStore& incidents;
  std::function<ServiceStatus()> status;
  HuntRunner hunt;
  ImportRooms import;
};

class LocalServer {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<LocalServer>> start(
      const LocalServerSources& sources);
  explicit LocalServer(const LocalServerSources& sources);  // for start
  ~LocalServer();

 private:
  struct Listeners;

  base::Result<void> listen();
  base::Result<base::Secret> find_token();
  [[nodiscard]] net::ReceiverReply answer_command(const Listeners& listeners,
                                                  const net::ReceivedRequest& request) const;

  LocalServerSources sources_;
  std::unique_ptr<Listeners> listeners_;
};

}  // namespace vedette::app
