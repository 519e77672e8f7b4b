// Owns: the rooms of a running `serve`: the start list and its mirror, the stop list, and the
// threads between them: intake (files → journal), doors (network → journal), cloud feeds → journal,
// trunk (journal → rows and incidents), policies, responses, hunts, one for each channel, upkeep
// (retention), HTTP.
// Promises: what was started is stopped in the reverse order, each step told in the log; `stop`
// lets what was read be worked off, for at most drain_s; what is not done by then is done by the
// next start. Must not know: the command line, signals. One thread but for `status` and `hunt`.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/bell.h"
#include "app/cloud_intake.h"
#include "app/cloud_story.h"
#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/detection_line.h"
#include "app/detection_settings.h"
#include "app/function_files.h"
#include "app/hunt_schedule.h"
#include "app/ingest_door.h"
#include "app/intake.h"
#include "app/intel_desk.h"
#include "app/journal_intake.h"
#include "app/local_server.h"
#include "app/policy_line.h"
#include "app/response.h"
#include "app/retention_settings.h"
#include "app/room_incident.h"
#include "app/room_keeper.h"
#include "app/serve_control.h"
#include "app/service_log.h"
#include "app/service_status.h"
#include "app/source_health.h"
#include "app/syslog_intake.h"
#include "base/result.h"
#include "detect/allow_list.h"
#include "journal/group_commit.h"
#include "journal/room_watch.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_random.h"
#include "notify/dispatcher.h"
#include "store/disk/system_disk_space.h"
#include "store/duckdb/segment_store.h"
#include "store/sqlite/sqlite_incidents.h"
#include "store/sqlite/sqlite_journal.h"
#include "store/sqlite/sqlite_pushes.h"

namespace vedette::app {

class RetroHunt;

struct ServiceWorld {
  ports::Clock& clock;
  ServiceLog& log;
  DataLayout data;
  bool once = false;                      // read what is there, and no more
  const ServeControl* control = nullptr;  // null: pages connect nothing
};

class Service {
 public:
  // Everything runs when it returns. An error says which step could not be done; those before it
  // have been taken back.
  [[nodiscard]] static base::Result<std::unique_ptr<Service>> start(
      const Configuration& configuration, const ServiceWorld& world);
  Service(const Configuration& configuration, const ServiceWorld& world);  // for start
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // What comes round by itself while nothing else happens; called about once a second.
  void tick();
  // Waits until everything that was there when it started is read, detected and told, at most that
  // long for the messages. For `once`.
  void work_off(base::Duration messages_at_most, const std::stop_token& stop);
  // The stop list. What could not be delivered waits for the next start.
  void stop();

  [[nodiscard]] ServiceStatus status();
  // Of the web app; empty: there is none.
  [[nodiscard]] std::string web_address() const;
  // Also after the stop, and before the trunk could begin.
  [[nodiscard]] TrunkCounts last_counts();

 private:
  struct Step {
    const char* name;
    base::Result<void> (Service::*start)();
    void (Service::*stop)();
  };
  static const std::vector<Step>& steps();

  base::Result<void> open_journal();
  void close_journal();
  base::Result<void> open_state();
  void close_state();
  base::Result<void> open_store();
  void close_store();
  base::Result<void> open_places();
  void close_places();
  base::Result<void> start_delivery();
  void stop_delivery();
  base::Result<void> start_response();
  void stop_response();
  base::Result<void> start_http();
  void stop_http();
  base::Result<void> start_trunk();
  void stop_trunk();
  base::Result<void> start_policies();
  void stop_policies();
  base::Result<void> start_hunts();
  void stop_hunts();
  kql::Checked<void> run_hunt(const HuntRequest& request, kql::result::Sink& sink,
                              const std::stop_token& stop);
  [[nodiscard]] IntelSourceRooms intel_sources();
  bool refresh_intel(const std::stop_token& stop);
  void look_back(RetroHunt& hunt, base::Timestamp loaded, const std::stop_token& stop);
  [[nodiscard]] base::Result<PushGround> push_ground();
  base::Result<void> start_intel();
  void stop_intel();
  base::Result<void> start_upkeep();
  void stop_upkeep();
  base::Result<void> start_intake();
  void stop_intake();
  base::Result<void> open_doors();
  void close_doors();
  base::Result<void> start_clouds();
  void stop_clouds();
  std::vector<collect::cloud::FeedStatus> tell_of_clouds();

  [[nodiscard]] base::Result<void> try_store();
  // Null while another process has it.
  [[nodiscard]] store::duckdb::SegmentStore* store();
  void run_trunk(const std::stop_token& stop);
  [[nodiscard]] bool begin_line(const std::stop_token& stop);
  // False: this line is done, a new one goes on.
  bool run_line(Trunk& trunk, const std::stop_token& stop);
  void run_upkeep(const std::stop_token& stop);
  void keep_up();
  void forget_incidents(const Retention& kept, base::Timestamp now);
  [[nodiscard]] std::string room_health(base::Timestamp now);
  void tell_of_room(const std::string& met);
  [[nodiscard]] base::Result<void> make_line();
  [[nodiscard]] std::shared_ptr<DetectionLine> line();
  void tell(bool is_problem, const std::string& text);
  [[nodiscard]] IntakeSettings intake_settings();
  [[nodiscard]] std::vector<JournalSetting> journal_settings() const;

  const Configuration configuration_;
  const ServiceWorld world_;
  std::size_t started_ = 0;  // of the steps
  net::SystemRandom random_;
  store::disk::SystemDiskSpace disk_;
  kql::SchemaCatalogue catalogue_;
  const FunctionFolder functions_;
  std::unique_ptr<store::sqlite::SqliteJournal> journal_;
  std::unique_ptr<journal::RoomWatch> room_;
  std::unique_ptr<RoomKeeper> keeper_;
  bool room_row_due_ = false;  // that all is well again
  std::unique_ptr<journal::GroupCommit> commit_;
  std::unique_ptr<store::sqlite::SqliteIncidents> incidents_;
  std::unique_ptr<RoomIncident> room_incident_;
  std::unique_ptr<ports::GeoLookup> geo_;
  detect::AllowList allow_list_;
  std::shared_ptr<const detect::identity::PublicHolidays> holidays_;  // null: there is no list
  DetectionSettings detection_settings_;
  RetentionSettings retention_;
  Bell intel_changed_;  // indicators were stored
  IntelDesk intel_;
  std::unique_ptr<notify::Dispatcher> dispatcher_;
  std::unique_ptr<ports::ActionStore> actions_;
  std::unique_ptr<PolicyLine> policies_;  // null with `once`
  std::unique_ptr<Response> response_;    // null with `once`
  std::unique_ptr<HuntSchedule> hunts_;   // null with `once`, and when none is planned
  std::unique_ptr<LocalServer> local_server_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<JournalIntake> journals_;
  std::unique_ptr<SyslogIntake> syslog_;
  std::unique_ptr<store::sqlite::SqlitePushes> pushes_;  // null: nothing is pushed
  std::unique_ptr<CloudIntake> clouds_;
  CloudStory cloud_story_;
  std::unique_ptr<IngestDoor> ingest_;  // null without [ingest]
  std::unique_ptr<SourceHealthBook> health_;

  Bell arrived_;     // something is in the journal
  Bell worked_off_;  // the trunk has done all that there was
  std::atomic<bool> draining_ = false, trunk_ended_ = false;
  std::mutex line_mutex_;
  // Guarded by line_mutex_; once they are there they stay until everything is stopped.
  std::unique_ptr<store::duckdb::SegmentStore> store_;
  std::string store_trouble_;            // why it is not open
  std::shared_ptr<DetectionLine> line_;  // may be made anew
  base::Duration health_told_, health_due_;
  std::jthread upkeep_thread_, trunk_thread_, intel_thread_;
};

}  // namespace vedette::app
