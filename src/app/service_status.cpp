#include "app/service_status.h"

#include <fmt/format.h>

namespace vedette::app {
namespace {

// More than this many records of the journal behind is not keeping up.
constexpr std::uint64_t backlog_records_max = 1'000;

}  // namespace

std::vector<std::string> ServiceStatus::reasons() const {
  std::vector<std::string> reasons;
  if (!trunk.is_recovered) reasons.emplace_back("reading again what was done before the start");
  if (!trunk.trouble.empty()) reasons.push_back(trunk.trouble);
  if (!intake.trouble.empty()) reasons.push_back("the journal takes no lines: " + intake.trouble);
  if (!shortage.empty()) reasons.push_back(shortage);
  if (!reserve_trouble.empty()) reasons.push_back(reserve_trouble);
  if (!commit.error.empty() && intake.trouble.empty())
    reasons.push_back("the journal's last commit failed: " + commit.error);
  if (journal_position > trunk.position + backlog_records_max)
    reasons.push_back(fmt::format("{} records of the journal wait to be worked off",
                                  journal_position - trunk.position));
  return reasons;
}

}  // namespace vedette::app
