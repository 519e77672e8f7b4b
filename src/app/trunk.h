// Owns: an event's whole way in `serve` from the journal on, as one function: journal → normalise →
// enrich → store → detect → incident. (collect → journal is intake.h; notify drains the outbox on
// its own threads.) Left to right, never back.
// Promises: whatever moment the process dies at, the next one goes on so that each row is stored
// once and each alert is told once: rows are stored only for journal positions behind the store's
// watermark, changes of alerts recorded only for those behind the state's, and each watermark lies
// in the transaction of what it speaks of. What is before them is only read, to know what the
// detectors and the line identities knew. A failed append or commit is tried again until it
// succeeds or a stop is asked for; nothing is skipped. While more waits in the journal, rows are
// appended on a second thread beside the work on what comes next, one bite ahead at most; the order
// of commits is the same. Must not know: sources, channels, HTTP.
// Called from one thread; `counts` and `take_source_counts` from any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/detection.h"
#include "app/ingest_rows.h"
#include "app/intel_desk.h"
#include "app/row_writer.h"
#include "app/thread_load.h"
#include "base/hash.h"
#include "base/result.h"
#include "detect/login_detectors.h"
#include "incident/incident_book.h"
#include "normalise/authlog_normaliser.h"
#include "normalise/authlog_rows.h"
#include "normalise/change_rows.h"
#include "normalise/cloud/cloud_normaliser.h"
#include "normalise/health_rows.h"
#include "normalise/quarantine_rows.h"
#include "normalise/syslog_normaliser.h"
#include "normalise/windows/windows_normaliser.h"
#include "ports/clock.h"
#include "ports/event_store.h"
#include "ports/geo_lookup.h"
#include "ports/incident_store.h"
#include "ports/journal.h"

namespace vedette::app {

struct TrunkRooms {
  ports::Journal& journal;
  ports::EventStore& store;
  ports::IncidentStore& incidents;
  incident::IncidentBook& book;
  detect::LoginDetectors& detectors;
  detect::PrivilegeWatch& privileges;
  const ports::GeoLookup& geo;
  ports::Clock& clock;
  normalise::StampOptions stamps;
  // A line for the log. Called from the trunk's thread.
  std::function<void(bool is_problem, const std::string& text)> notice;
  // Messages were put in the outbox. Called from the trunk's thread; may be empty.
  std::function<void()> messages_wait = {};
  // How late a source's records may come; empty: as late as the detectors let any.
  std::function<base::Duration(std::string_view source)> lateness_of = {};
  // The cloud tenant whose feed a source is; empty: none is known.
  normalise::cloud::TenantOf tenant_of = {};
  // What columns tables have, for rows that others send; null: such records have no reader.
  const kql::Catalogue* catalogue = nullptr;
  // Judges what clouds tell of people, in place of the log-in detectors; null: they do.
  detect::identity::IdentityWatch* identities = nullptr;
  // Settings of `identities` that hold from now on; nothing: as before. May be empty.
  std::function<std::optional<detect::identity::IdentitySettings>()> new_settings = {};
  // Judges what Windows hosts tell of sessions; null: only guessing is looked for.
  detect::windows::WindowsWatch* windows = nullptr;
  // Judges log-ins from and to indicators of compromise, and who knows those; null: nobody does.
  detect::IndicatorWatch* indicators = nullptr;
  IntelDesk* intel = nullptr;
};

struct TrunkCounts {
  std::uint64_t position = 0;  // of the journal, worked off
  std::uint64_t records = 0;   // worked off in this run, without what was only read again
  std::uint64_t lines = 0, events = 0, quarantined = 0;  // of these
  std::uint64_t rows_stored = 0, rows_repeated = 0, rows_updated = 0;
  std::uint64_t alert_changes = 0;
  std::uint64_t incidents_opened = 0, incidents_changed = 0;
  std::uint64_t messages = 0;                       // put in the outbox
  std::uint64_t failures = 0;                       // attempts that had to be made again
  std::uint64_t broken_records = 0;                 // of the journal
  std::array<double, station_count> cpu_seconds{};  // of the trunk's threads, by Station
  std::string trouble;        // what is tried again at this moment; empty: nothing
  bool is_recovered = false;  // what was done before the start has been read
};

// What came from one source.
struct SourceCounts {
  std::string format;  // of its records
  std::uint64_t records = 0, bytes = 0, lines = 0, events = 0, unreadable = 0;
  // Time of receipt minus time of the last event, of records that were written while we watched.
  std::uint64_t timed_records = 0;
  double lateness_s_sum = 0, lateness_s_max = 0;
  base::Timestamp last_received;
};

class Trunk {
 public:
  explicit Trunk(TrunkRooms rooms);
  ~Trunk();
  // Finds out where to go on; before the first step. False: the detectors' checkpoint is none of
  // theirs (another version, other settings), and this trunk must not be used.
  [[nodiscard]] base::Result<bool> recover(bool from_checkpoint = true);
  // The next commit of incidents takes the detectors' state along, whatever the time: the end
  // comes.
  void want_checkpoint() { checkpoint_wanted_ = true; }
  // One bite of the journal, or what time brings when there is none. True when there was one; the
  // last one that there is is in the store and the state when this returns. An
  // error: the stop came while something was tried again; what was not done is done by the next
  // run.
  [[nodiscard]] base::Result<bool> step(const std::stop_token& stop);

  [[nodiscard]] TrunkCounts counts() const;
  // Who is in the tenants by now.
  [[nodiscard]] model::TenantDirectory directory() const;
  // By source, since the last call.
  [[nodiscard]] std::map<std::string, SourceCounts> take_source_counts();

 private:
  struct IpHash {
    std::size_t operator()(const base::IpAddress& address) const {
      return base::hash_words(address.high, address.low);
    }
  };
  // One record of the journal on its way.
  struct Passage;

  // What was made of a bite of the journal, until the store and the state have it.
  struct Bite {
    RowsToStore rows;
    std::vector<incident::AlertNews> news;
    std::vector<model::IncidentReading> readings;
    std::optional<std::string> memory;  // as of these rows; mostly none
  };

  void work_on(const ports::JournalRecord& record);
  [[nodiscard]] Bite take(std::uint64_t position, base::Timestamp received);
  [[nodiscard]] RowsToStore take_rows(std::uint64_t position, base::Timestamp received);
  [[nodiscard]] bool rows_are_done(std::uint64_t position) const;
  [[nodiscard]] std::uint64_t next_watermark() const;
  void match(const RowsToStore& rows);
  [[nodiscard]] std::optional<std::string> due_memory(std::uint64_t position);
  [[nodiscard]] base::Result<void> finish(bool goes_on, const std::stop_token& stop);
  void normalise(Passage& passage);
  void normalise_lines(Passage& passage);
  void normalise_messages(Passage& passage);
  void normalise_cloud(Passage& passage);
  void normalise_windows(Passage& passage);  // trunk_windows.cpp
  void add_windows_rows();                   // there too
  [[nodiscard]] ReadRun run_of(std::size_t events, std::size_t changes) const;
  void enrich(Passage& passage);
  [[nodiscard]] const model::Location& place_of(const base::IpAddress& address);
  [[nodiscard]] std::string_view quarantined_most(std::string_view format) const;
  void make_rows(const Passage& passage);
  void detect(const Passage& passage);
  void count(const Passage& passage);
  [[nodiscard]] base::Result<void> store(const RowsToStore& rows, const std::stop_token& stop);
  [[nodiscard]] base::Result<void> record(Bite& bite, const std::stop_token& stop);
  [[nodiscard]] base::Result<void> pass_time(const std::stop_token& stop);
  [[nodiscard]] base::Result<std::vector<ports::JournalRecord>> read(std::uint64_t after,
                                                                     const std::stop_token& stop);
  void take_broken();
  void tell_broken(std::uint64_t first, std::uint64_t last);
  [[nodiscard]] base::Result<void> mend_store();
  // What all on the way know and the stores do not: learned zones, the parse rate, the detectors.
  [[nodiscard]] std::string save_memory() const;
  [[nodiscard]] base::Result<void> restore_memory(std::string_view blob);
  // Makes the attempt until it succeeds or a stop is asked for, mending after each failure; it ends
  // too when the mending says `refused`.
  template <typename T>
  [[nodiscard]] base::Result<T> insist(const std::string& what, const std::stop_token& stop,
                                       const std::function<base::Result<T>()>& attempt,
                                       const std::function<base::Result<void>()>& mend);
  void set_trouble(const std::string& text);

  TrunkRooms rooms_;
  normalise::AuthlogNormaliser normaliser_;
  normalise::SyslogNormaliser messages_{rooms_.stamps.zone};
  normalise::QuarantineRows quarantine_;
  normalise::AuthlogRows rows_{rooms_.stamps, quarantine_};
  normalise::ChangeRows change_rows_;
  normalise::HealthRows health_rows_;
  normalise::cloud::CloudNormaliser cloud_{quarantine_, rooms_.tenant_of};
  normalise::windows::WindowsNormaliser windows_{rooms_.stamps.zone, quarantine_};
  normalise::cloud::CloudCounts other_counts_;  // of all answers and Windows events
  // Of all tenants. Changed by the trunk's thread under directory_mutex_, and read there without.
  model::TenantDirectory directory_;
  mutable std::mutex directory_mutex_;
  std::unique_ptr<IngestRows> ingest_rows_;  // null without a catalogue
  Detection detection_;

  std::uint64_t position_ = 0;  // everything up to it was worked on
  std::uint64_t stored_ = 0;    // the store's watermark
  std::uint64_t recorded_ = 0;  // the state's watermark
  std::uint64_t detected_ = 0;  // what the detectors know from their checkpoint
  std::atomic<bool> checkpoint_wanted_ = false;
  base::Duration checkpoint_due_, checkpoint_allowed_;
  std::uint64_t unsaved_lines_ = 0;               // worked off since the last checkpoint
  std::vector<incident::AlertNews> news_;         // that wait to be recorded
  std::vector<model::IncidentReading> readings_;  // of others' incidents, that wait too
  bool is_new_ = false;                           // changes of alerts are news, not memory
  std::uint64_t repeated_rows_ = 0;               // that the store left out
  std::uint64_t waiting_rows_ = 0;                // about how many wait to be stored
  std::vector<normalise::RejectedLine> rejected_;
  std::vector<model::ChangeEvent> changes_;  // of the record that is worked on
  std::unordered_map<std::string, std::uint32_t> sources_;
  std::unordered_map<base::IpAddress, model::Location, IpHash> places_;
  base::Timestamp latest_written_;
  std::optional<Bite> waiting_;  // for the store, then for the state
  bool is_begun_ = false;        // its append runs on the writer's thread
  RowWriter writer_{rooms_.store};
  StationLoad load_;
  base::Timestamp last_time_;  // event time of the latest record of any source

  mutable std::mutex mutex_;
  TrunkCounts counts_;                                 // guarded by mutex_
  std::map<std::string, SourceCounts> source_counts_;  // guarded by mutex_
};

}  // namespace vedette::app
