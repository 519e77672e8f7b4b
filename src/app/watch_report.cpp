#include "app/watch_report.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/encode.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::group_thousands;

std::string plural(std::uint64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", group_thousands(count), count == 1 ? one : many);
}

std::string rate_text(std::uint64_t bytes, base::Duration elapsed) {
  const double seconds = std::max(elapsed.as_seconds(), 0.001);
  return base::format_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds)) +
         "/s";
}

std::string catching_up_text(const collect::Progress& progress, const WatchTotals& totals) {
  const double share = progress.bytes_known_total == 0
                           ? 0
                           : static_cast<double>(progress.bytes_read) /
                                 static_cast<double>(progress.bytes_known_total);
  std::string text = fmt::format("reading {}: {:.0f} % of {}, {}",
                                 base::encode_terminal(progress.current_name, 60), share * 100,
                                 base::format_bytes(progress.bytes_known_total),
                                 rate_text(totals.counts.bytes, totals.elapsed));
  if (share > 0.01) {
    const double left_s = totals.elapsed.as_seconds() * (1 - share) / share;
    text += fmt::format(", {} left", base::format_duration(base::Duration::milliseconds(
                                         static_cast<std::int64_t>(left_s * 1000))));
  }
  return text;
}

std::string live_text(const WatchTotals& totals) {
  const auto& logins = totals.detectors.counts();
  return fmt::format("watching: {}, {} failed, {} succeeded, {} open",
                     plural(totals.counts.lines, "line", "lines"), group_thousands(logins.failures),
                     group_thousands(logins.successes),
                     plural(totals.alerts_open(), "alert", "alerts"));
}

std::string channel_text(const notify::ChannelCounters& channel) {
  std::string text = fmt::format("{}: {} sent", channel.name, channel.sent);
  if (channel.coalesced > 0) text += fmt::format(", {} folded into others", channel.coalesced);
  if (channel.retried > 0) text += fmt::format(", {} tried again", channel.retried);
  if (channel.failed > 0) text += fmt::format(", {} FAILED", channel.failed);
  if (channel.waiting > 0) text += fmt::format(", {} NOT DELIVERED", channel.waiting);
  if (!channel.broken.empty()) text += fmt::format(" ({})", channel.broken);
  return text;
}

}  // namespace

void WatchReport::clear_status() {
  if (status_shown_) fmt::print(stderr, "\r\x1b[K");
  status_shown_ = false;
}

void WatchReport::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_status();
  fmt::print(stderr, "{}\n", base::encode_terminal(text));
}

void WatchReport::warn(const std::string& text) {
  line("vedette: " + text);
}

void WatchReport::advise(std::string_view text) {
  const auto lines = base::split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i)
    line((i == 0 ? "vedette: " : "") + std::string(lines[i]));
}

void WatchReport::note(const std::string& text) {
  if (!quiet_) line(text);
}

void WatchReport::write_alert(std::string_view text) {
  alerts_ += text;
  constexpr std::size_t written_at_once_bytes = 256 * 1024;
  if (alerts_.size() >= written_at_once_bytes) flush_alerts();
}

void WatchReport::flush_alerts() {
  if (alerts_.empty()) return;
  const std::lock_guard lock(mutex_);
  clear_status();
  errno = 0;
  const bool written = std::fwrite(alerts_.data(), 1, alerts_.size(), stdout) == alerts_.size();
  if (!written || std::fflush(stdout) != 0) output_error_ = errno == 0 ? EIO : errno;
  alerts_.clear();
}

std::string WatchReport::output_error() const {
  if (output_error_ == 0 || output_error_ == EPIPE) return {};
  return fmt::format("cannot write to standard output: {}", std::strerror(output_error_));
}

void WatchReport::show_status(const collect::Progress& progress, const WatchTotals& totals) {
  if (!status_line_) return;
  constexpr std::size_t columns_max = 110;
  const std::string text =
      progress.catching_up ? catching_up_text(progress, totals) : live_text(totals);
  const std::lock_guard lock(mutex_);
  fmt::print(stderr, "\r\x1b[K{}", base::encode_terminal(text, columns_max));
  std::fflush(stderr);
  status_shown_ = true;
}

void WatchReport::summarise(const WatchTotals& totals, const normalise::Quarantine& quarantine,
                            const std::vector<notify::ChannelCounters>& channels) {
  if (quiet_) return;
  const auto& counts = totals.counts;
  const auto& logins = totals.detectors.counts();
  line(fmt::format("Read {} ({}) in {:.2f} s: {} of sshd, {} of other programs.",
                   plural(counts.lines, "line", "lines"), base::format_bytes(counts.bytes),
                   totals.elapsed.as_seconds(), group_thousands(counts.sshd_lines),
                   group_thousands(counts.other_programs)));
  line(fmt::format("Log-ins: {} failed, {} succeeded.", group_thousands(logins.failures),
                   group_thousands(logins.successes)));
  if (logins.allowed > 0)
    line(fmt::format("Allow list: {} counted and not alerted on.",
                     plural(logins.allowed, "failed attempt", "failed attempts")));
  if (counts.changes > 0)
    line(fmt::format("Accounts: {}.",
                     plural(counts.changes, "record of a change", "records of changes")));
  line(fmt::format("Alerts: {} opened, {} withdrawn, {} still open.",
                   group_thousands(totals.alerts_opened), group_thousands(totals.alerts_withdrawn),
                   group_thousands(totals.alerts_open())));
  const auto& arrivals = totals.detectors.arrivals();
  if (counts.duplicates + arrivals.duplicates > 0)
    line(fmt::format("Repeated records, counted once: {}.",
                     group_thousands(counts.duplicates + arrivals.duplicates)));
  if (arrivals.too_late > 0)
    line(fmt::format("Events later than --lateness allows: {}.",
                     group_thousands(arrivals.too_late)));
  if (totals.detectors.evicted() > 0)
    line(fmt::format("Memory was full: {} left early.",
                     plural(totals.detectors.evicted(), "record", "records")));
  if (totals.cut_lines > 0)
    line(fmt::format("Lines longer than 1 MB, cut there: {}.", group_thousands(totals.cut_lines)));
  for (const auto& reason : quarantine.by_reason())
    line(fmt::format("Not readable: {}: {} (--show-unreadable lists some).",
                     plural(reason.lines, "line", "lines"), reason.reason));
  for (const auto& channel : channels) line(channel_text(channel));
}

void WatchReport::list_unreadable(const normalise::Quarantine& quarantine) {
  for (const auto& reason : quarantine.by_reason()) {
    line(
        fmt::format("{} ({}), for example:", reason.reason, plural(reason.lines, "line", "lines")));
    for (const auto& sample : reason.samples) line("  " + sample);
  }
}

}  // namespace vedette::app
