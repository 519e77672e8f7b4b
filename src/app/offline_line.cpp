#include "app/offline_line.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/data_lock.h"
#include "app/detection_line.h"
#include "app/detection_settings.h"
#include "app/environment.h"
#include "app/intel_desk.h"
#include "app/public_holidays.h"
#include "app/warning_list_files.h"
#include "app/watch_options.h"
#include "enrich/geo_database.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_random.h"
#include "net/system_resolver.h"
#include "store/duckdb/segment_store.h"
#include "store/sqlite/sqlite_incidents.h"
#include "store/sqlite/sqlite_journal.h"

namespace vedette::app {

using base::Result;

struct OfflineLine::Rooms {
  Rooms(DataLock taken, Configuration read, const DataLayout& data)
      : lock(std::move(taken)),
        configuration(std::move(read)),
        settings(configuration.identity, data.detections()) {}

  DataLock lock;
  const Configuration configuration;
  DetectionSettings settings;
  const kql::SchemaCatalogue catalogue{kql::built_in_schema()};
  net::SystemRandom random;
  IntelDesk intel{random.next(), [] {}};
  std::vector<std::string> notices;
  detect::AllowList allow_list;
  std::unique_ptr<enrich::GeoDatabase> places;
  std::unique_ptr<store::sqlite::SqliteJournal> journal;
  std::unique_ptr<store::sqlite::SqliteIncidents> incidents;
  std::unique_ptr<store::duckdb::SegmentStore> store;
  std::shared_ptr<DetectionLine> line;
};

OfflineLine::OfflineLine(std::unique_ptr<Rooms> rooms) : rooms_(std::move(rooms)) {}
OfflineLine::~OfflineLine() = default;

Result<std::unique_ptr<OfflineLine>> OfflineLine::open(const std::string& folder,
                                                       ports::Clock& clock) {
  const DataLayout data{std::filesystem::absolute(folder)};
  auto lock = VEDETTE_TRY(DataLock::take(data.folder.string(), data.lock()));
  auto configuration = load_configuration(find_configuration_file(), environment_variable);
  if (!configuration)
    return base::failure(base::ErrorCode::invalid_argument, configuration.error().front());
  configuration->channels.clear();
  auto made = std::make_unique<Rooms>(std::move(lock), *std::move(configuration), data);
  Rooms& rooms = *made;
  for (const auto& problem : VEDETTE_TRY(rooms.settings.load()))
    rooms.notices.push_back(problem.setting + ": " + problem.message);
  net::SystemResolver resolver;
  WatchOptions allowed;
  allowed.allow = rooms.configuration.allow;
  allowed.allow_files = rooms.configuration.allow_files;
  rooms.allow_list = VEDETTE_TRY(make_allow_list(allowed, resolver, clock.now(), rooms.notices));
  auto places = enrich::GeoDatabase::open_first();
  rooms.places = places ? *std::move(places) : std::make_unique<enrich::GeoDatabase>();
  rooms.journal = VEDETTE_TRY(store::sqlite::SqliteJournal::open(data.journal()));
  rooms.incidents = VEDETTE_TRY(store::sqlite::SqliteIncidents::open(data.state()));
  store::duckdb::SegmentStoreOptions options;
  options.folder = data.store();
  options.places = rooms.places.get();
  rooms.store = VEDETTE_TRY(store::duckdb::SegmentStore::open(options, rooms.catalogue, clock));
  rooms.intel.set_warning_lists(
      load_warning_lists(rooms.configuration.intel.warning_lists, rooms.notices));
  VEDETTE_TRY(rooms.intel.refresh(*rooms.store, clock.now(), {}));
  const auto holidays = VEDETTE_TRY(load_public_holidays());
  rooms.line = VEDETTE_TRY(DetectionLine::make({*rooms.journal,
                                                *rooms.store,
                                                *rooms.incidents,
                                                *rooms.places,
                                                clock,
                                                rooms.allow_list,
                                                holidays,
                                                rooms.configuration,
                                                rooms.settings,
                                                rooms.catalogue,
                                                rooms.intel,
                                                rooms.random.next(),
                                                [&rooms](bool is_problem, const std::string& text) {
                                                  if (is_problem) rooms.notices.push_back(text);
                                                },
                                                {}}));
  return std::make_unique<OfflineLine>(std::move(made));
}

Result<void> OfflineLine::add(ports::RawRecord record) {
  VEDETTE_TRY_VOID(rooms_->journal->append({&record, 1}));
  return {};
}

Result<void> OfflineLine::work_off() {
  rooms_->line->trunk().want_checkpoint();
  const std::stop_token never;
  while (VEDETTE_TRY(rooms_->line->trunk().step(never))) {
  }
  return {};
}

TrunkCounts OfflineLine::counts() const {
  return rooms_->line->trunk().counts();
}

std::vector<std::string> OfflineLine::take_notices() {
  auto notices = std::exchange(rooms_->notices, {});
  for (auto& each : rooms_->store->take_notices()) notices.push_back(std::move(each));
  return notices;
}

}  // namespace vedette::app
