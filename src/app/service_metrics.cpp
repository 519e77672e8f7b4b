#include "app/service_metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <concepts>
#include <utility>
#include <vector>

namespace vedette::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = ClientMetric::Label;

class Families {
 public:
  template <typename Number>
  void counter(const char* name, const char* help, Number value, std::vector<Label> labels = {}) {
    add(MetricType::Counter, name, help, std::move(labels)).counter.value =
        static_cast<double>(value);
  }
  template <typename Number>
  void gauge(const char* name, const char* help, Number value, std::vector<Label> labels = {}) {
    add(MetricType::Gauge, name, help, std::move(labels)).gauge.value = static_cast<double>(value);
  }
  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  // Metrics of one name follow each other: one family.
  ClientMetric& add(MetricType type, const char* name, const char* help,
                    std::vector<Label> labels) {
    if (families_.empty() || families_.back().name != name) {
      MetricFamily family;
      family.name = name;
      family.help = help;
      family.type = type;
      families_.push_back(std::move(family));
    }
    ClientMetric metric;
    metric.label = std::move(labels);
    return families_.back().metric.emplace_back(std::move(metric));
  }

  std::vector<MetricFamily> families_;
};

void add_trunk(Families& f, const TrunkCounts& t) {
  f.counter("vedette_lines_total", "Log lines worked off", t.lines);
  f.counter("vedette_events_total", "Log-in events recognised", t.events);
  f.counter("vedette_quarantined_total", "Lines that could not be understood", t.quarantined);
  f.counter("vedette_journal_records_total", "Records of the journal worked off", t.records);
  f.counter("vedette_journal_broken_records_total", "Records that could not be read back",
            t.broken_records);
  f.counter("vedette_rows_stored_total", "Rows stored", t.rows_stored);
  f.counter("vedette_rows_repeated_total", "Rows left out because they were there",
            t.rows_repeated);
  f.counter("vedette_alert_changes_total", "Alerts opened, updated, closed, withdrawn",
            t.alert_changes);
  f.counter("vedette_incidents_opened_total", "Incidents opened", t.incidents_opened);
  f.counter("vedette_retries_total", "Attempts of storing that had to be made again", t.failures);
  f.gauge("vedette_detection_position", "Position of the journal up to which detection is",
          t.position);
  for (std::size_t i = 0; i < station_count; ++i)
    f.counter("vedette_station_cpu_seconds_total", "Processor time of the trunk's threads",
              t.cpu_seconds[i], {{"station", station_names[i]}});
}

void add_doors(Families& f, const std::vector<NamedDoorCounts>& doors) {
  const auto each = [&](const char* name, const char* help, auto member, auto add) {
    for (const auto& door : doors) (f.*add)(name, help, door.counts.*member, {{"door", door.name}});
  };
  constexpr auto counter = &Families::counter<std::uint64_t>;
  constexpr auto gauge = &Families::gauge<std::uint64_t>;
  using Counts = collect::SyslogDoorCounts;
  each("vedette_syslog_messages_total", "Messages taken", &Counts::messages, counter);
  each("vedette_syslog_bytes_total", "Bytes taken", &Counts::bytes, counter);
  each("vedette_syslog_cut_total", "Messages whose end is missing", &Counts::cut, counter);
  each("vedette_syslog_refused_total", "Connections and datagrams refused", &Counts::refused,
       counter);
  each("vedette_syslog_dropped_total", "Datagrams that came too fast", &Counts::dropped, counter);
  each("vedette_syslog_connections", "Connections open", &Counts::connections, gauge);
}

void add_feeds(Families& f, const std::vector<collect::cloud::FeedStatus>& feeds) {
  using Feed = collect::cloud::FeedStatus;
  const auto count = [&](const char* name, const char* help, std::uint64_t Feed::* member) {
    for (const auto& feed : feeds) f.counter(name, help, feed.*member, {{"source", feed.source}});
  };
  count("vedette_feed_pulls_total", "Live pulls that came to their last page", &Feed::pulls);
  count("vedette_feed_pages_total", "Pages read", &Feed::pages);
  count("vedette_feed_records_total", "Records read", &Feed::records);
  count("vedette_feed_fresh_records_total", "Records that were not known", &Feed::fresh);
  count("vedette_feed_failures_total", "Requests that failed", &Feed::failures);
  const auto gauge = [&](const char* name, const char* help, auto value) {
    for (const auto& feed : feeds) f.gauge(name, help, value(feed), {{"source", feed.source}});
  };
  gauge("vedette_feed_trouble", "1 while a feed cannot do its work",
        [](const Feed& feed) { return feed.trouble.empty() ? 0 : 1; });
  gauge("vedette_feed_read_until_seconds", "Up to when everything was read, Unix time",
        [](const Feed& feed) {
          return feed.read_until.is_set() ? feed.read_until.unix_seconds() : 0;
        });
  gauge("vedette_feed_lateness_seconds", "How late records came, at most, since the last sweep",
        [](const Feed& feed) { return feed.lateness_max.as_seconds(); });
  gauge("vedette_feed_overlap_seconds", "How far back each pull reads again",
        [](const Feed& feed) { return feed.overlap.as_seconds(); });
  gauge("vedette_feed_back_fill_left_seconds", "How much time before is yet to be read",
        [](const Feed& feed) {
          return feed.back_fill.is_wanted
                     ? (feed.back_fill.reached - feed.back_fill.goal).as_seconds()
                     : 0;
        });
}

void add_ingest(Families& f, const IngestCounts& counts) {
  f.counter("vedette_ingest_requests_total", "Requests whose rows are on the disk",
            counts.requests);
  f.counter("vedette_ingest_rows_total", "Rows in them", counts.rows);
  f.counter("vedette_ingest_bytes_total", "Bytes in them, unpacked", counts.bytes);
  f.counter("vedette_ingest_refused_total", "Requests refused for what they were", counts.refused);
  f.counter("vedette_ingest_turned_away_total", "Requests to be sent again", counts.turned_away);
}

}  // namespace

std::string format_metrics(const ServiceStatus& s) {
  Families f;
  add_trunk(f, s.trunk);
  f.gauge("vedette_journal_position", "Last position of the journal", s.journal_position);
  f.counter("vedette_acknowledged_records_total", "Records acknowledged to sources",
            s.intake.records);
  f.counter("vedette_acknowledged_bytes_total", "Bytes acknowledged to sources", s.intake.bytes);
  f.counter("vedette_cut_lines_total", "Lines longer than the limit", s.intake.cut_lines);
  f.counter("vedette_journal_waits_total", "Commits that had to be tried again", s.intake.waits);
  f.gauge("vedette_files_open", "Files followed", s.intake.progress.files);
  f.gauge("vedette_bytes_unread", "Bytes of followed files that are known to wait",
          s.intake.progress.bytes_known_total - s.intake.progress.bytes_read);
  add_doors(f, s.doors);
  add_feeds(f, s.feeds);
  add_ingest(f, s.ingest);
  f.gauge("vedette_indicators", "Indicators of compromise that events are held against",
          s.indicators);
  for (const auto& [list, times] : s.passed_over)
    f.counter("vedette_indicator_matches_passed_over_total", "Matches that warning lists took away",
              times, {{"list", list}});
  f.gauge("vedette_room_shortage", "1 while the disk has too little room to take lines",
          s.shortage.empty() ? 0 : 1);
  f.gauge("vedette_room_reserve_held", "1 while the reserve of room is there to be given up",
          s.reserve_trouble.empty() ? 1 : 0);
  f.gauge("vedette_ready", "1 while everything keeps up", s.reasons().empty() ? 1 : 0);
  for (const auto& channel : s.channels)
    f.counter("vedette_messages_sent_total", "Messages delivered", channel.sent,
              {{"channel", channel.name}});
  for (const auto& channel : s.channels)
    f.counter("vedette_messages_failed_total", "Messages refused by the service", channel.failed,
              {{"channel", channel.name}});
  for (const auto& channel : s.channels)
    f.gauge("vedette_messages_waiting", "Messages that wait to be sent", channel.waiting,
            {{"channel", channel.name}});
  return f.text();
}

}  // namespace vedette::app
