#include "app/policy_line.h"

#include "app/crash_point.h"
#include "app/policy_files.h"
#include "app/thread_load.h"

namespace vedette::app {
namespace {

// People are told at once: within this of an incident's coming.
constexpr base::Duration round_interval = base::Duration::seconds(10);

}  // namespace

base::Result<std::unique_ptr<PolicyLine>> PolicyLine::start(const PolicyGround& ground) {
  auto line = std::make_unique<PolicyLine>(ground);
  std::vector<respond::Policy> policies;
  for (auto& file : VEDETTE_TRY(load_policies(ground.configuration.policies_folder)))
    policies.push_back(std::move(file.policy));
  line->store_ = VEDETTE_TRY(store::sqlite::SqlitePolicies::open(ground.state_path));
  line->store_->when_full(ground.make_room);
  line->witness_ = std::make_unique<StoredIncidentWitness>(
      WitnessRooms{ground.configuration, ground.incidents, *line->store_, ground.clock,
                   ground.sign_in},
      policies);
  std::vector<std::string> channels;
  for (const auto& channel : ground.configuration.channels) channels.push_back(channel.name);
  line->rounds_ = std::make_unique<respond::PolicyRounds>(
      respond::PolicyRooms{ground.incidents, *line->store_, ground.actions, *line->witness_,
                           ground.clock, std::move(channels), ground.notice,
                           [](std::string_view name) { crash_point(name); }},
      std::move(policies));
  if (ground.configuration.incidents_write_back) {
    line->lines_ = std::make_unique<SentinelLines>(ground.configuration, ground.sign_in);
    line->write_back_ = std::make_unique<OriginWriteBack>(WriteBackRooms{
        ground.incidents, ground.clock,
        [lines = line->lines_.get()](const std::string& source) { return lines->line_to(source); },
        ground.notice});
  }
  PolicyLine& begun = *line;
  line->thread_ = std::jthread([&begun](const std::stop_token& stop) { begun.run(stop); });
  return line;
}

void PolicyLine::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void PolicyLine::run(const std::stop_token& stop) {
  name_thread("policies");
  std::string trouble;
  do {
    const auto done = rounds_->run(stop);
    if (write_back_ != nullptr)
      if (const auto told = write_back_->look(stop); !told)
        ground_.notice(true, "Sentinel is not told: " + told.error().message);
    if (!done && done.error().message != trouble)
      ground_.notice(true, "policies: " + done.error().message + "; trying again");
    trouble = done ? "" : done.error().message;
    if (done && done->messages > 0) ground_.messages_wait();
  } while (ground_.clock.sleep(round_interval, stop));
}

}  // namespace vedette::app
