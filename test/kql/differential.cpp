// Compares what a query gives in the SQL that is made to be fast (operators fused, columns pruned,
// segments left out, plain arithmetic first) with what it gives in plain SQL, on random queries:
//   kql_differential SEED COUNT [--show]
// Exits 1 when an answer differs, or when too few queries run to say anything.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/hash.h"
#include "fakes/fake_clock.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql_test/comparison.h"
#include "kql_test/random_query.h"
#include "store/duckdb/segment_store.h"

namespace vedette::test {
namespace {

constexpr std::string_view now_text = "2026-04-30T00:00:00Z";
constexpr int days = 4;
constexpr std::size_t rows_a_day = 40;

// Few values, so that they meet; the awkward ones among them.
std::string text_of(std::string_view column, std::uint64_t word) {
  static const std::vector<std::string> texts{"alice@contoso.com",
                                              "Alice@Contoso.com",
                                              "bob@contoso.com",
                                              "0",
                                              "50126",
                                              "DE",
                                              "de",
                                              "É",
                                              "",
                                              "a'b",
                                              "100%_\\x",
                                              "Mozilla/5.0 (Windows NT 10.0)",
                                              "c:\\x.exe",
                                              "null",
                                              "  ",
                                              "7"};
  if (column == "IPAddress") return fmt::format("203.0.113.{}", word % 9);
  return texts[word % texts.size()];
}

std::string json_of(std::uint64_t word) {
  static const std::vector<std::string> values{
      R"({"operatingSystem":"Windows 10","user":{"ip":"203.0.113.7"}})",
      R"({"operatingSystem":"ios","geo":{"city":"Bonn"},"a b":1})",
      R"([{"name":"a","value":1},{"name":"b"}])",
      R"(["x","y",3])",
      R"("text")",
      "5",
      "[]",
      "{}",
      R"({"operatingSystem":null})"};
  return values[word % values.size()];
}

base::Result<void> fill(store::duckdb::SegmentStore& store, base::Timestamp first) {
  std::uint64_t position = 0;
  for (int day = 0; day < days; ++day)
    for (const auto& [table, fields] : RandomQueries::tables()) {
      const base::Timestamp received = first + base::Duration::hours(24 * day);
      model::TableBatch batch(table);
      for (std::size_t row = 0; row < rows_a_day; ++row) {
        const std::uint64_t seed = base::hash_words(base::hash_bytes(table, row), position);
        // Some rows come a day late: they lie in another segment than their time says.
        const auto minutes = static_cast<std::int64_t>(seed % (36 * 60));
        batch.add_row({received - base::Duration::seconds(60 * minutes - 3600), received, 0, 0});
        for (const RandomField& field : fields) {
          const std::uint64_t word = base::hash_bytes(field.name, seed) >> 7;
          if (field.name == "TimeGenerated" || (field.name != "CorrelationId" && word % 7 == 0))
            continue;
          const std::size_t at = batch.column(field.name);
          if (field.name == "CorrelationId")
            batch.set_text(at, fmt::format("{}-{}-{}", table, day, row));
          else if (field.type == kql::Type::string)
            batch.set_text(at, text_of(field.name, word));
          else if (field.type == kql::Type::dynamic)
            batch.set_text(at, json_of(word));
          else if (field.type == kql::Type::boolean)
            batch.set(at, word % 2 == 0);
          else if (field.type == kql::Type::datetime)
            batch.set(at,
                      received + base::Duration::seconds(static_cast<std::int64_t>(word % 9000)));
          else
            batch.set(at, static_cast<std::int64_t>(word % 300));
        }
      }
      VEDETTE_TRY(store.append({&batch, 1}, ++position, received));
    }
  return {};
}

struct Answer {
  std::string refusal;  // its code; empty: there are rows
  std::string message;
  std::string columns;
  std::vector<std::string> rows;
};

Answer ask(store::duckdb::SegmentStore& store, const std::string& query, bool plain) {
  kql::Inputs inputs;
  inputs.now_ticks = base::parse_iso(now_text)->ticks;
  inputs.plain = plain;
  Collected result;
  const auto done = store.hunt(query, inputs, {.timeout_ms = 20'000}, result);
  Answer answer;
  if (!done) return {done.error().code, done.error().message, {}, {}};
  for (const kql::plan::Column& column : result.columns)
    answer.columns += fmt::format("{}:{} ", column.name, kql::name_of(column.type));
  for (const auto& cells : result.rows) {
    std::string line;
    for (const Collected::Cell& cell : cells) line += (cell.is_null ? "\x01" : cell.text) + "\t";
    answer.rows.push_back(std::move(line));
  }
  std::ranges::sort(answer.rows);
  return answer;
}

std::string first_difference(const Answer& fast, const Answer& plain) {
  if (fast.refusal != plain.refusal)
    return fmt::format("fast: {} {}\nplain: {} {}\n", fast.refusal, fast.message, plain.refusal,
                       plain.message);
  if (fast.columns != plain.columns)
    return fmt::format("fast: {}\nplain: {}\n", fast.columns, plain.columns);
  const auto at = std::ranges::mismatch(fast.rows, plain.rows);
  return fmt::format("{} and {} rows\nfast:  {}\nplain: {}\n", fast.rows.size(), plain.rows.size(),
                     at.in1 == fast.rows.end() ? "-" : *at.in1,
                     at.in2 == plain.rows.end() ? "-" : *at.in2);
}

struct Scores {
  std::size_t ran = 0, with_rows = 0, refused = 0, differ = 0;
};

int judge(const Scores& scores, std::size_t count) {
  std::cout << fmt::format("{} queries ran, {} of them with rows; {} refused; {} differ\n",
                           scores.ran, scores.with_rows, scores.refused, scores.differ);
  const bool says_something = scores.ran * 10 >= count * 9 && scores.with_rows * 2 >= count;
  if (!says_something) std::cout << "too few of them ran or gave rows\n";
  return scores.differ == 0 && says_something ? 0 : 1;
}

int run(std::uint64_t seed, std::size_t count, bool show, const std::string& folder) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const base::Timestamp now = *base::parse_iso(now_text);
  const fakes::FakeClock clock(now);
  auto store = store::duckdb::SegmentStore::open(
      {.folder = folder, .memory_bytes = base::limits::query_memory_bytes}, catalogue, clock);
  const auto filled = store ? fill(**store, now - base::Duration::hours(24 * (days - 1)))
                            : base::Result<void>(std::unexpected(store.error()));
  if (!filled) {
    std::cerr << filled.error().message << "\n";
    return 1;
  }
  RandomQueries queries(seed);
  Scores scores;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string query = queries.next();
    const Answer fast = ask(**store, query, false), plain = ask(**store, query, true);
    if (show)
      std::cout << query << "\n-- " << fast.refusal << " " << fast.message << " "
                << fast.rows.size() << " rows\n\n";
    const bool same =
        fast.refusal == plain.refusal && fast.columns == plain.columns && fast.rows == plain.rows;
    ++(fast.refusal.empty() ? scores.ran : scores.refused);
    scores.with_rows += fast.rows.empty() ? 0 : 1;
    if (same) continue;
    ++scores.differ;
    std::cout << fmt::format("seed {}, query {}:\n{}\n{}\n", seed, i + 1, query,
                             first_difference(fast, plain));
  }
  return judge(scores, count);
}

}  // namespace
}  // namespace vedette::test

int main(int count, char** values) {
  const std::vector<std::string> words(values + 1, values + count);
  if (words.size() < 2) {
    std::cerr << "kql_differential SEED COUNT [--show]\n";
    return 2;
  }
  std::string folder = std::filesystem::temp_directory_path() / "vedette-differential-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const int code = vedette::test::run(std::stoull(words[0]), std::stoull(words[1]),
                                      words.size() > 2 && words[2] == "--show", folder);
  std::filesystem::remove_all(folder);
  return code;
}
