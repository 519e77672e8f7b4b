#include "app/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "access/audit_chain.h"
#include "app/acknowledge_links.h"
#include "app/public_holidays.h"
#include "app/senders.h"
#include "app/thread_load.h"
#include "app/watch_options.h"
#include "base/encode.h"
#include "enrich/geo_database.h"
#include "net/system_resolver.h"
#include "normalise/health_rows.h"
#include "notify/outbox_queue.h"
#include "store/sqlite/sqlite_actions.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;

constexpr Duration idle_wait = Duration::milliseconds(500);
// Of the ten seconds that a stop may take: closing the files on a slow disk needs some of them too.
constexpr Duration drain_at_most = Duration::seconds(5);
constexpr Duration deliver_at_most = Duration::seconds(2);  // the rest waits in the outbox
constexpr Duration store_lock_at_most = Duration::seconds(8);
constexpr Duration health_interval = Duration::minutes(1);
constexpr Duration first_health_interval = Duration::seconds(10);  // whoever starts it looks soon
constexpr Duration upkeep_interval = Duration::minutes(10);
constexpr Duration rest_interval = Duration::seconds(10);
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
      {"policies", &Service::start_policies, &Service::stop_policies},
      {"response", &Service::start_response, &Service::stop_response},
      {"intel", &Service::start_intel, &Service::stop_intel},
      {"trunk", &Service::start_trunk, &Service::stop_trunk},
      {"upkeep", &Service::start_upkeep, &Service::stop_upkeep},
      {"hunts", &Service::start_hunts, &Service::stop_hunts},
      {"intake", &Service::start_intake, &Service::stop_intake},
      {"doors", &Service::open_doors, &Service::close_doors},
      {"clouds", &Service::start_clouds, &Service::stop_clouds},
      {"http", &Service::start_http, &Service::stop_http},
  };
  return list;
}

Service::Service(const Configuration& configuration, const ServiceWorld& world)
    : configuration_(configuration),
      world_(world),
      catalogue_(kql::built_in_schema()),
      functions_(configuration_.functions_folder, catalogue_),
      detection_settings_(configuration.identity, world.data.detections()),
      retention_(retention_of(configuration), retention_path(world.data.folder)),
      intel_(random_.next(), [this] { intel_changed_.ring(); }) {}

Service::~Service() {
  stop();
}

Result<std::unique_ptr<Service>> Service::start(const Configuration& configuration,
                                                const ServiceWorld& world) {
  auto service = std::make_unique<Service>(configuration, world);
  for (const Step& step : steps()) {
    const Duration begun = world.clock.monotonic();
    auto started = (service.get()->*step.start)();
    // A start on a full disk may use the reserve.
    if (!started && started.error().code == base::ErrorCode::limit_exceeded &&
        give_up_reserve(world.data))
      started = (service.get()->*step.start)();
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
  keeper_ = std::make_unique<RoomKeeper>(
      world_.data, configuration_.room_reserve_bytes, *room_,
      [this](bool is_problem, const std::string& text) { tell(is_problem, text); });
  keeper_->tick();
  commit_ = VEDETTE_TRY(journal::GroupCommit::start(*journal_, *room_));
  return {};
}

void Service::close_journal() {
  commit_->stop();
  commit_.reset();
  keeper_.reset();
  room_.reset();
  journal_.reset();
}

// ---- state and store ----

Result<void> Service::open_state() {
  incidents_ = VEDETTE_TRY(store::sqlite::SqliteIncidents::open(world_.data.state()));
  incidents_->when_full([this] { return keeper_->make_room(); });
  actions_ =
      VEDETTE_TRY(store::sqlite::SqliteActions::open(world_.data.state(), &access::audit_hash));
  room_incident_ = std::make_unique<RoomIncident>(*incidents_, book_settings(configuration_),
                                                  world_.data.folder.string());
  return {};
}

void Service::close_state() {
  room_incident_.reset();
  actions_.reset();
  incidents_.reset();
}

// Another process may have the store: a hunt or an import is over soon. `once` waits for it a
// while; otherwise the start goes on, the journal takes lines, and the trunk's thread tries again.
Result<void> Service::open_store() {
  const Duration deadline = world_.clock.monotonic() + store_lock_at_most;
  for (;;) {
    const auto opened = try_store();
    if (opened) return {};
    if (opened.error().code != base::ErrorCode::unavailable) return opened;
    if (!world_.once) return {};
    if (world_.clock.monotonic() >= deadline) return opened;
    world_.clock.sleep(idle_wait, {});
  }
}

Result<void> Service::try_store() {
  store::duckdb::SegmentStoreOptions options;
  options.folder = world_.data.store();
  options.places = geo_.get();
  auto opened = store::duckdb::SegmentStore::open(options, catalogue_, world_.clock);
  const std::lock_guard lock(line_mutex_);
  if (!opened) {
    if (store_trouble_.empty()) tell(true, opened.error().message + "; trying again");
    store_trouble_ = opened.error().message;
    return std::unexpected(opened.error());
  }
  if (!store_trouble_.empty()) tell(false, "the store is free and open");
  store_trouble_.clear();
  store_ = std::move(*opened);
  for (const auto& notice : store_->take_notices()) tell(true, notice);
  return {};
}

store::duckdb::SegmentStore* Service::store() {
  const std::lock_guard lock(line_mutex_);
  return store_.get();
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
  holidays_ = VEDETTE_TRY(load_public_holidays());
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
  const auto link = VEDETTE_TRY(acknowledge_links(configuration_, world_.data));
  for (const auto& setting : configuration_.channels) {
    auto sender = VEDETTE_TRY(
        make_sender(setting, configuration_,
                    {world_.clock, random_, configuration_.secrets, world_.data.folder, {}}));
    if (!setting.address.notice.empty()) tell(true, setting.address.notice);
    world_.log.info("channel", {{"name", setting.name}, {"to", sender->name()}});
    dispatcher_->add(std::move(sender),
                     std::make_unique<notify::OutboxQueue>(*incidents_, world_.clock, setting.name,
                                                           setting.rules, link));
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

// ---- policies ----

// What was due while we were away is due now, but nobody is locked by what was read before: the
// witness asks.
Result<void> Service::start_policies() {
  if (world_.once) return {};
  const bool can_act = configuration_.respond.find_tenant(configuration_.tenants) != nullptr;
  policies_ = VEDETTE_TRY(PolicyLine::start(
      {configuration_,
       world_.data.state(),
       *incidents_,
       can_act ? actions_.get() : nullptr,
       world_.clock,
       {world_.clock, random_, configuration_.secrets, world_.data.folder, {}},
       [this](bool is_problem, const std::string& text) { tell(is_problem, text); },
       [this] { dispatcher_->wake(); },
       [this] { return keeper_->make_room(); }}));
  return {};
}

void Service::stop_policies() {
  policies_.reset();
}

// ---- responses ----

Result<void> Service::start_response() {
  if (world_.once) return {};
  response_ = VEDETTE_TRY(Response::start(
      {configuration_, world_.data, *actions_, world_.log, world_.clock, random_, allow_list_},
      policies_->witness()));
  return {};
}

void Service::stop_response() {
  response_.reset();
}

// ---- the trunk ----

Result<void> Service::make_line() {
  auto made = VEDETTE_TRY(DetectionLine::make(
      {*journal_, *store_, *incidents_, *geo_, world_.clock, allow_list_, holidays_, configuration_,
       detection_settings_, catalogue_, intel_, random_.next(),
       [this](bool is_problem, const std::string& text) { tell(is_problem, text); },
       [this] { dispatcher_->wake(); }}));
  const std::lock_guard lock(line_mutex_);
  line_ = std::move(made);
  return {};
}

std::shared_ptr<DetectionLine> Service::line() {
  const std::lock_guard lock(line_mutex_);
  return line_;
}

Result<void> Service::start_trunk() {
  for (const auto& problem : VEDETTE_TRY(detection_settings_.load()))
    tell(true, fmt::format("{}: {}: {}; the settings file's holds", world_.data.detections(),
                           problem.setting, problem.message));
  if (store_) VEDETTE_TRY_VOID(make_line());
  trunk_thread_ = std::jthread([this](const std::stop_token& stop) { run_trunk(stop); });
  return {};
}

void Service::run_trunk(const std::stop_token& stop) {
  name_thread("trunk");
  bool goes_on = line() != nullptr || begin_line(stop);
  while (goes_on && !run_line(line()->trunk(), stop)) goes_on = begin_line(stop);
  trunk_ended_ = true;
  worked_off_.ring();
}

// As after a crash: what was in memory is forgotten and known again from the stores. False: the end
// came before that could be done.
bool Service::begin_line(const std::stop_token& stop) {
  while (!stop.stop_requested() && !draining_) {
    if (store() != nullptr || try_store()) {
      const auto made = make_line();
      if (made) return true;
      tell(true, "detection cannot begin: " + made.error().message);
    }
    world_.clock.sleep(line_pause, stop);
  }
  return false;
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
  if (const auto line = this->line()) line->trunk().want_checkpoint();
  arrived_.ring();
  const Duration deadline = world_.clock.monotonic() + drain_at_most;
  while (!trunk_ended_ && world_.clock.monotonic() < deadline)
    worked_off_.wait(Duration::milliseconds(100), {});
  trunk_thread_.request_stop();
  trunk_thread_.join();
}

// ---- hunts ----

kql::Checked<void> Service::run_hunt(const HuntRequest& request, kql::result::Sink& sink,
                                     const std::stop_token& stop) {
  kql::Inputs inputs = request.inputs;
  // Unless who asks wants the answer of another moment.
  if (inputs.now_ticks == 0) inputs.now_ticks = world_.clock.now().ticks;
  if (inputs.saved_functions.empty()) inputs.saved_functions = functions_.text_for(request.query);
  auto* store = this->store();
  if (store == nullptr)
    return kql::refuse("KQL503", {}, "another process has the store", "try again later");
  const auto external = external_reader(request.hosts, configuration_.hunt_hosts);
  return store->hunt(request.query, inputs,
                     {.timeout_ms = request.timeout_ms,
                      .stop = stop,
                      .external = external.get(),
                      .progress = request.progress,
                      .report = request.report},
                     sink);
}

Result<void> Service::start_hunts() {
  if (world_.once) return {};
  for (const std::string& problem : functions_.files()->problems)
    tell(true, "a function that no query can call: " + problem);
  hunts_ = VEDETTE_TRY(HuntSchedule::start(
      {configuration_,
       functions_,
       world_.data,
       world_.clock,
       {world_.clock, random_, configuration_.secrets, world_.data.folder, {}},
       [this](const HuntRequest& request, kql::result::Sink& sink, const std::stop_token& stop) {
         return run_hunt(request, sink, stop);
       },
       [this](bool is_problem, const std::string& text) { tell(is_problem, text); },
       [this] { dispatcher_->wake(); }}));
  return {};
}

void Service::stop_hunts() {
  hunts_.reset();
}

// ---- HTTP ----

Result<void> Service::start_http() {
  if (!configuration_.http_enabled || world_.once) return {};
  local_server_ = VEDETTE_TRY(LocalServer::start(
      {configuration_,
       world_.data,
       world_.log,
       random_,
       world_.clock,
       *incidents_,
       *actions_,
       [this] { return status(); },
       [this](const HuntRequest& request, kql::result::Sink& sink, const std::stop_token& stop) {
         return run_hunt(request, sink, stop);
       },
       catalogue_,
       functions_,
       {catalogue_, world_.clock,
        [this](ports::RawRecord record) { return intake_->add(std::move(record)); },
        [this]() -> Result<std::uint64_t> {
          auto* store = this->store();
          if (store == nullptr)
            return base::failure(base::ErrorCode::unavailable, "another process has the store");
          return intel_.is_behind() ? Result<std::uint64_t>(0) : store->watermark();
        }},
       intel_sources(),
       detection_settings_,
       retention_,
       [this]() -> Result<std::vector<ports::SegmentInformation>> {
         auto* store = this->store();
         if (store == nullptr) return std::vector<ports::SegmentInformation>();
         return store->segments();
       },
       [this] {
         const auto line = this->line();
         return line ? line->trunk().directory() : model::TenantDirectory();
       },
       [this] { return make_place_of(*geo_); },
       holidays_,
       world_.control}));
  return {};
}

std::string Service::web_address() const {
  return local_server_ ? local_server_->address() : std::string();
}

void Service::stop_http() {
  local_server_.reset();
}

// ---- upkeep ----

Result<void> Service::start_upkeep() {
  VEDETTE_TRY_VOID(retention_.load());
  health_ = std::make_unique<SourceHealthBook>();
  health_told_ = world_.clock.monotonic();
  health_due_ = health_told_ + first_health_interval;
  if (world_.once)
    keep_up();
  else
    upkeep_thread_ = std::jthread([this](const std::stop_token& stop) { run_upkeep(stop); });
  return {};
}

void Service::run_upkeep(const std::stop_token& stop) {
  name_thread("upkeep");
  Duration due = world_.clock.monotonic();
  do {
    if (world_.clock.monotonic() >= due || retention_.is_news()) {
      keep_up();
      due = world_.clock.monotonic() + upkeep_interval;
    }
    if (auto* store = this->store()) {
      if (const auto rested = store->rest(); !rested)
        world_.log.warning(
            "upkeep", {{"what", "letting go of idle days"}, {"error", rested.error().message}});
    }
  } while (world_.clock.sleep(rest_interval, stop));
}

void Service::stop_upkeep() {
  upkeep_thread_.request_stop();
  if (upkeep_thread_.joinable()) upkeep_thread_.join();
  health_.reset();
}

// An incident about ourselves. Where it cannot be recorded now the next look tries again.
void Service::tell_of_room(const std::string& met) {
  const auto look = [this](const std::string& shortage) {
    const auto told = room_incident_->look(shortage, world_.clock.now());
    if (!told)
      world_.log.debug("no incident of the room yet", {{"error", told.error().message}});
    else if (*told)
      dispatcher_->wake();
  };
  // One that is over already has its beginning and its end.
  if (!met.empty()) look(met);
  look(room_->shortage());
}

void Service::tick() {
  tell_of_room(keeper_->tick());
  const Duration now = world_.clock.monotonic();
  const auto feeds = tell_of_clouds();
  if (now < health_due_) return;
  const Duration interval = now - std::exchange(health_told_, now);
  health_due_ = now + health_interval;
  std::map<std::string, SourceCounts> counts;
  if (const auto line = this->line()) counts = line->trunk().take_source_counts();
  ports::RawRecord record;
  record.source = normalise::health_source;
  record.format = normalise::health_format;
  record.received = world_.clock.now();
  record.payload = feed_health(feeds, counts, record.received, interval);
  record.payload += health_->report(counts, intake_->counts().progress, record.received, interval) +
                    room_health(record.received);
  if (record.payload.empty()) return;
  // Without room it is left out: a later minute's says what matters.
  if (const auto added = intake_->add(std::move(record)); !added)
    return world_.log.debug("no health record", {{"error", added.error().message}});
  room_row_due_ = !keeper_->story().empty();
  keeper_->was_told();
}

// What was short of late, as soon as there is room to write it; then once that it is not any more.
std::string Service::room_health(base::Timestamp now) {
  normalise::SourceHealth health;
  health.time = now;
  health.source = "vedette:room";
  health.interval_s = health_interval.whole_seconds();
  health.message = keeper_->story();
  health.state = health.message.empty() ? "ok" : "short";
  if (health.message.empty() && !room_row_due_) return {};
  return normalise::format_health(health);
}

// ---- once ----

void Service::work_off(Duration messages_at_most, const std::stop_token& stop) {
  const auto is_done = [this] {
    const auto last = journal_->last_position();
    return intake_->counts().is_finished && journals_->is_finished() && clouds_->is_finished() &&
           last && last_counts().position >= *last;
  };
  while (!stop.stop_requested() && !is_done()) {
    worked_off_.wait(Duration::milliseconds(50), stop);
    tell_of_clouds();
  }
  tell_of_clouds();
  const Duration deadline = world_.clock.monotonic() + messages_at_most;
  const auto waiting = [this] {
    std::uint64_t messages = 0;
    for (const auto& channel : dispatcher_->counters())
      if (!channel.is_resting) messages += channel.waiting;  // the rest is for a later run
    return messages;
  };
  while (!stop.stop_requested() && waiting() > 0 && world_.clock.monotonic() < deadline)
    world_.clock.sleep(Duration::milliseconds(50), stop);
}

TrunkCounts Service::last_counts() {
  if (const auto line = this->line()) return line->trunk().counts();
  const std::lock_guard lock(line_mutex_);
  TrunkCounts none;
  none.trouble = store_trouble_;
  return none;
}

ServiceStatus Service::status() {
  ServiceStatus status;
  status.trunk = last_counts();
  if (intake_) status.intake = intake_->counts();
  if (syslog_) status.doors = syslog_->counts();
  if (clouds_) status.feeds = clouds_->status();
  if (ingest_) status.ingest = ingest_->counts();
  status.commit = commit_->status();
  status.journal_position = journal_->last_position().value_or(status.trunk.position);
  status.shortage = room_->shortage();
  status.reserve_trouble = keeper_->trouble();
  status.indicators = intel_.snapshot()->indicators();
  status.passed_over = intel_.passed_over();
  status.channels = dispatcher_->counters();
  // As the settings call them; they are in the order in which they were added.
  for (std::size_t i = 0; i < status.channels.size(); ++i)
    status.channels[i].name = configuration_.channels[i].name;
  return status;
}

}  // namespace vedette::app
