#include "app/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/senders.h"
#include "app/watch_options.h"
#include "base/encode.h"
#include "collect/find_logs.h"
#include "enrich/geo_database.h"
#include "net/system_resolver.h"
#include "normalise/health_rows.h"
#include "notify/outbox_queue.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;

constexpr Duration idle_wait = Duration::milliseconds(500);
constexpr Duration drain_at_most = Duration::seconds(7);    // of the ten that a stop may take
constexpr Duration deliver_at_most = Duration::seconds(2);  // the rest waits in the outbox
constexpr Duration store_lock_at_most = Duration::seconds(8);
constexpr Duration health_interval = Duration::minutes(1);
constexpr Duration upkeep_interval = Duration::minutes(10);
constexpr Duration line_pause = Duration::seconds(1);

journal::RoomReserve reserve_of(const Configuration& configuration) {
  if (configuration.room_reserve_bytes == 0) return {};
  return {configuration.room_reserve_bytes, 0};
}

}  // namespace

// What is started, in this order; what is stopped, in the reverse one.
const std::vector<Service::Step>& Service::steps() {
  static const std::vector<Step> list{
      {"journal", &Service::open_journal, &Service::close_journal},
      {"state", &Service::open_state, &Service::close_state},
      {"places", &Service::open_places, &Service::close_places},
      {"store", &Service::open_store, &Service::close_store},
      {"delivery", &Service::start_delivery, &Service::stop_delivery},
      {"trunk", &Service::start_trunk, &Service::stop_trunk},
      {"upkeep", &Service::start_upkeep, &Service::stop_upkeep},
      {"intake", &Service::start_intake, &Service::stop_intake},
      {"doors", &Service::open_doors, &Service::close_doors},
      {"http", &Service::start_http, &Service::stop_http},
  };
  return list;
}

Service::Service(const Configuration& configuration, const ServiceWorld& world)
    : configuration_(configuration), world_(world), catalogue_(kql::built_in_schema()) {}

Service::~Service() {
  stop();
}

Result<std::unique_ptr<Service>> Service::start(const Configuration& configuration,
                                                const ServiceWorld& world) {
  auto service = std::make_unique<Service>(configuration, world);
  for (const Step& step : steps()) {
    const Duration begun = world.clock.monotonic();
    const auto started = (service.get()->*step.start)();
    if (!started) return std::unexpected(base::Error(started.error()).within(step.name));
    ++service->started_;
    world.log.debug("started", {{"step", step.name},
                                {"ms", (world.clock.monotonic() - begun).whole_milliseconds()}});
  }
  return service;
}

void Service::stop() {
  for (; started_ > 0; --started_) {
    const Step& step = steps()[started_ - 1];
    const Duration begun = world_.clock.monotonic();
    (this->*step.stop)();
    world_.log.debug("stopped", {{"step", step.name},
                                 {"ms", (world_.clock.monotonic() - begun).whole_milliseconds()}});
  }
}

void Service::tell(bool is_problem, const std::string& text) {
  is_problem ? world_.log.warning("notice", {{"text", text}})
             : world_.log.info("notice", {{"text", text}});
}

// ---- the journal ----

Result<void> Service::open_journal() {
  journal_ = VEDETTE_TRY(store::sqlite::SqliteJournal::open(world_.data.journal()));
  room_ = std::make_unique<journal::RoomWatch>(disk_, world_.clock, world_.data.folder.string(),
                                               reserve_of(configuration_));
  commit_ = VEDETTE_TRY(journal::GroupCommit::start(*journal_, *room_));
  return {};
}

void Service::close_journal() {
  commit_->stop();
  commit_.reset();
  room_.reset();
  journal_.reset();
}

// ---- state and store ----

Result<void> Service::open_state() {
  incidents_ = VEDETTE_TRY(store::sqlite::SqliteIncidents::open(world_.data.state()));
  return {};
}

void Service::close_state() {
  incidents_.reset();
}

Result<void> Service::open_store() {
  store::duckdb::SegmentStoreOptions options;
  options.folder = world_.data.store();
  options.places = geo_.get();
  // A hunt of another process that reads the store now is over soon.
  const Duration deadline = world_.clock.monotonic() + store_lock_at_most;
  for (bool told = false;; told = true) {
    auto opened = store::duckdb::SegmentStore::open(options, catalogue_, world_.clock);
    if (opened) {
      store_ = std::move(*opened);
      break;
    }
    const bool is_busy = opened.error().code == base::ErrorCode::unavailable;
    if (!is_busy || world_.clock.monotonic() >= deadline) return std::unexpected(opened.error());
    if (!told) tell(true, opened.error().message + "; trying again");
    world_.clock.sleep(idle_wait, {});
  }
  for (const auto& notice : store_->take_notices()) tell(true, notice);
  return {};
}

void Service::close_store() {
  store_.reset();
}

// ---- what detection needs to know of the world ----

Result<void> Service::open_places() {
  std::vector<std::string> notices;
  net::SystemResolver resolver;
  WatchOptions allowed;
  allowed.allow = configuration_.allow;
  allowed.allow_files = configuration_.allow_files;
  allow_list_ = VEDETTE_TRY(make_allow_list(allowed, resolver, world_.clock.now(), notices));
  for (const auto& notice : notices) tell(true, notice);
  const std::vector<std::filesystem::path> named(configuration_.place_databases.begin(),
                                                 configuration_.place_databases.end());
  auto opened =
      named.empty() ? enrich::GeoDatabase::open_first() : enrich::GeoDatabase::open(named);
  if (opened) {
    for (const auto& credit : (*opened)->credits()) world_.log.info("places", {{"credit", credit}});
    geo_ = std::move(*opened);
    return {};
  }
  if (!named.empty()) return std::unexpected(opened.error());
  tell(true, "places stay unknown: " + opened.error().message);
  geo_ = std::make_unique<enrich::GeoDatabase>();
  return {};
}

void Service::close_places() {
  geo_.reset();
  allow_list_ = {};
}

// ---- outbox → channels ----

Result<void> Service::start_delivery() {
  dispatcher_ = std::make_unique<notify::Dispatcher>(notify::DeliveryWorld{
      world_.clock, random_, [this](const std::string& text) { tell(true, text); }});
  for (const auto& setting : configuration_.channels) {
    auto sender = VEDETTE_TRY(make_sender(setting, configuration_));
    if (!setting.address.notice.empty()) tell(true, setting.address.notice);
    world_.log.info("channel", {{"name", setting.name}, {"to", sender->name()}});
    dispatcher_->add(std::move(sender), std::make_unique<notify::OutboxQueue>(
                                            *incidents_, world_.clock, setting.name));
  }
  return {};
}

void Service::stop_delivery() {
  for (const auto& channel : dispatcher_->drain(deliver_at_most))
    if (channel.waiting > 0)
      world_.log.warning("messages wait for the next start",
                         {{"channel", channel.name}, {"messages", channel.waiting}});
  dispatcher_.reset();
}

// ---- the trunk ----

Result<void> Service::make_line() {
  auto made = VEDETTE_TRY(DetectionLine::make(
      {*journal_, *store_, *incidents_, *geo_, world_.clock, allow_list_, configuration_,
       random_.next(),
       [this](bool is_problem, const std::string& text) { tell(is_problem, text); }}));
  const std::lock_guard lock(line_mutex_);
  line_ = std::move(made);
  return {};
}

std::shared_ptr<DetectionLine> Service::line() {
  const std::lock_guard lock(line_mutex_);
  return line_;
}

Result<void> Service::start_trunk() {
  VEDETTE_TRY_VOID(make_line());
  trunk_thread_ = std::jthread([this](const std::stop_token& stop) { run_trunk(stop); });
  return {};
}

void Service::run_trunk(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (run_line(line()->trunk(), stop)) break;
    // As after a crash: everything in memory is forgotten and known again from the stores.
    while (!stop.stop_requested()) {
      const auto made = make_line();
      if (made) break;
      tell(true, "detection cannot begin again: " + made.error().message);
      if (!world_.clock.sleep(line_pause, stop)) break;
    }
  }
  trunk_ended_ = true;
  worked_off_.ring();
}

bool Service::run_line(Trunk& trunk, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto stepped = trunk.step(stop);
    for (const auto& notice : store_->take_notices()) tell(true, notice);
    if (!stepped) {
      if (!stop.stop_requested()) tell(true, "detection begins again: " + stepped.error().message);
      return stop.stop_requested();
    }
    if (*stepped) continue;
    if (draining_) return true;  // nothing waits, and nothing will come
    worked_off_.ring();
    arrived_.wait(idle_wait, stop);
  }
  return true;
}

// The thread ends by itself when it has done what there is; after that time a stop cuts it short.
void Service::stop_trunk() {
  draining_ = true;
  line()->trunk().want_checkpoint();
  arrived_.ring();
  const Duration deadline = world_.clock.monotonic() + drain_at_most;
  while (!trunk_ended_ && world_.clock.monotonic() < deadline)
    worked_off_.wait(Duration::milliseconds(100), {});
  trunk_thread_.request_stop();
  trunk_thread_.join();
}

// ---- HTTP ----

Result<void> Service::start_http() {
  if (!configuration_.http_enabled || world_.once) return {};
  local_server_ = VEDETTE_TRY(LocalServer::start(
      {configuration_, world_.data, world_.log, random_, *incidents_, [this] { return status(); },
       [this](const HuntRequest& request, kql::result::Sink& sink, const std::stop_token& stop) {
         kql::Inputs inputs = request.inputs;
         inputs.now_ticks = world_.clock.now().ticks;
         return store_->hunt(request.query, inputs,
                             {.timeout_ms = request.timeout_ms, .stop = stop}, sink);
       }}));
  return {};
}

void Service::stop_http() {
  local_server_.reset();
}

// ---- upkeep ----

Result<void> Service::start_upkeep() {
  health_ = std::make_unique<SourceHealthBook>();
  health_due_ = world_.clock.monotonic() + health_interval;
  if (world_.once)
    keep_up();
  else
    upkeep_thread_ = std::jthread([this](const std::stop_token& stop) { run_upkeep(stop); });
  return {};
}

void Service::run_upkeep(const std::stop_token& stop) {
  do {
    keep_up();
  } while (world_.clock.sleep(upkeep_interval, stop));
}

// Days that are over are sealed, days that are due go, and the journal lets go of what everybody
// has done.
void Service::keep_up() {
  const base::Timestamp now = world_.clock.now();
  const auto problem = [this](const char* what, const base::Error& error) {
    world_.log.warning("upkeep", {{"what", what}, {"error", error.message}});
  };
  if (const auto sealed = store_->seal_finished_days(now); !sealed)
    problem("sealing days", sealed.error());
  const auto retained = store_->apply_retention(
      {Duration::hours(24 * configuration_.store_keep_days), configuration_.store_bytes_max}, now);
  if (!retained)
    problem("retention", retained.error());
  else if (retained->segments_deleted > 0)
    world_.log.info("retention",
                    {{"days", retained->segments_deleted}, {"bytes", retained->bytes_freed}});
  const auto stored = store_->watermark();
  const auto recorded = incidents_->watermark();
  if (!stored || !recorded) return;
  ports::TrimPolicy policy;
  policy.consumed = std::min(*stored, *recorded);
  // What detection would have to read again from its checkpoint on stays.
  if (const auto checkpoint = incidents_->detector_checkpoint(); checkpoint && *checkpoint)
    policy.consumed = std::min(policy.consumed, (*checkpoint)->position);
  policy.received_before = now - Duration::hours(24 * configuration_.journal_keep_days);
  policy.bytes_max = configuration_.journal_bytes_max;
  for (bool more = true; more;) {
    const auto trimmed = journal_->trim(policy);
    if (!trimmed) return problem("trimming the journal", trimmed.error());
    more = trimmed->records > 0;
  }
}

void Service::stop_upkeep() {
  upkeep_thread_.request_stop();
  if (upkeep_thread_.joinable()) upkeep_thread_.join();
  health_.reset();
}

void Service::tick() {
  const Duration now = world_.clock.monotonic();
  if (now < health_due_) return;
  health_due_ = now + health_interval;
  ports::RawRecord record;
  record.source = normalise::health_source;
  record.format = normalise::health_format;
  record.received = world_.clock.now();
  record.payload =
      health_->take_minute(line()->trunk().take_source_counts(), intake_->counts().progress,
                           record.received, health_interval);
  if (record.payload.empty()) return;
  // Without room it is left out: the next minute's says what matters.
  if (const auto added = intake_->add(std::move(record)); !added)
    world_.log.debug("no health record", {{"error", added.error().message}});
}

// ---- files → journal ----

IntakeSettings Service::intake_settings() {
  IntakeSettings settings;
  settings.read_once = world_.once;
  for (const auto& file : configuration_.files)
    (file.from_start ? settings.targets_from_start : settings.targets).push_back(file.path);
  if (configuration_.files.empty()) {
    const auto found = collect::find_logs();
    if (!found.message.empty() && configuration_.syslog.empty()) tell(true, found.message);
    settings.targets = found.readable;
  }
  return settings;
}

Result<void> Service::start_intake() {
  const IntakeSettings settings = intake_settings();
  if (settings.targets.empty() && settings.targets_from_start.empty() &&
      configuration_.syslog.empty())
    return base::failure(base::ErrorCode::not_found,
                         "there is nothing to read: name a log file under [[file]], or let others "
                         "send under [[syslog]]");
  for (const auto& target : settings.targets) world_.log.info("following", {{"file", target}});
  for (const auto& target : settings.targets_from_start)
    world_.log.info("following", {{"file", target}, {"read", "all"}});
  intake_ = std::make_unique<Intake>(
      IntakeRooms{*journal_, *commit_, world_.clock, arrived_,
                  [this](collect::NoticeLevel level, const std::string& text) {
                    tell(level != collect::NoticeLevel::information, text);
                  }},
      settings);
  intake_->start();
  return {};
}

void Service::stop_intake() {
  intake_->stop();
  // Kept for the last numbers; nothing runs in it any more.
}

// ---- network → journal ----

Result<void> Service::open_doors() {
  syslog_ = std::make_unique<SyslogIntake>(
      *intake_, world_.clock, [this](collect::NoticeLevel level, const std::string& text) {
        tell(level != collect::NoticeLevel::information, text);
      });
  if (world_.once) return {};
  for (const auto& door : configuration_.syslog) {
    const std::uint16_t port = VEDETTE_TRY(syslog_->open(door));
    world_.log.info("door open", {{"door", door.source()},
                                  {"address", base::format_ip(door.address)},
                                  {"port", static_cast<std::int64_t>(port)}});
  }
  return {};
}

void Service::close_doors() {
  syslog_->stop();
}

// ---- once ----

void Service::work_off(Duration messages_at_most, const std::stop_token& stop) {
  const auto is_done = [this] {
    const auto last = journal_->last_position();
    return intake_->counts().is_finished && last && line()->trunk().counts().position >= *last;
  };
  while (!stop.stop_requested() && !is_done()) worked_off_.wait(Duration::milliseconds(50), stop);
  const Duration deadline = world_.clock.monotonic() + messages_at_most;
  const auto waiting = [this] {
    std::uint64_t messages = 0;
    for (const auto& channel : dispatcher_->counters()) messages += channel.waiting;
    return messages;
  };
  while (!stop.stop_requested() && waiting() > 0 && world_.clock.monotonic() < deadline)
    world_.clock.sleep(Duration::milliseconds(50), stop);
}

TrunkCounts Service::last_counts() {
  return line()->trunk().counts();
}

ServiceStatus Service::status() {
  ServiceStatus status;
  status.trunk = line()->trunk().counts();
  if (intake_) status.intake = intake_->counts();
  if (syslog_) status.doors = syslog_->counts();
  status.commit = commit_->status();
  status.journal_position = journal_->last_position().value_or(status.trunk.position);
  status.shortage = room_->shortage();
  status.channels = dispatcher_->counters();
  // As the settings call them; they are in the order in which they were added.
  for (std::size_t i = 0; i < status.channels.size(); ++i)
    status.channels[i].name = configuration_.channels[i].name;
  return status;
}

}  // namespace vedette::app
