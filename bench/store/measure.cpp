// Measures the event store: rows appended a second, narrow and wide, the longest append, and how
// long a few hunts take.
//   store_measure FOLDER [SECONDS]
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_clock.h"
#include "store/duckdb/segment_store.h"

namespace vedette::bench {
namespace {

constexpr std::size_t batch_rows = 5'000;

struct Shape {
  std::string table;
  std::size_t columns;  // filled, besides the fixed ones
};

// Values as logs have them: most columns repeat, a few are different in every row.
model::TableBatch make_batch(const kql::CatalogueTable& table, const Shape& shape,
                             std::uint64_t first, base::Timestamp start) {
  model::TableBatch batch(table.name);
  for (std::size_t row = 0; row < batch_rows; ++row) {
    const std::uint64_t id = first + row + 1;
    const base::Timestamp moment =
        start + base::Duration::milliseconds(static_cast<std::int64_t>(id));
    batch.add_row({moment, moment, id, id});
    std::size_t filled = 0;
    for (const kql::CatalogueColumn& column : table.columns) {
      if (column.name.starts_with('_') || column.name == "TimeGenerated") continue;
      if (filled++ == shape.columns) break;
      const std::uint64_t random = base::hash_words(id, filled);
      const std::size_t at = batch.column(column.name);
      if (column.type == kql::Type::string)
        batch.set_text(at, filled % 5 == 1 ? fmt::format("value {:x}", random)
                                           : fmt::format("{} {}", column.name, random % 50));
      else if (column.type == kql::Type::int32 || column.type == kql::Type::int64)
        batch.set(at, static_cast<std::int64_t>(random % 1000));
      else if (column.type == kql::Type::real)
        batch.set(at, static_cast<double>(random % 1000) / 3);
      else if (column.type == kql::Type::boolean)
        batch.set(at, random % 2 == 0);
      else if (column.type == kql::Type::datetime)
        batch.set(at, moment);
      else if (column.type == kql::Type::dynamic)
        batch.set_text(at,
                       fmt::format(R"({{"os":"Windows {}","id":{}}})", random % 3, random % 99));
    }
  }
  return batch;
}

class Counting final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell>) override { ++rows; }
  void end(const kql::result::Ending&) override {}
  std::size_t rows = 0;
};

base::Result<void> measure_appends(store::duckdb::SegmentStore& store, const ports::Clock& clock,
                                   const kql::Catalogue& catalogue, const Shape& shape,
                                   double seconds, std::uint64_t& position) {
  const base::Timestamp start = clock.now();
  double busy_s = 0, longest_s = 0;
  std::uint64_t rows = 0;
  while (busy_s < seconds) {
    const model::TableBatch batch = make_batch(*catalogue.table(shape.table), shape, rows, start);
    const base::Duration before = clock.monotonic();
    VEDETTE_TRY(store.append({&batch, 1}, ++position, start));
    const double took_s = (clock.monotonic() - before).as_seconds();
    busy_s += took_s;
    longest_s = std::max(longest_s, took_s);
    rows += batch_rows;
  }
  fmt::print(
      "{} ({} columns filled): {} rows/s over {:.0f} s, longest append of {} rows {:.2f} s\n",
      shape.table, shape.columns,
      base::group_thousands(static_cast<std::uint64_t>(static_cast<double>(rows) / busy_s)), busy_s,
      batch_rows, longest_s);
  return {};
}

int run(const std::string& folder, double seconds) {
  const auto clock = net::make_clock("");
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  auto store = store::duckdb::SegmentStore::open({.folder = folder}, catalogue, **clock);
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().message);
    return 1;
  }
  std::uint64_t position = 0;
  for (const Shape& shape : {Shape{"Syslog", 10}, Shape{"ASimAuthenticationEventLogs", 100}}) {
    const auto done = measure_appends(**store, **clock, catalogue, shape, seconds, position);
    if (!done) {
      fmt::print(stderr, "{}\n", done.error().message);
      return 1;
    }
  }
  kql::Inputs inputs;
  inputs.now_ticks = (*clock)->now().ticks;
  for (const std::string query :
       {"Syslog | count", "Syslog | summarize count() by Facility",
        "Syslog | where SyslogMessage has 'value' | summarize dcount(HostName)",
        "Syslog | top 10 by TimeGenerated desc",
        "ASimAuthenticationEventLogs | summarize count() by ActorUserType, EventResult",
        "ASimAuthenticationEventLogs | take 5"}) {
    Counting sink;
    const base::Duration before = (*clock)->monotonic();
    const auto done = (*store)->hunt(query, inputs, {}, sink);
    fmt::print("{:>7.1f} ms  {}{}\n", ((*clock)->monotonic() - before).as_seconds() * 1000, query,
               done ? "" : "  " + done.error().message);
  }
  const base::Duration before = (*clock)->monotonic();
  store->reset();
  const base::Duration closed = (*clock)->monotonic();
  store = store::duckdb::SegmentStore::open({.folder = folder}, catalogue, **clock);
  if (!store) return 1;
  fmt::print("closed in {:.2f} s, opened again in {:.2f} s\n", (closed - before).as_seconds(),
             ((*clock)->monotonic() - closed).as_seconds());
  const auto segments = (*store)->segments();
  for (const auto& segment : segments.value_or(std::vector<ports::SegmentInformation>{}))
    fmt::print("{}: {} rows, {}\n", segment.day, base::group_thousands(segment.rows),
               base::format_bytes(segment.bytes));
  return 0;
}

}  // namespace
}  // namespace vedette::bench

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.empty()) {
    fmt::print(stderr, "usage: store_measure FOLDER [SECONDS]\n");
    return 2;
  }
  const auto seconds = arguments.size() > 1 ? vedette::base::parse_unsigned(arguments[1])
                                            : std::optional(std::uint64_t{20});
  return seconds ? vedette::bench::run(arguments[0], static_cast<double>(*seconds)) : 2;
}
