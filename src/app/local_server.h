// Owns: what browsers and programs may ask of a running `serve`: the API with the web app, and a
// second listener for `vedette hunt` and `vedette import`. Promises: without TLS listens on this
// machine's own addresses only; the data folder's token is made once, from the system's randomness,
// and lies there for its owner alone; while there is no administrator, each start makes a new link
// for the set-up, which lies there too; requests are worked on by threads of their own, so that a
// long query keeps nobody else waiting. Must not know: what is asked. Started and stopped by one
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/detection_settings.h"
#include "app/function_files.h"
#include "app/hunt_request.h"
#include "app/import_request.h"
#include "app/intel_sources.h"
#include "app/retention_settings.h"
#include "app/serve_control.h"
#include "app/service_log.h"
#include "app/service_status.h"
#include "base/result.h"
#include "base/secret.h"
#include "detect/identity/calendar.h"
#include "detect/identity/observed.h"
#include "kql/catalogue/schema_catalogue.h"
#include "model/tenant_directory.h"
#include "ports/action_store.h"
#include "ports/clock.h"
#include "ports/incident_store.h"
#include "ports/random.h"

namespace vedette::app {

struct LocalServerSources {
  const Configuration& configuration;
  const DataLayout& data;
  ServiceLog& log;
  ports::Random& random;
  ports::Clock& clock;
  ports::IncidentStore& incidents;
  ports::ActionStore& actions;
  std::function<ServiceStatus()> status;
  HuntRunner hunt;
  const kql::SchemaCatalogue& catalogue;
  const FunctionFolder& functions;
  ImportRooms import;
  IntelSourceRooms intel;
  DetectionSettings& detections;
  RetentionSettings& retention;
  std::function<base::Result<std::vector<ports::SegmentInformation>>()> segments;
  std::function<model::TenantDirectory()> directory;  // who is in the tenants by now
  std::function<detect::identity::PlaceOf()> place_of;
  std::shared_ptr<const detect::identity::PublicHolidays> holidays;  // may be null
  const ServeControl* control = nullptr;                             // null: nothing is connected

  // Where people, keys and what is connected lie.
  [[nodiscard]] const DataLayout& home() const { return control == nullptr ? data : control->home; }
};

class LocalServer {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<LocalServer>> start(
      const LocalServerSources& sources);
  explicit LocalServer(const LocalServerSources& sources);  // for start
  ~LocalServer();

  // Of the web app: "http://127.0.0.1:8343".
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  struct Listeners;

  base::Result<void> listen();
  base::Result<void> tell_setup_link(const base::Secret& key, const std::string& address);

  LocalServerSources sources_;
  std::string address_;
  std::unique_ptr<Listeners> listeners_;
};

}  // namespace vedette::app
