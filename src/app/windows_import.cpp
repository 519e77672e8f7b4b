#include "app/windows_import.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "app/command.h"
#include "app/import_file.h"
#include "app/import_request.h"
#include "app/offline_line.h"
#include "app/running_serve.h"
#include "app/windows_text.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "collect/evtx_file.h"
#include "normalise/windows/windows_normaliser.h"

namespace vedette::app {
namespace {

using base::Result;

// What goes into the journal at once.
constexpr std::size_t payload_bytes_wanted = 2 * 1024 * 1024;

struct WindowsTotals {
  std::uint64_t records = 0, unreadable = 0, recovered = 0;
  std::map<std::string, std::uint64_t> reasons;
};

// Where payloads go.
class Destination {
 public:
  static Result<std::unique_ptr<Destination>> open(const std::string& folder, ports::Clock& clock) {
    auto destination = std::make_unique<Destination>(clock);
    auto line = OfflineLine::open(folder, clock);
    if (line) {
      destination->line_ = *std::move(line);
      return destination;
    }
    if (line.error().code == base::ErrorCode::unavailable)
      if (auto serve = RunningServe::find({folder})) {
        destination->handover_.emplace(*std::move(serve), std::string(windows_table), clock);
        return destination;
      }
    return std::unexpected(line.error());
  }
  explicit Destination(ports::Clock& clock) : clock_(clock) {}

  Result<void> put(std::string payload) {
    if (handover_) {
      handover_->set_body(std::move(payload));
      return handover_->send();
    }
    ports::RawRecord record;
    record.source = "import:windows";
    record.format = normalise::windows::windows_format;
    record.received = clock_.now();
    record.payload = std::move(payload);
    return line_->add(std::move(record));
  }
  // Everything is stored and judged, or the running serve has it.
  Result<void> finish() {
    if (line_) return line_->work_off();
    if (!handover_->wait_until_stored())
      print_error(
          "the running serve has the events, and is still storing them; hunts see them later");
    return {};
  }
  [[nodiscard]] OfflineLine* line() { return line_.get(); }

 private:
  ports::Clock& clock_;
  std::unique_ptr<OfflineLine> line_;
  std::optional<ImportHandover> handover_;
};

// Records of one kind, gathered to payloads.
class Gathered {
 public:
  Gathered(Destination& destination, bool is_json) : destination_(destination), is_json_(is_json) {}

  Result<void> add(std::string_view record) {
    if (!payload_.empty() && payload_.size() + record.size() > payload_bytes_wanted)
      VEDETTE_TRY_VOID(flush());
    if (is_json_) payload_ += payload_.empty() ? '[' : ',';
    payload_ += record;
    if (!is_json_) payload_ += '\n';
    return {};
  }
  Result<void> flush() {
    if (payload_.empty()) return {};
    if (is_json_) payload_ += ']';
    return destination_.put(std::exchange(payload_, {}));
  }

 private:
  Destination& destination_;
  const bool is_json_;
  std::string payload_;
};

void count(WindowsTotals& totals, const std::string& reason, std::uint64_t times = 1) {
  totals.unreadable += times;
  totals.reasons[reason] += times;
}

// Event log files: one process reads many of them, and what they hold is gathered over all of them,
// since most are small.
class EventLogs {
 public:
  explicit EventLogs(Destination& destination) : gathered_(destination, false) {}

  Result<void> add(const std::string& file, WindowsTotals& totals) {
    const auto counts =
        VEDETTE_TRY(reader_.read(file, [&](std::string_view xml) { return gathered_.add(xml); }));
    totals.records += counts.records;
    totals.recovered += counts.recovered;
    for (const auto& [reason, times] : counts.reasons) count(totals, reason, times);
    if (counts.is_damaged) print_error(fmt::format("{}: the file is damaged", file));
    return {};
  }
  Result<void> flush() { return gathered_.flush(); }

 private:
  Gathered gathered_;
  collect::EvtxReader reader_;
};

Result<void> import_xml(TextSource& text, Destination& destination, WindowsTotals& totals) {
  Gathered gathered(destination, false);
  XmlEvents events;
  for (;;) {
    const std::string_view piece = VEDETTE_TRY(text.next());
    const bool is_end = piece.empty();
    events.add(piece);
    while (const auto event = events.next(is_end)) {
      if (event->is_whole) {
        ++totals.records;
        VEDETTE_TRY_VOID(gathered.add(event->text));
      } else {
        count(totals, "has no end, or is longer than an event may be");
      }
    }
    if (is_end) return gathered.flush();
  }
}

Result<void> import_json(std::unique_ptr<TextSource> text, Destination& destination,
                         WindowsTotals& totals) {
  Gathered gathered(destination, true);
  const auto records = read_json_records(std::move(text));
  for (;;) {
    const Record record = VEDETTE_TRY(records->next());
    if (record.kind == Record::Kind::end) return gathered.flush();
    if (record.kind == Record::Kind::too_long) {
      count(totals, "longer than an event may be");
    } else if (!base::parse_json(record.json)) {
      // In an array it would take its neighbours along.
      ++totals.records;
      VEDETTE_TRY_VOID(gathered.flush());
      VEDETTE_TRY_VOID(destination.put(std::string(record.json)));
    } else {
      ++totals.records;
      VEDETTE_TRY_VOID(gathered.add(record.json));
    }
  }
}

Result<void> import_one(const std::string& file, Destination& destination, EventLogs& event_logs,
                        WindowsTotals& totals) {
  auto opened = VEDETTE_TRY(open_windows_text(file));
  if (collect::is_evtx(opened.begin)) {
    if (file == "-")
      return base::failure(
          base::ErrorCode::invalid_argument,
          "an event log file is read from the disk: it cannot come on standard input");
    return event_logs.add(file, totals);
  }
  VEDETTE_TRY_VOID(event_logs.flush());  // in the order that was asked for
  if (base::trim(opened.begin).starts_with('<'))
    return import_xml(*opened.text, destination, totals);
  return import_json(std::move(opened.text), destination, totals);
}

void report(const WindowsTotals& totals, Destination& destination) {
  fmt::print("windows: {} records", base::group_thousands(totals.records));
  if (totals.recovered > 0)
    fmt::print(" ({} of them recovered)", base::group_thousands(totals.recovered));
  if (OfflineLine* line = destination.line()) {
    const TrunkCounts counts = line->counts();
    fmt::print(", {} rows stored", base::group_thousands(counts.rows_stored));
    if (counts.rows_repeated > 0)
      fmt::print(", {} there already", base::group_thousands(counts.rows_repeated));
    if (counts.rows_updated > 0)
      fmt::print(", {} in place of older ones", base::group_thousands(counts.rows_updated));
    if (counts.quarantined > 0)
      fmt::print(", {} in the quarantine", base::group_thousands(counts.quarantined));
    fmt::print("; {} incidents opened", base::group_thousands(counts.incidents_opened));
    for (const auto& notice : line->take_notices()) print_error(notice);
  } else {
    fmt::print(" handed to the running serve");
  }
  if (totals.unreadable > 0)
    fmt::print(", {} unreadable", base::group_thousands(totals.unreadable));
  fmt::print("\n");
  for (const auto& [reason, times] : totals.reasons)
    fmt::print("  {:>9}  {}\n", base::group_thousands(times), base::encode_terminal(reason, 200));
}

}  // namespace

int import_windows(const std::vector<std::string>& files, const std::string& folder,
                   ports::Clock& clock) {
  const auto destination = Destination::open(folder, clock);
  if (!destination) {
    print_error(destination.error().message);
    return exit_failed;
  }
  WindowsTotals totals;
  EventLogs event_logs(**destination);
  int code = exit_done;
  for (const std::string& file : files) {
    const auto done = import_one(file, **destination, event_logs, totals);
    if (done) continue;
    print_error(fmt::format("{}: {}", file, done.error().message));
    code = exit_failed;
  }
  auto finished = event_logs.flush();
  if (finished) finished = (*destination)->finish();
  if (!finished) {
    print_error(finished.error().message);
    code = exit_failed;
  }
  report(totals, **destination);
  return totals.records == 0 ? exit_failed : code;
}

}  // namespace vedette::app
