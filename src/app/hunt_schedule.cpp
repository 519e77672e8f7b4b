#include "app/hunt_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/hunt_files.h"
#include "app/hunt_memory.h"
#include "app/hunt_outcome.h"
#include "app/remote_hunt.h"
#include "app/thread_load.h"
#include "base/encode.h"
#include "hunt/row_difference.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;

constexpr Duration look_interval = Duration::seconds(1);

std::string memory_path(const DataLayout& data, const PlannedHunt& planned) {
  return (data.folder / "hunts" / (planned.hunt.name + ".last")).string();
}

}  // namespace

Result<std::vector<PlannedHunt>> planned_hunts(const Configuration& configuration) {
  std::vector<PlannedHunt> planned;
  // Shipped hunts plan nothing by themselves.
  if (configuration.scheduled_hunts.empty() && configuration.hunts_folder.empty()) return planned;
  const auto files = VEDETTE_TRY(load_hunts(configuration.hunts_folder));
  for (const ScheduledHunt& plan : configuration.scheduled_hunts) {
    auto file = VEDETTE_TRY(find_hunt(plan.name, configuration.hunts_folder));
    VEDETTE_TRY(hunt::text_of(file.hunt, plan.parameters));
    if (!plan.on.empty()) VEDETTE_TRY(find_remote(configuration, plan.on));
    planned.push_back({std::move(file.hunt), plan});
  }
  for (const auto& file : files) {
    const bool is_planned = std::ranges::any_of(
        planned, [&](const PlannedHunt& each) { return each.hunt.name == file.hunt.name; });
    if (!file.hunt.every || is_planned) continue;
    VEDETTE_TRY(hunt::text_of(file.hunt, {}));
    planned.push_back({file.hunt, {file.hunt.name, *file.hunt.every, {}, {}}});
  }
  return planned;
}

Result<std::unique_ptr<HuntSchedule>> HuntSchedule::start(const HuntGround& ground) {
  auto planned = VEDETTE_TRY(planned_hunts(ground.configuration));
  if (planned.empty()) return nullptr;
  std::error_code error;
  std::filesystem::create_directories(ground.data.folder / "hunts", error);
  if (error) return base::system_failure("cannot make the folder hunts", error.value());
  auto schedule = std::make_unique<HuntSchedule>(ground, std::move(planned));
  HuntSchedule* made = schedule.get();
  made->thread_ = std::jthread([made](const std::stop_token& stop) { made->run(stop); });
  return schedule;
}

HuntSchedule::HuntSchedule(const HuntGround& ground, std::vector<PlannedHunt> planned)
    : ground_(ground) {
  for (auto& each : planned) {
    const HuntMemory memory = HuntMemory::load(memory_path(ground_.data, each));
    const base::Timestamp due = memory.ran.is_set() ? memory.ran + each.plan.every : memory.ran;
    entries_.push_back({std::move(each), due, {}});
  }
}

void HuntSchedule::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void HuntSchedule::run(const std::stop_token& stop) {
  name_thread("hunts");
  do {
    for (Entry& entry : entries_)
      if (!stop.stop_requested() && entry.due <= ground_.clock.now()) run_one(entry, stop);
  } while (ground_.clock.sleep(look_interval, stop));
}

void HuntSchedule::run_one(Entry& entry, const std::stop_token& stop) {
  const base::Timestamp now = ground_.clock.now();
  entry.due = now + entry.planned.plan.every;
  hunt::KeptRows answer;
  auto done = find(entry.planned, answer, stop);
  if (done) done = tell_new(entry.planned, answer, now);
  if (stop.stop_requested()) return;
  const std::string trouble = done ? "" : done.error().message;
  if (trouble == entry.trouble) return;
  entry.trouble = trouble;
  ground_.notice(!trouble.empty(),
                 fmt::format("hunt {}: {}", entry.planned.hunt.name,
                             trouble.empty() ? "runs again" : base::encode_terminal(trouble)));
}

Result<void> HuntSchedule::find(const PlannedHunt& planned, hunt::KeptRows& answer,
                                const std::stop_token& stop) const {
  const std::string text = VEDETTE_TRY(hunt::text_of(planned.hunt, planned.plan.parameters));
  if (!planned.plan.on.empty()) {
    const auto remote = VEDETTE_TRY(find_remote(ground_.configuration, planned.plan.on));
    return run_remotely(
        {ground_.functions.text_for(text) + text, {}, {}, base::limits::query_timeout_ms, stop},
        remote, ground_.configuration, ground_.sign_in, answer);
  }
  HuntRequest request;
  request.query = text;
  request.timeout_ms = base::limits::query_timeout_ms;
  const auto done = ground_.run(request, answer, stop);
  if (done) return {};
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("{}: {}", done.error().code, done.error().message));
}

// Kept after the alert: what is told twice after a crash between them is the same alert.
Result<void> HuntSchedule::tell_new(const PlannedHunt& planned, const hunt::KeptRows& answer,
                                    base::Timestamp now) {
  const std::string path = memory_path(ground_.data, planned);
  const HuntMemory last = HuntMemory::load(path);
  const auto places = hunt::rows_beside(answer, last.rows);
  if (!places.empty()) {
    const auto alert = alert_of(planned.hunt, answer, places, now, planned.plan.on);
    const auto recorded =
        VEDETTE_TRY(record_alert(alert, ground_.data.state(), ground_.configuration, now));
    ground_.notice(false, fmt::format("hunt {}: {} new rows", planned.hunt.name, places.size()));
    if (recorded.messages > 0) ground_.messages_wait();
  }
  HuntMemory found;
  found.ran = now;
  for (const auto& row : answer.rows()) found.rows.insert(key_of(answer, row));
  return found.save(path);
}

}  // namespace vedette::app
