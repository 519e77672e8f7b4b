// The store's part of ./dev bench trunk: rows appended a second, beside bare DuckDB with the same
// values.
//
//   trunk_store FOLDER ours|bare narrow|wide SECONDS [ROWS_A_SECOND [ROWS]]
//
// One line of JSON. "bare" is one table in one file, DuckDB's appender a chunk at a time, a
// transaction for each batch, nothing else: no identities, no watermark, no days, settings as they
// come. The seconds are of the clock, all pauses for checkpoints and the making of the values
// included; `cpu` is without the making. With ROWS_A_SECOND
// (0: any) no more than that are offered; with ROWS it ends after so many.
#include <duckdb.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/limits.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_clock.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/segment_append.h"
#include "store/duckdb/segment_store.h"

namespace {

using namespace vedette;
using Steady = std::chrono::steady_clock;
using store::duckdb::Connection;

constexpr std::size_t batch_rows = base::limits::bulk_append_rows;
constexpr std::size_t words = 64;  // that a column which repeats itself has

double since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

double cpu_seconds(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_megabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Values as logs have them: most columns repeat, every fifth is different in every row.
class Values {
 public:
  Values(const kql::CatalogueTable& table, std::size_t columns) : table_(table) {
    for (const kql::CatalogueColumn& column : table.columns) {
      if (column.name.starts_with('_') || column.name == "TimeGenerated") continue;
      if (columns_.size() == columns) break;
      Column& made = columns_.emplace_back(Column{&column, {}});
      for (std::size_t i = 0; i < words; ++i)
        made.words.push_back(column.type == kql::Type::dynamic
                                 ? fmt::format(R"({{"id":{},"os":"Windows {}"}})", i, i % 3)
                                 : fmt::format("{} {}", column.name, i));
    }
    assert(columns_.size() == columns);
  }

  model::TableBatch next() {
    model::TableBatch batch(table_.name);
    std::vector<std::size_t> places;
    for (const Column& column : columns_) places.push_back(batch.column(column.known->name));
    for (std::size_t row = 0; row < batch_rows; ++row) {
      const std::uint64_t id = ++rows_;
      const base::Timestamp moment{start_.ticks + static_cast<std::int64_t>(id) * 1'000};
      batch.add_row({moment, moment, id, id});
      for (std::size_t i = 0; i < columns_.size(); ++i)
        put(batch, places[i], i, base::hash_words(id, i), moment);
    }
    return batch;
  }

 private:
  struct Column {
    const kql::CatalogueColumn* known;
    std::vector<std::string> words;
  };

  void put(model::TableBatch& batch, std::size_t place, std::size_t i, std::uint64_t random,
           base::Timestamp moment) const {
    const kql::Type type = columns_[i].known->type;
    if (type == kql::Type::string && i % 5 == 1) {
      std::array<char, 24> text{'v', 'a', 'l', 'u', 'e', ' '};
      const auto end = std::to_chars(text.data() + 6, text.data() + text.size(), random, 16);
      batch.set_text(place, {text.data(), end.ptr});
    } else if (type == kql::Type::string || type == kql::Type::dynamic) {
      batch.set_text(place, columns_[i].words[random % words]);
    } else if (type == kql::Type::int32 || type == kql::Type::int64) {
      batch.set(place, static_cast<std::int64_t>(random % 1'000));
    } else if (type == kql::Type::real) {
      batch.set(place, static_cast<double>(random % 1'000) / 3);
    } else if (type == kql::Type::boolean) {
      batch.set(place, random % 2 == 0);
    } else if (type == kql::Type::datetime) {
      batch.set(place, moment);
    }
  }

  const kql::CatalogueTable& table_;
  std::vector<Column> columns_;
  base::Timestamp start_ = base::Timestamp::from_unix_seconds(1'780'000'000);
  std::uint64_t rows_ = 0;
};

struct Figures {
  std::uint64_t rows = 0;
  double seconds = 0, cpu = 0, making_cpu = 0, close_s = 0, open_s = 0;
  std::vector<double> appends_s;
  std::uintmax_t bytes = 0;
};

template <typename T>
T taken(base::Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}
void must(const base::Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

struct Offer {
  double seconds = 20;
  double rows_a_second = 0;  // 0: as fast as they are taken
  double rows = 1e12;
};

using Append = std::function<void(const model::TableBatch& batch)>;

Figures measure(Values& values, const Offer& offer, const Append& append) {
  Figures figures;
  const auto clock = taken(net::make_clock(""));
  const double cpu_before = cpu_seconds(RUSAGE_SELF);
  const auto begin = Steady::now();
  while (since(begin) < offer.seconds && static_cast<double>(figures.rows) < offer.rows) {
    const double making = cpu_seconds(RUSAGE_THREAD);
    const model::TableBatch batch = values.next();
    figures.making_cpu += cpu_seconds(RUSAGE_THREAD) - making;
    if (offer.rows_a_second > 0)
      clock->sleep(
          base::Duration::milliseconds(static_cast<std::int64_t>(
              (static_cast<double>(figures.rows) / offer.rows_a_second - since(begin)) * 1'000)),
          {});
    const auto asked = Steady::now();
    append(batch);
    figures.appends_s.push_back(since(asked));
    figures.rows += batch.row_count();
  }
  figures.seconds = since(begin);
  figures.cpu = cpu_seconds(RUSAGE_SELF) - cpu_before - figures.making_cpu;
  std::ranges::sort(figures.appends_s);
  return figures;
}

Figures measure_ours(const std::string& folder, const kql::Catalogue& catalogue, Values& values,
                     const Offer& offer) {
  const auto clock = taken(net::make_clock(""));
  const base::Timestamp received = clock->now();
  const auto open = [&] {
    return taken(store::duckdb::SegmentStore::open({.folder = folder}, catalogue, *clock));
  };
  auto store = open();
  std::uint64_t position = 0;
  Figures figures = measure(values, offer, [&](const model::TableBatch& batch) {
    taken(store->append({&batch, 1}, ++position, received));
  });
  const auto closing = Steady::now();
  store.reset();
  figures.close_s = since(closing);
  const auto opening = Steady::now();
  store = open();
  figures.open_s = since(opening);
  return figures;
}

// The one table as the store would make it, without what the store adds.
struct BareTable {
  store::duckdb::Segment segment;
  store::duckdb::SegmentTable table;
};

BareTable make_bare_table(Connection& connection, const model::TableBatch& batch,
                          const kql::CatalogueTable& known) {
  BareTable bare;
  bare.segment.alias = "bare";
  bare.table.physical = "rows";
  std::string making =
      "CREATE TABLE bare.rows(vedette_item UBIGINT, vedette_content UBIGINT, \"TimeGenerated\" "
      "BIGINT, \"_TimeReceived\" BIGINT";
  for (const model::BatchColumn& column : batch.columns()) {
    const auto type =
        std::ranges::find(known.columns, column.name, &kql::CatalogueColumn::name)->type;
    bare.table.columns.push_back({column.name, column.name, type});
    making += fmt::format(", \"{}\" {}", column.name, store::duckdb::physical_type(type));
  }
  must(connection.execute(making + ")"));
  return bare;
}

Figures measure_bare(const std::string& folder, const kql::CatalogueTable& known, Values& values,
                     const Offer& offer) {
  duckdb_database database = nullptr;
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", "2");
  duckdb_set_config(config, "memory_limit", "512MB");
  duckdb_open_ext(nullptr, &database, config, nullptr);
  duckdb_destroy_config(&config);
  duckdb_connection handle = nullptr;
  duckdb_connect(database, &handle);
  Figures figures;
  {
    Connection connection(handle);
    must(connection.execute("ATTACH '" + folder +
                            "/bare.duckdb' AS bare (STORAGE_VERSION 'v1.5.0')"));
    const BareTable bare = make_bare_table(connection, values.next(), known);
    std::vector<std::uint32_t> all(batch_rows);
    std::iota(all.begin(), all.end(), 0U);
    figures = measure(values, offer, [&](const model::TableBatch& batch) {
      must(connection.execute("BEGIN TRANSACTION"));
      taken(store::duckdb::append_rows(connection, bare.segment, bare.table, batch, all));
      must(connection.execute("COMMIT"));
    });
  }
  const auto closing = Steady::now();
  duckdb_close(&database);
  figures.close_s = since(closing);
  return figures;
}

void print(Figures& figures, const std::string& folder) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder))
    if (file.is_regular_file()) figures.bytes += file.file_size();
  const auto at = [&](double part) {
    const auto size = static_cast<double>(figures.appends_s.size());
    return figures.appends_s[static_cast<std::size_t>(part * (size - 1))];
  };
  const auto rows = static_cast<double>(figures.rows);
  const std::pair<const char*, double> told[] = {
      {"rows", rows},
      {"seconds", figures.seconds},
      {"rows_s", rows / figures.seconds},
      {"rows_cpu_s", rows / figures.cpu},
      {"append_median_s", at(0.5)},
      {"append_p99_s", at(0.99)},
      {"append_most_s", figures.appends_s.back()},
      {"peak_mb", peak_megabytes()},
      {"bytes_a_row", static_cast<double>(figures.bytes) / rows},
      {"close_s", figures.close_s},
      {"open_s", figures.open_s},
      {"making_cpu_s", figures.making_cpu}};
  char before = '{';
  for (const auto& [name, value] : told) {
    fmt::print("{}\"{}\": {:.4f}", before, name, value);
    before = ',';
  }
  fmt::print("}}\n");
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> given(arguments + 1, arguments + count);
  if (given.size() < 4) {
    fmt::print(stderr,
               "usage: trunk_store FOLDER ours|bare narrow|wide SECONDS [ROWS_A_SECOND [ROWS]]\n");
    return 2;
  }
  Offer offer;
  double* const wanted[] = {&offer.seconds, &offer.rows_a_second, &offer.rows};
  for (std::size_t i = 0; i < std::size(wanted) && i + 3 < given.size(); ++i)
    std::from_chars(given[i + 3].data(), given[i + 3].data() + given[i + 3].size(), *wanted[i]);
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const bool wide = given[2] == "wide";
  const kql::CatalogueTable& table =
      *catalogue.table(wide ? "ASimAuthenticationEventLogs" : "Syslog");
  Values values(table, wide ? 100 : 10);
  Figures figures = given[1] == "ours" ? measure_ours(given[0], catalogue, values, offer)
                                       : measure_bare(given[0], table, values, offer);
  print(figures, given[0]);
  return 0;
}
