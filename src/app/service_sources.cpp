// The sources of a running service: files, the systemd journal, doors of the network, clouds; all
// of them → our journal.
#include <memory>
#include <utility>

#include "app/service.h"
#include "base/ip.h"
#include "collect/find_logs.h"

namespace vedette::app {
namespace {

using base::Result;

// Something that is not of this machine gives records, or is let in to do so.
bool has_remote_source(const Configuration& configuration) {
  return !configuration.syslog.empty() || configuration.ingest.is_open() ||
         !configuration.tenants.empty() || !configuration.misps.empty() ||
         !configuration.feeds.empty() || !configuration.taxiis.empty() ||
         !configuration.pulls.empty();
}

}  // namespace

// ---- files → journal ----

IntakeSettings Service::intake_settings() {
  IntakeSettings settings;
  settings.read_once = world_.once;
  for (const auto& file : configuration_.files) {
    (file.from_start ? settings.targets_from_start : settings.targets).push_back(file.path);
    if (file.is_windows) settings.windows_targets.push_back(file.path);
  }
  if (configuration_.files.empty() && configuration_.journals.empty()) {
    const auto found = collect::find_logs();
    if (!found.message.empty() && !has_remote_source(configuration_) && journal_settings().empty())
      tell(true, found.message);
    settings.targets = found.readable;
  }
  return settings;
}

// Where no file holds log-in records and nobody named a source, the systemd journal does.
std::vector<JournalSetting> Service::journal_settings() const {
  const bool is_named = !configuration_.files.empty() || !configuration_.journals.empty() ||
                        has_remote_source(configuration_);
  if (is_named || !collect::is_journal_the_place()) return configuration_.journals;
  return {JournalSetting{}};
}

Result<void> Service::start_intake() {
  const IntakeSettings settings = intake_settings();
  if (settings.targets.empty() && settings.targets_from_start.empty() &&
      journal_settings().empty() && !has_remote_source(configuration_)) {
    const std::string text =
        "there is nothing to read: name a log file under [[file]], a journal under "
        "[[systemd_journal]] or a cloud tenant under [[tenant]], or let others "
        "send under [[syslog]] or [ingest]";
    const bool has_pages = configuration_.http_enabled && !world_.once;
    if (!has_pages) return base::failure(base::ErrorCode::not_found, text);
    tell(true, text + "; or connect something in the web app");  // which has pages for it
  }
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

// ---- network and systemd journals → journal ----

Result<void> Service::open_doors() {
  syslog_ = std::make_unique<SyslogIntake>(
      *intake_, world_.clock, [this](collect::NoticeLevel level, const std::string& text) {
        tell(level != collect::NoticeLevel::information, text);
      });
  journals_ = std::make_unique<JournalIntake>(
      JournalIntakeRooms{*journal_, *intake_, world_.clock,
                         [this](collect::NoticeLevel level, const std::string& text) {
                           tell(level != collect::NoticeLevel::information, text);
                         }});
  for (const auto& journal : journal_settings()) {
    world_.log.info("following", {{"journal", journal.source()}});
    journals_->open(journal, world_.once);
  }
  if (world_.once) return {};
  for (const auto& door : configuration_.syslog) {
    const std::uint16_t port = VEDETTE_TRY(syslog_->open(door));
    world_.log.info("door open", {{"door", door.source()},
                                  {"address", base::format_ip(door.address)},
                                  {"port", static_cast<std::int64_t>(port)}});
  }
  if (!configuration_.ingest.is_open()) return {};
  ingest_ = VEDETTE_TRY(IngestDoor::open(
      configuration_.ingest, {catalogue_, world_.clock, [this](ports::RawRecord record) {
                                return intake_->add(std::move(record));
                              }}));
  world_.log.info("door open", {{"door", "ingest"},
                                {"address", base::format_ip(configuration_.ingest.address)},
                                {"port", static_cast<std::int64_t>(ingest_->port())}});
  return {};
}

void Service::close_doors() {
  if (ingest_) ingest_->stop();
  syslog_->stop();
  journals_->stop();
}

// ---- clouds → journal ----

Result<void> Service::start_clouds() {
  clouds_ = std::make_unique<CloudIntake>(
      CloudRooms{*intake_,
                 *journal_,
                 worked_off_,
                 {world_.clock, random_, configuration_.secrets, world_.data.folder, {}},
                 VEDETTE_TRY(push_ground())});
  for (const auto& tenant : configuration_.tenants)
    world_.log.info("collecting", {{"tenant", tenant.name}});
  for (const auto& misp : configuration_.misps)
    world_.log.info("collecting", {{"misp", misp.name}});
  for (const auto& feed : configuration_.feeds)
    world_.log.info("collecting", {{"feed", feed.name}});
  for (const auto& pull : configuration_.pulls)
    world_.log.info("collecting", {{"pull", pull.name}, {"from", pull.on}});
  for (const auto& taxii : configuration_.taxiis)
    world_.log.info("collecting", {{"taxii", taxii.name}});
  for (const auto& push : configuration_.pushes) world_.log.info("pushing", {{"push", push.name}});
  return clouds_->start(configuration_, world_.once);
}

std::vector<collect::cloud::FeedStatus> Service::tell_of_clouds() {
  auto feeds = clouds_->status();
  for (const auto& notice : cloud_story_.take(feeds, world_.clock.monotonic()))
    tell(notice.is_problem, notice.text);
  return feeds;
}

void Service::stop_clouds() {
  clouds_->stop();
}

}  // namespace vedette::app
