// The trunk's station for Windows events.
#include <algorithm>
#include <iterator>

#include "app/trunk_passage.h"

namespace vedette::app {

void Trunk::normalise_windows(Passage& passage) {
  const bool is_stored = rows_are_done(passage.record.position);
  const bool is_syslog = passage.record.record.format == model::syslog_format;
  const auto counts = is_syslog
                          ? windows_.read_messages(passage.batch, messages_.entries(), !is_stored)
                          : windows_.read(passage.batch, !is_stored);
  other_counts_.records += counts.records;
  other_counts_.unreadable += counts.unreadable;
  std::ranges::copy(windows_.attempts(), std::back_inserter(passage.events));
  passage.windows = windows_.log_ons();
  std::ranges::copy(windows_.changes(), std::back_inserter(changes_));
  // Hosts send each in its own time: it goes on, never back.
  if (!passage.windows.empty())
    last_time_ = std::max(last_time_, passage.windows.back().event.time);
  passage.unreadable += counts.unreadable;
  if (is_syslog) return;  // its messages are counted as lines, and are one run with these
  passage.runs.push_back(run_of(passage.events.size(), changes_.size()));
  passage.lines = counts.records;
}

void Trunk::add_windows_rows() {
  windows_.add_log_on_rows([this](const base::IpAddress& address) -> const model::Location& {
    return place_of(address);
  });
}

}  // namespace vedette::app
