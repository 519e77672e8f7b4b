#include "app/journal_intake.h"

#include <algorithm>
#include <utility>

#include "app/thread_load.h"
#include "normalise/account_message.h"
#include "normalise/authlog_rows.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr Duration look_interval = Duration::seconds(1);

}  // namespace

std::vector<std::string> login_identifiers() {
  std::vector<std::string> names{"sshd", "sshd-session", "sshd-auth"};
  for (const auto program : normalise::account_programs()) names.emplace_back(program);
  return names;
}

JournalIntake::~JournalIntake() {
  stop();
}

void JournalIntake::open(const JournalSetting& setting, bool read_once) {
  auto lane = std::make_unique<Lane>();
  lane->source = setting.source();
  collect::SystemdJournalOptions options;
  options.name = setting.source();
  options.folder = setting.folder;
  options.from_start = setting.from_start;
  options.read_once = read_once;
  if (!setting.everything) options.identifiers = login_identifiers();
  // A journal that cannot say has other troubles, which are told; this one is begun as a new one.
  options.cursor = rooms_.journal.cursor(lane->source).value_or(std::nullopt);
  lane->is_new = !options.cursor.has_value();
  lane->journal = std::make_unique<collect::SystemdJournal>(std::move(options), rooms_.clock);
  Lane& kept = *lanes_.emplace_back(std::move(lane));
  kept.thread = std::jthread([this, &kept](const std::stop_token& stop) { run(kept, stop); });
}

void JournalIntake::stop() {
  for (const auto& lane : lanes_) lane->thread.request_stop();
  for (const auto& lane : lanes_)
    if (lane->thread.joinable()) lane->thread.join();
}

bool JournalIntake::is_finished() const {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane->is_finished.load(); });
}

ports::RawRecord JournalIntake::place_of(const Lane& lane) const {
  ports::RawRecord record;
  record.source = lane.source;
  record.format = normalise::authlog_format;
  record.cursor = lane.journal->cursor();
  record.received = rooms_.clock.now();
  return record;
}

void JournalIntake::run(Lane& lane, const std::stop_token& stop) {
  name_thread("journal");
  // From here on nothing is passed over, also when we end before the first entry comes.
  if (lane.is_new && !lane.journal->cursor().empty() && !rooms_.intake.commit(place_of(lane), stop))
    return;
  while (!stop.stop_requested() && !lane.journal->finished()) {
    const auto read = lane.journal->next(look_interval, stop);
    for (const auto& notice : lane.journal->take_notices())
      rooms_.notice(notice.level, notice.text);
    if (!read) {
      rooms_.notice(collect::NoticeLevel::error, lane.source + ": " + read.error().message);
      rooms_.clock.sleep(look_interval, stop);
      continue;
    }
    if (!*read) continue;
    // What is not committed is read again.
    if (!rooms_.intake.commit(record_of(**read, lane.source, normalise::authlog_format), stop))
      return;
  }
  lane.is_finished = true;
}

}  // namespace vedette::app
