// Runs real rules on generated rows and measures how many run without an error.
//   kql_run_rules CASES FLOOR [--failures | --times | --plain]
// The tables that the rules name are filled in a store of its own; what they read from other hosts
// comes from a server of our own, which gives rows of the wanted columns. Exits 0 when not fewer
// run than FLOOR says, 1 when fewer do, 77 when the cases are not there. With --times it runs none:
// it tells how much processor time takes the way from text to SQL, and DuckDB for preparing that.
// With --plain each runs in plain SQL too (kql::Inputs::plain) and must give as many rows.
#include <ctime>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_geo_lookup.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/external/request.h"
#include "net/external_reader.h"
#include "net/http_receiver.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/instance.h"
#include "store/duckdb/segment_store.h"

namespace vedette::test {
namespace {

constexpr std::string_view now_text = "2026-04-30T00:00:00Z";
constexpr std::size_t rows_each = 60;
constexpr std::size_t external_rows_each = 20;
constexpr int hunt_timeout_ms =
    60'000;  // planning one of them takes ten seconds of an idle processor

// Words that begin tables' names, as they stand in the text of a query.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
    } else {
      words.insert(std::move(word));
      word.clear();
    }
  }
  words.insert(word);
  return words;
}

// The same row and column give the same value in every run.
class Values {
 public:
  explicit Values(base::Timestamp now) : now_(now) {}

  void set(model::TableBatch& batch, const kql::CatalogueColumn& column, std::size_t row) {
    state_ = base::hash_bytes(column.name, row + 1);
    if (next() % 8 == 0) return;  // null, or empty
    const std::size_t at = batch.column(column.name);
    switch (column.type) {
      case kql::Type::boolean:
        return batch.set(at, next() % 2 == 0);
      case kql::Type::int32:
      case kql::Type::int64:
        return batch.set(at, static_cast<std::int64_t>(next() % 5000));
      case kql::Type::real:
        return batch.set(at, static_cast<double>(next() % 10'000) / 7);
      case kql::Type::datetime:
        return batch.set(at, moment());
      case kql::Type::timespan:
        return batch.set(at, base::Duration::seconds(static_cast<std::int64_t>(next() % 100'000)));
      case kql::Type::guid:
        return batch.set_text(
            at, fmt::format("{:08x}-0000-4000-8000-{:012x}", next() % 16, next() % 64));
      case kql::Type::decimal:
        return batch.set_text(at, fmt::format("{}.{}", next() % 1000, next() % 100));
      case kql::Type::string:
        return batch.set_text(at, text(column.name));
      case kql::Type::dynamic:
        return batch.set_text(at, json());
    }
  }
  // As a file of text would have it, without anything that a separator could be.
  std::string external_text(const kql::CatalogueColumn& column) {
    switch (column.type) {
      case kql::Type::boolean:
        return next() % 2 == 0 ? "true" : "false";
      case kql::Type::datetime:
        return base::format_iso(moment());
      case kql::Type::string:
      case kql::Type::dynamic: {
        std::string value = text(column.name);
        std::erase_if(value, [](char c) { return c == ',' || c == '"' || c == '\n'; });
        return value;
      }
      default:
        return std::to_string(next() % 1000);
    }
  }
  base::Timestamp moment() {
    return now_ - base::Duration::seconds(static_cast<std::int64_t>(next() % (20 * 86'400)));
  }
  void begin(std::size_t row) { state_ = base::hash_words(row, 77); }

 private:
  std::uint64_t next() { return state_ = base::hash_words(state_, 0x9E37) >> 7; }
  std::string text(std::string_view column) {
    static const std::vector<std::string> texts{"Success",
                                                "0",
                                                "50126",
                                                "alice@contoso.com",
                                                "bob",
                                                "CONTOSO\\svc-backup",
                                                "powershell.exe",
                                                "C:\\Windows\\System32\\cmd.exe",
                                                "https://login.example.net/a?b=c",
                                                "10.0.0.5",
                                                "203.0.113.77",
                                                "2001:db8::7",
                                                "Microsoft.Compute/virtualMachines/write",
                                                "Failure",
                                                "4f3c1a52-0000-4000-8000-000000000001",
                                                "true",
                                                "S-1-5-21-1-2-3-500",
                                                "Exchange",
                                                "{\"user\":{\"id\":\"1\"},\"ip\":\"203.0.113.9\"}",
                                                "[{\"name\":\"a\",\"value\":1}]",
                                                "cmd /c whoami && net user",
                                                "<Data Name=\"x\">1</Data>",
                                                "2026-04-29T10:00:00Z"};
    if (column.find("IP") != column.npos || column.find("Ip") != column.npos)
      return fmt::format("203.0.{}.{}", next() % 3, next() % 250);
    return texts[next() % texts.size()];
  }
  std::string json() {
    static const std::vector<std::string> values{
        R"({"user":{"userPrincipalName":"alice@contoso.com","ipAddress":"203.0.113.5"},"errorCode":50126})",
        R"([{"displayName":"Role","modifiedProperties":[{"displayName":"a","newValue":"\"Owner\""}]}])",
        R"({"operatingSystem":"Windows 10","countryOrRegion":"DE","location":{"city":"Bonn"}})",
        R"(["a","b","203.0.113.5"])",
        R"("text")",
        "5",
        "true",
        "[]",
        "{}",
        R"([{"Name":"x","Value":"y"},{"Name":"z","Value":3.5}])"};
    return values[next() % values.size()];
  }

  base::Timestamp now_;
  std::uint64_t state_ = 0;
};

base::Result<void> fill(store::duckdb::SegmentStore& store, const kql::CatalogueTable& table,
                        std::uint64_t position, base::Timestamp now) {
  model::TableBatch batch(table.name);
  Values values(now);
  for (std::size_t row = 0; row < rows_each; ++row) {
    values.begin(row);
    const base::Timestamp moment = values.moment();
    batch.add_row({moment, moment, 0, 0});
    for (const kql::CatalogueColumn& column : table.columns)
      if (column.name != "TimeGenerated" && column.name != "_TimeReceived" &&
          column.name != "Type" && column.name != "_ItemId")
        values.set(batch, column, row);
  }
  VEDETTE_TRY(store.append({&batch, 1}, position, now));
  return {};
}

// What `externaldata` in the text says: the columns in front of the addresses, and their format.
struct ExternalShape {
  std::vector<kql::CatalogueColumn> columns;
  kql::external::Format format = kql::external::Format::csv;
};

// The one word behind `key =` in the text, or nothing.
std::string word_behind(std::string_view text, std::string_view key) {
  const std::string lower = base::to_lower_ascii(text);
  std::size_t at = lower.find(key);
  if (at == lower.npos) return {};
  at = lower.find_first_not_of(" =\"'", at + key.size());
  return lower.substr(at, lower.find_first_of(" ,)\"'", at) - at);
}

// Every address that the text reads, with the shape of what should be there.
void find_external(const std::string& query, std::map<std::string, ExternalShape>& shapes) {
  const std::string lower = base::to_lower_ascii(query);
  for (const std::string_view name : {"externaldata", "external_data"})
    for (std::size_t at = lower.find(name); at != lower.npos; at = lower.find(name, at + 1)) {
      const std::size_t open = query.find('(', at), close = query.find(')', at);
      const std::size_t begin = query.find('[', at), end = query.find(']', at);
      if (open == query.npos || end == query.npos || begin < close) continue;
      ExternalShape shape;
      for (const std::string_view part :
           base::split(std::string_view(query).substr(open + 1, close - open - 1), ',')) {
        const auto colon = part.find(':');
        if (colon == part.npos) continue;
        const auto type = kql::type_of_name(base::trim(part.substr(colon + 1)));
        std::string column(base::trim(part.substr(0, colon)));
        std::erase_if(column, [](char c) { return c == '[' || c == ']' || c == '"' || c == '\''; });
        shape.columns.push_back({column, type.value_or(kql::Type::string)});
      }
      const std::string list = query.substr(begin + 1, end - begin - 1);
      std::size_t quote = list.find_first_of("\"'");
      while (quote != list.npos) {
        const std::size_t last = list.find(list[quote], quote + 1);
        const std::string address = list.substr(quote + 1, last - quote - 1);
        shape.format = kql::external::format_of_address(address);
        const std::size_t with = query.find_first_not_of(" \r\n\t", end + 1);
        if (with != query.npos && query.compare(with, 4, "with") == 0) {
          const std::string options = query.substr(with, query.find(')', with) + 1 - with);
          if (const auto said = kql::external::format_of_name(word_behind(options, "format")))
            shape.format = *said;
        }
        shapes.insert_or_assign(address, shape);
        quote = last == list.npos ? last : list.find_first_of("\"'", last + 1);
      }
    }
}

// Rows of those columns as the format writes them, the first line as a header where one is usual.
std::string external_rows(const ExternalShape& shape, Values& values) {
  const bool json = shape.format == kql::external::Format::json;
  std::string text;
  for (std::size_t row = 0; row <= external_rows_each; ++row) {
    values.begin(row);
    std::string line = json ? "{" : "";
    for (const auto& column : shape.columns) {
      const std::string value = row == 0 ? column.name : values.external_text(column);
      if (!line.empty() && line != "{") line += ',';
      if (json) line += base::format_json(base::Json(column.name)) + ":";
      line += json ? base::format_json(base::Json(value)) : value;
    }
    if (json && row == 0) continue;
    text += line + (json ? "}\n" : "\n");
  }
  return text;
}

// Every address of the rules, answered by one server on this machine.
class LocalAnswers final : public ports::ExternalData {
 public:
  explicit LocalAnswers(base::Timestamp now) : now_(now) {}
  void expect(const std::string& query) { find_external(query, shapes_); }
  base::Result<void> start() {
    server_ = VEDETTE_TRY(net::HttpReceiver::listen(
        *base::parse_ip("127.0.0.1"), 0, [this](const net::ReceivedRequest& asked) {
          return net::ReceiverReply{200, {}, texts_.at(asked.target)};
        }));
    Values values(now_);
    for (const auto& [address, shape] : shapes_)
      texts_[target_of(address)] = external_rows(shape, values);
    reader_.emplace(*net::ExternalReader::parse_hosts({origin()}));
    return {};
  }
  base::Result<std::string> read(const std::string& address, int timeout_ms,
                                 const std::stop_token& stop) override {
    if (!texts_.contains(target_of(address)))
      return base::failure(base::ErrorCode::not_found, "no rows were made for this address");
    return reader_->read(origin() + target_of(address), timeout_ms, stop);
  }

 private:
  [[nodiscard]] std::string origin() const {
    return fmt::format("http://127.0.0.1:{}", server_->port());
  }
  static std::string target_of(const std::string& address) {
    return fmt::format("/{:016x}", base::hash_bytes(address, 1));
  }

  base::Timestamp now_;
  std::map<std::string, ExternalShape> shapes_;
  std::map<std::string, std::string> texts_;
  std::unique_ptr<net::HttpReceiver> server_;
  std::optional<net::ExternalReader> reader_;
};

class Counting final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>&) override {}
  void row(std::span<const kql::result::Cell>) override { ++rows; }
  void end(const kql::result::Ending&) override {}
  std::size_t rows = 0;
};

// Of this process, which does nothing else meanwhile.
double cpu_ms() {
  return static_cast<double>(std::clock()) * 1e3 / CLOCKS_PER_SEC;
}

std::string spread(std::vector<double> values) {
  if (values.empty()) return "none";
  std::ranges::sort(values);
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return fmt::format("median {:.2f} ms, 95th percentile {:.2f}, most {:.2f} ({} rules)", at(0.5),
                     at(0.95), values.back(), values.size());
}

using Rules = std::vector<std::pair<std::string, std::string>>;

// On the segments that were filled, which nobody writes any more.
base::Result<void> tell_times(const Rules& rules, const kql::Inputs& inputs,
                              const store::duckdb::SegmentStoreOptions& options,
                              const kql::Catalogue& catalogue, const ports::Clock& clock) {
  namespace duck = store::duckdb;
  const auto store = VEDETTE_TRY(duck::SegmentStore::open(options, catalogue, clock));
  const auto instance =
      VEDETTE_TRY(duck::Instance::open({.folder = options.folder, .places = options.places}));
  auto connection = VEDETTE_TRY(instance->connect());
  const std::string file = VEDETTE_TRY(store->segments()).front().day + ".duckdb";
  std::set<std::string> attached;
  std::vector<double> compiling, preparing;
  std::string slowest;
  for (const auto& [id, query] : rules) {
    const double begun = cpu_ms();
    const auto stage = store->explain(query, inputs);
    const double compiled = cpu_ms();
    if (!stage) continue;
    compiling.push_back(compiled - begun);
    if (stage->sql.empty()) continue;
    const std::size_t end = stage->sql.find(".main.\"");
    const std::size_t begin = stage->sql.find_last_of(" (", end);
    if (end != std::string::npos &&
        attached.insert(stage->sql.substr(begin + 1, end - begin - 1)).second)
      VEDETTE_TRY_VOID(connection.execute(fmt::format("ATTACH {} AS {} (READ_ONLY)",
                                                      duck::quote_text(options.folder + "/" + file),
                                                      *attached.rbegin())));
    const double asked = cpu_ms();
    duck::OwnedStatement statement;
    const bool done =
        duckdb_prepare(connection.get(), stage->sql.c_str(), statement.address()) == DuckDBSuccess;
    if (!done) continue;
    preparing.push_back(cpu_ms() - asked);
    if (preparing.back() == std::ranges::max(preparing)) slowest = id;
  }
  std::cout << "KQL text to SQL text: " << spread(compiling) << "\n"
            << "DuckDB prepares it:   " << spread(preparing) << ", the longest is " << slowest
            << "\n";
  return {};
}

struct Scores {
  std::size_t all = 0, ran = 0, with_rows = 0;
  std::map<std::string, std::size_t> reasons;
};

int judge(const Scores& scores, const std::string& floor_path) {
  std::vector<std::pair<std::size_t, std::string>> reasons;
  for (const auto& [reason, count] : scores.reasons) reasons.emplace_back(count, reason);
  std::ranges::sort(reasons, std::greater<>());
  for (std::size_t i = 0; i < std::min<std::size_t>(reasons.size(), 25); ++i)
    std::cout << fmt::format("{:>6}  {}\n", reasons[i].first, reasons[i].second);
  std::size_t floor = 0;
  std::ifstream(floor_path) >> floor;
  std::cout << fmt::format("{} of {} rules ran, {:.1f} %, {} of them with rows (floor {})\n",
                           scores.ran, scores.all,
                           100.0 * static_cast<double>(scores.ran) /
                               static_cast<double>(std::max<std::size_t>(scores.all, 1)),
                           scores.with_rows, floor);
  return scores.ran < floor ? 1 : 0;
}

int run(std::ifstream& cases, const std::string& floor, const std::string& option,
        const std::string& folder) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const base::Timestamp now = *base::parse_iso(now_text);
  const fakes::FakeClock clock(now);
  fakes::FakeGeoLookup places;
  model::Location berlin;
  berlin.country = "Germany";
  berlin.city = "Berlin";
  for (std::uint32_t last = 0; last < 250; ++last)
    places.set(base::IpAddress::from_v4(0xCB007100U + last), berlin);  // 203.0.113.0
  store::duckdb::SegmentStoreOptions options{
      .folder = folder, .memory_bytes = base::limits::query_memory_bytes, .places = &places};
  auto store = store::duckdb::SegmentStore::open(options, catalogue, clock);
  if (!store) {
    std::cerr << store.error().message << "\n";
    return 1;
  }
  Rules rules;
  std::set<std::string> words;
  LocalAnswers answers(now);
  for (std::string line; std::getline(cases, line);) {
    const auto one = base::parse_json(line);
    if (!one) continue;
    rules.emplace_back(*(*one)["id"].as_string(), *(*one)["query"].as_string());
    words.merge(words_of(rules.back().second));
    answers.expect(rules.back().second);
  }
  if (const auto started = answers.start(); !started) {
    std::cerr << started.error().message << "\n";
    return 1;
  }
  std::uint64_t position = 0;
  for (const std::string& word : words)
    if (const auto* table = catalogue.table(word)) {
      const auto done = fill(**store, *table, ++position, now);
      if (!done) {
        std::cerr << table->name << ": " << done.error().message << "\n";
        return 1;
      }
    }
  std::cout << fmt::format("{} tables with {} rows each\n", position, rows_each);
  Scores scores;
  kql::Inputs inputs;
  inputs.now_ticks = now.ticks;
  if (option == "--times") {
    *store = nullptr;
    options.read_only = true;
    const auto told = tell_times(rules, inputs, options, catalogue, clock);
    if (!told) std::cerr << told.error().message << "\n";
    return told ? 0 : 1;
  }
  for (const auto& [id, query] : rules) {
    ++scores.all;
    Counting sink;
    const auto done =
        (*store)->hunt(query, inputs, {.timeout_ms = hunt_timeout_ms, .external = &answers}, sink);
    if (option == "--plain") {
      Counting plain;
      kql::Inputs plainly = inputs;
      plainly.plain = true;
      const auto again = (*store)->hunt(
          query, plainly, {.timeout_ms = hunt_timeout_ms, .external = &answers}, plain);
      if (again.has_value() != done.has_value() || sink.rows != plain.rows)
        std::cout << fmt::format("DIFFERS {}: {} rows, in plain SQL {} {}\n", id, sink.rows,
                                 plain.rows, again ? "" : again.error().message);
    }
    if (done) {
      ++scores.ran;
      scores.with_rows += sink.rows > 0 ? 1 : 0;
      continue;
    }
    const std::string reason = done.error().code + " " + done.error().message;
    ++scores.reasons[reason.substr(0, 140)];
    if (option == "--failures") std::cout << "FAIL " << id << " " << reason << "\n";
  }
  return judge(scores, floor);
}

}  // namespace
}  // namespace vedette::test

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() < 2) return 2;
  std::ifstream cases(arguments[0]);
  if (!cases) {
    std::cout << "skipped: " << arguments[0] << " is not there\n";
    return 77;
  }
  std::string folder = std::filesystem::temp_directory_path() / "vedette-rules-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const int code = vedette::test::run(cases, arguments[1],
                                      arguments.size() > 2 ? arguments[2] : std::string(), folder);
  std::filesystem::remove_all(folder);
  return code;
}
