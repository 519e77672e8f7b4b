// Runs hunts in KQL and the same written by hand in SQL over the same segments, one after the other
// in turns, and compares what comes out, row for row.
//   hunt_measure FOLDER QUERIES RUNS [--export FILE.tsv]
// QUERIES holds NAME.kql, with NAME.sql beside it where somebody would write that by hand; SQL
// finds the rows as the view `signins`, under the columns' physical names. Prints a JSON object a
// line; times are whole: from the text to the last row. Exits 1 when a query fails or the rows
// differ.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_clock.h"
#include "store/duckdb/engine.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/instance.h"
#include "store/duckdb/segment_store.h"

namespace vedette::bench {
namespace {

namespace duck = store::duckdb;

constexpr std::string_view now_text = "2026-06-15T00:00:00Z";
constexpr std::int64_t memory_bytes = 4'000'000'000;

// Keeps the rows as text, to be compared without regard to their order.
class Rows final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>& given) override {
    columns = given;
    rows.clear();
  }
  void row(std::span<const kql::result::Cell> cells) override {
    std::string line;
    for (const kql::result::Cell& cell : cells)
      line += (cell.is_null ? "\x01" : kql::result::text_of(cell)) + "\t";
    rows.push_back(std::move(line));
  }
  void end(const kql::result::Ending&) override {}

  std::vector<kql::plan::Column> columns;
  std::vector<std::string> rows;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

class Bench {
 public:
  Bench(std::string folder, ports::Clock& clock) : folder_(std::move(folder)), clock_(clock) {}

  base::Result<void> open() {
    const duck::SegmentStoreOptions options{
        .folder = folder_, .memory_bytes = memory_bytes, .read_only = true};
    store_ = VEDETTE_TRY(duck::SegmentStore::open(options, catalogue_, clock_));
    // The rival's own instance over the same files, as bare as it can be.
    auto instance =
        VEDETTE_TRY(duck::Instance::open({.memory_bytes = memory_bytes, .folder = folder_}));
    auto connection = VEDETTE_TRY(instance->connect());
    std::string view;
    int number = 0;
    for (const auto& segment : VEDETTE_TRY(store_->segments())) {
      VEDETTE_TRY_VOID(connection.execute(
          fmt::format("ATTACH {} AS d{} (READ_ONLY)",
                      duck::quote_text(folder_ + "/" + segment.day + ".duckdb"), ++number)));
      view += fmt::format("{}SELECT * FROM d{}.main.SigninLogs", view.empty() ? "" : " UNION ALL ",
                          number);
    }
    VEDETTE_TRY_VOID(connection.execute("CREATE VIEW signins AS " + view));
    VEDETTE_TRY_VOID(connection.execute("USE memory"));
    instance_ = std::move(instance);
    plain_ = VEDETTE_TRY(duck::Engine::open_on(instance_, {}));
    exporting_ = std::move(connection);
    return {};
  }

  // False when the rows differ or something failed.
  bool compare(const std::string& name, const std::string& kql_text, const std::string& sql_text,
               int runs) {
    std::vector<double> kql_ms, sql_ms, compile_ms;
    Rows ours, theirs;
    kql::Inputs inputs;
    inputs.now_ticks = base::parse_iso(now_text)->ticks;
    for (int i = 0; i < runs; ++i) {
      const base::Duration begun = clock_.monotonic();
      if (!store_->explain(kql_text, inputs)) return complain(name, "does not compile");
      const base::Duration compiled = clock_.monotonic();
      if (const auto done = store_->hunt(kql_text, inputs, {}, ours); !done)
        return complain(name, kql::render(done.error(), kql_text));
      const base::Duration hunted = clock_.monotonic();
      compile_ms.push_back((compiled - begun).as_seconds() * 1000);
      kql_ms.push_back((hunted - compiled).as_seconds() * 1000);
      if (sql_text.empty()) continue;
      kql::Stage stage;
      stage.sql = "SELECT * FROM (" + sql_text + ")";  // a LIMIT of its own comes behind it
      stage.columns = ours.columns;
      if (const auto done = plain_->run(stage, theirs); !done)
        return complain(name, done.error().message);
      const base::Duration ended = clock_.monotonic();
      sql_ms.push_back((ended - hunted).as_seconds() * 1000);
    }
    std::ranges::sort(ours.rows);
    std::ranges::sort(theirs.rows);
    const bool same = sql_text.empty() || ours.rows == theirs.rows;
    base::JsonWriter writer;
    writer.begin_object()
        .member("name", name)
        .key("rows")
        .number(static_cast<std::uint64_t>(ours.rows.size()));
    writer.key("kql_ms").real(median(kql_ms));
    if (!sql_text.empty()) writer.key("sql_ms").real(median(sql_ms));
    writer.key("compile_ms").real(median(compile_ms)).key("same").boolean(same).end_object();
    std::cout << writer.text() << '\n' << std::flush;
    if (!same && !ours.rows.empty())
      std::cerr << name << ": ours " << ours.rows.front() << "\n"
                << name << ": theirs " << (theirs.rows.empty() ? "-" : theirs.rows.front()) << "\n";
    return same;
  }

  // What the rivals without our segments get: the columns that the hunts name.
  base::Result<void> give_out(const std::string& file, const std::string& columns) {
    Rows rows;
    std::ofstream out(file, std::ios::binary);
    std::string text;
    VEDETTE_TRY_VOID(exporting_.each_chunk(
        fmt::format("SELECT concat_ws(chr(9), {}) FROM signins", columns),
        [&](duckdb_data_chunk chunk) {
          auto* lines = static_cast<duckdb_string_t*>(
              duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
          text.clear();
          for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); ++i) {
            text.append(duckdb_string_t_data(&lines[i]), duckdb_string_t_length(lines[i]));
            text += '\n';
          }
          out << text;
        }));
    out.flush();
    if (!out) return base::failure(base::ErrorCode::unavailable, "cannot write " + file);
    return {};
  }

 private:
  static bool complain(const std::string& name, std::string_view what) {
    std::cerr << name << ": " << what << "\n";
    return false;
  }

  std::string folder_;
  ports::Clock& clock_;
  kql::SchemaCatalogue catalogue_{kql::built_in_schema()};
  std::unique_ptr<duck::SegmentStore> store_;
  std::shared_ptr<duck::Instance> instance_;
  std::unique_ptr<duck::Engine> plain_;
  duck::Connection exporting_;
};

int run(const std::vector<std::string>& arguments, int runs) {
  const auto clock = net::make_clock("");
  Bench bench(std::filesystem::absolute(arguments[0]).string(), **clock);
  if (const auto opened = bench.open(); !opened) {
    std::cerr << opened.error().message << "\n";
    return 1;
  }
  if (arguments.size() > 4 && arguments[3] == "--export") {
    const auto done = bench.give_out(
        arguments[4],
        "\"TimeGenerated\", \"ResultType\", \"UserPrincipalName\", \"IPAddress\", \"Location\", "
        "\"AppDisplayName\", \"ClientAppUsed\", \"UserAgent\", \"DeviceDetail\", \"DurationMs\"");
    if (!done) std::cerr << done.error().message << "\n";
    return done ? 0 : 1;
  }
  std::vector<std::filesystem::path> hunts;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1]))
    if (entry.path().extension() == ".kql") hunts.push_back(entry.path());
  std::ranges::sort(hunts);
  bool good = !hunts.empty();
  for (std::filesystem::path path : hunts) {
    const std::string name = path.stem().string(), text = read_file(path);
    good = bench.compare(name, text, read_file(path.replace_extension(".sql")), runs) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace vedette::bench

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  const std::uint64_t runs =
      arguments.size() < 3 ? 0 : vedette::base::parse_unsigned(arguments[2]).value_or(0);
  if (runs == 0 || runs > 1000) {
    std::cerr << "usage: hunt_measure FOLDER QUERIES RUNS [--export FILE.tsv]\n";
    return 2;
  }
  return vedette::bench::run(arguments, static_cast<int>(runs));
}
