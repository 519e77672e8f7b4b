#include "detect/parse_rate.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "model/alert_record.h"

namespace vedette::detect {

void ParseRateMonitor::judge(const ParseTotals& totals, std::string_view source,
                             std::string_view why, base::Timestamp now,
                             std::vector<ChangedAlert>& out) {
  latest_ = totals;
  const std::uint64_t unreadable = totals.unreadable - at_window_start_.unreadable;
  const std::uint64_t lines = totals.readable - at_window_start_.readable + unreadable;
  if (lines < window_lines) return;
  const bool bad = unreadable * 5 >= lines;
  const bool good = unreadable * 20 <= lines;
  if (bad && !is_open_) {
    open_ = {};
    open_.rule = "parse_rate";
    open_.id = base::hash_words(base::hash_bytes(source), judged_ + lines);
    open_.title = fmt::format("{} % of the log-in records of {} cannot be read",
                              unreadable * 100 / lines, source);
    open_.entities = {{model::EntityType::file, std::string(source)}};
    open_.first_event = at_window_start_.last_time;
    open_.reasons = {fmt::format("{} of the last {} records could not be read", unreadable, lines),
                     fmt::format("most often: {}", why),
                     "attacks may go unseen until this is mended"};
    open_.created = now;
  }
  if (bad || is_open_) {
    open_.last_event = totals.last_time;
    open_.event_count += unreadable;
    open_.updated = now;
  }
  if (bad && !is_open_) out.push_back({model::AlertChange::opened, open_});
  if (good && is_open_) {
    open_.status = model::AlertStatus::closed;
    open_.closed = now;
    open_.reasons.push_back("records can be read again");
    out.push_back({model::AlertChange::closed, open_});
  }
  is_open_ = bad || (is_open_ && !good);
  at_window_start_ = totals;
  judged_ += lines;
}

void ParseRateMonitor::skip(const ParseTotals& totals) {
  at_window_start_.readable += totals.readable - latest_.readable;
  at_window_start_.unreadable += totals.unreadable - latest_.unreadable;
  latest_ = totals;
}

void ParseRateMonitor::save(BlobWriter& out) const {
  out.put(latest_.readable - at_window_start_.readable);
  out.put(latest_.unreadable - at_window_start_.unreadable);
  out.put(at_window_start_.last_time);
  out.put(judged_);
  out.text(is_open_ ? model::write_alert(open_) : std::string());
}

void ParseRateMonitor::restore(BlobReader& in) {
  latest_ = {};
  at_window_start_.readable = 0 - in.take<std::uint64_t>();
  at_window_start_.unreadable = 0 - in.take<std::uint64_t>();
  at_window_start_.last_time = in.take<base::Timestamp>();
  judged_ = in.take<std::uint64_t>();
  const std::string text = in.text();
  is_open_ = in.good() && !text.empty();
  if (!is_open_) return;
  auto alert = model::read_alert(text);
  if (!alert) return in.fail();
  open_ = std::move(*alert);
}

}  // namespace vedette::detect
