// Our part of ./dev bench ingest: pages of sign-ins through the whole way of `vedette serve`
// (journal, normalise, store, detectors, incidents), and what the parts cost.
//
//   ingest_rows FOLDER way SECONDS [RECORDS]   pages into the journal from one thread while another
//                                              works them off, until a hunt counts every row
//   ingest_rows FOLDER map SECONDS             only the mapping: pages to rows that nobody keeps
//   ingest_rows FOLDER parse SECONDS           only simdjson's parse of the same pages: the ceiling
//   ingest_rows FOLDER write RECORDS           the pages as files, a page each, for the rivals
//   ingest_rows FOLDER duckdb PAGES            DuckDB's read_json over such a folder of pages
//
// One line of JSON. Making the pages is not counted as processor time, but goes on in the seconds.
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <cassert>
#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "answers.h"
#include "app/heap.h"
#include "app/trunk.h"
#include "base/json_records.h"
#include "fakes/fake_geo_lookup.h"
#include "kql/catalogue/schema_catalogue.h"
#include "model/cloud_answers.h"
#include "net/system_clock.h"
#include "normalise/cloud/cloud_normaliser.h"
#include "rival_duckdb.h"
#include "store/duckdb/segment_store.h"
#include "store/sqlite/sqlite_incidents.h"
#include "store/sqlite/sqlite_journal.h"

namespace {

using namespace vedette;
using Steady = std::chrono::steady_clock;

constexpr std::size_t page_records = 1'000;
constexpr std::uint64_t pages_ahead = 64;  // that may wait in the journal, as in a back-fill
constexpr std::uint64_t seed = 7;

double since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

double seconds_of(timeval time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double process_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double thread_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

template <typename T>
T must(base::Result<T> result) {
  if (result) return std::move(result).value();
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

std::int64_t unix_now(const ports::Clock& clock) {
  return clock.now().unix_seconds();
}

// Pages into the journal, no further ahead of the trunk than a poll would be.
struct Feed {
  ports::Journal& journal;
  const ports::Clock& clock;
  const app::Trunk& trunk;
  double seconds;
  std::uint64_t records_max;
  std::atomic<std::uint64_t> records = 0;
  std::atomic<bool> is_done = false;
  double making_cpu_s = 0, journal_cpu_s = 0;
  std::size_t median_bytes = 0;
  std::uint64_t bytes = 0;

  void run() {
    bench::SignInPages pages(page_records, seed);
    median_bytes = pages.median_bytes();
    const auto begun = Steady::now();
    while (since(begun) < seconds && (records_max == 0 || records < records_max)) {
      if (must(journal.last_position()) > trunk.counts().position + pages_ahead) {
        clock_sleep();
        continue;
      }
      const double before = thread_cpu_s();
      ports::RawRecord record;
      record.source = "graph:84841066-274d-4ec0-a5c1-276be684bdd3:sign-ins";
      record.format = model::graph_sign_ins_format;
      record.received = clock.now();
      record.live = true;
      record.payload = pages.next(unix_now(clock));
      bytes += record.payload.size();
      const double made = thread_cpu_s();
      must(journal.append({{record}}));
      making_cpu_s += made - before;
      journal_cpu_s += thread_cpu_s() - made;
      records += page_records;
    }
    is_done = true;
  }
  void clock_sleep() {
    const timespec pause{0, 1'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
  }
};

std::uint64_t count_rows(store::duckdb::SegmentStore& store, const ports::Clock& clock,
                         const std::string& tables) {
  std::string text;
  const auto sink = kql::result::make_sink(kql::result::Format::csv,
                                           [&](std::string_view piece) { text += piece; });
  kql::Inputs inputs;
  inputs.now_ticks = clock.now().ticks;
  if (!store.hunt(tables + " | count", inputs, {}, *sink)) std::exit(1);
  const std::size_t line = text.find('\n');
  std::uint64_t rows = 0;
  std::from_chars(text.data() + line + 1, text.data() + text.size(), rows);
  return rows;
}

int run_way(const std::string& folder, double seconds, std::uint64_t records_max) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  net::SystemClock clock;
  fakes::FakeGeoLookup places;
  auto journal = must(store::sqlite::SqliteJournal::open(folder + "/journal.db"));
  auto incidents = must(store::sqlite::SqliteIncidents::open(folder + "/state.db"));
  store::duckdb::SegmentStoreOptions options;
  options.folder = folder + "/store";
  auto store = must(store::duckdb::SegmentStore::open(options, catalogue, clock));
  incident::IncidentBook book(*incidents, {{"hook"}, base::Duration::hours(5)});
  detect::LoginSettings settings;
  settings.pages = detect::Pages::small;  // as `serve` has them
  const detect::AllowList allow;
  detect::LoginDetectors detectors(settings, allow);
  detect::PrivilegeWatch privileges({}, allow);
  normalise::StampOptions stamps;
  stamps.zone = *base::TimeZone::find("UTC");
  app::Trunk trunk({*journal, *store, *incidents, book, detectors, privileges, places, clock,
                    stamps,
                    [](bool, const std::string& text) { fmt::print(stderr, "{}\n", text); }});
  must(trunk.recover());
  Feed feed{*journal, clock, trunk, seconds, records_max};
  const auto begun = Steady::now();
  const double cpu_before = process_cpu_s();
  std::jthread feeding([&feed] { feed.run(); });
  const std::stop_source stop;
  while (!feed.is_done || trunk.counts().position < must(journal->last_position()))
    if (!must(trunk.step(stop.get_token()))) feed.clock_sleep();
  const std::string tables = "union SigninLogs, AADNonInteractiveUserSignInLogs";
  const std::uint64_t rows = count_rows(*store, clock, tables);
  const double elapsed = since(begun);
  feeding.join();
  const double cpu = process_cpu_s() - cpu_before - feed.making_cpu_s;
  if (rows != feed.records) {
    fmt::print(stderr, "{} records came to {} rows\n", feed.records.load(), rows);
    return 1;
  }
  const auto counts = trunk.counts();
  const double each = static_cast<double>(rows) / 1e6;
  double stations = feed.journal_cpu_s;
  std::string parts = fmt::format("\"journal_append\": {:.2f}", feed.journal_cpu_s / each);
  for (std::size_t i = 0; i < app::station_count; ++i) {
    parts += fmt::format(", \"{}\": {:.2f}", app::station_names[i], counts.cpu_seconds[i] / each);
    stations += counts.cpu_seconds[i];
  }
  fmt::print(
      "{{\"rows\": {}, \"seconds\": {:.2f}, \"rows_s\": {:.0f}, \"rows_cpu_s\": {:.0f}, "
      "\"cpu_us\": {:.2f}, \"median_bytes\": {}, \"mb_s\": {:.1f}, \"peak_mb\": {:.0f}, "
      "\"incidents\": {}, \"stations_us\": {{{}, \"others\": {:.2f}}}}}\n",
      rows, elapsed, static_cast<double>(rows) / elapsed, static_cast<double>(rows) / cpu,
      cpu / each, feed.median_bytes, static_cast<double>(feed.bytes) / elapsed / 1e6,
      peak_megabytes(), counts.incidents_opened, parts, (cpu - stations) / each);
  return 0;
}

// The same pages again and again through `work`, which gives how many records it saw.
template <typename Work>
int run_part(double seconds, const Work& work) {
  bench::SignInPages pages(page_records, seed);
  std::uint64_t records = 0, bytes = 0;
  double cpu = 0;
  for (const auto begun = Steady::now(); since(begun) < seconds;) {
    const std::string& page = pages.next(1'780'000'000);
    const double before = thread_cpu_s();
    const std::uint64_t seen = work(page);
    cpu += thread_cpu_s() - before;
    assert(seen == page_records);
    records += seen;
    bytes += page.size();
  }
  const auto count = static_cast<double>(records);
  fmt::print(
      "{{\"records\": {}, \"records_cpu_s\": {:.0f}, \"cpu_us\": {:.2f}, \"mb_cpu_s\": {:.0f}}}\n",
      records, count / cpu, cpu / count * 1e6, static_cast<double>(bytes) / cpu / 1e6);
  return 0;
}

int run_parse(double seconds) {
  // Nothing is wanted of the records: every name and bracket is walked over, no value is read.
  base::JsonPaths paths;
  base::JsonRecords records(paths, "value");
  return run_part(seconds, [&](const std::string& page) {
    std::uint64_t seen = 0;
    records.read(page, [&](const base::JsonRecord&) { ++seen; }, [](const base::JsonRejection&) {});
    return seen;
  });
}

int run_map(double seconds) {
  static const model::Location nowhere;
  normalise::QuarantineRows quarantine;
  normalise::cloud::CloudNormaliser normaliser(quarantine);
  return run_part(seconds, [&](const std::string& page) {
    model::RawBatch batch;
    batch.bytes = page;
    batch.received = base::Timestamp::from_unix_seconds(1'780'000'000);
    const auto counts = normaliser.read(batch, model::graph_sign_ins_format, true);
    normaliser.add_log_in_rows(
        [](const base::IpAddress&) -> const model::Location& { return nowhere; });
    std::vector<model::TableBatch> tables;
    normaliser.take(tables);
    return counts.records - counts.unreadable;
  });
}

int run_write(const std::string& folder, std::uint64_t records) {
  bench::SignInPages pages(page_records, seed);
  for (std::uint64_t page = 0; page * page_records < records; ++page)
    std::ofstream(fmt::format("{}/page-{:04}.json", folder, page), std::ios::binary)
        << pages.next(1'780'000'000);
  return 0;
}

double number_of(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): without its thread a benchmark may end as it likes
int main(int count, char** arguments) {
  const std::vector<std::string> given(arguments + 1, arguments + count);
  if (given.size() < 3) {
    fmt::print(stderr,
               "usage: ingest_rows FOLDER way|map|parse|write|duckdb SECONDS|RECORDS|PAGES\n");
    return 2;
  }
  if (given[1] == "duckdb") {
    const auto rows = bench::read_with_duckdb(given[0], given[2]);
    if (rows) fmt::print("{{\"rows\": {}}}\n", *rows);
    return rows ? 0 : 1;
  }
  const double number = number_of(given[2]);
  app::keep_heap_small();  // as `serve` does
  if (given[1] == "way")
    return run_way(given[0], number,
                   given.size() > 3 ? static_cast<std::uint64_t>(number_of(given[3])) : 0);
  if (given[1] == "map") return run_map(number);
  if (given[1] == "parse") return run_parse(number);
  return run_write(given[0], static_cast<std::uint64_t>(number));
}
