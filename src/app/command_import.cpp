// Owns: `vedette import`: the words, the files one after the other, the report.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "app/command.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "app/import_file.h"
#include "app/import_request.h"
#include "app/running_serve.h"
#include "app/windows_import.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_clock.h"
#include "normalise/import_rows.h"
#include "store/duckdb/parquet_file.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {
namespace {

using normalise::RowReader;

constexpr const char* description =
    "Put rows into a table, from NDJSON, JSON arrays or CSV (plain, gzip or zstd) or Parquet.\n"
    "Names and types are those of Log Analytics, whose exports fit as they are. The same rows\n"
    "given twice are stored once. What does not fit is left out and listed.\n"
    "In place of a table, `windows` takes Windows events (EVTX, XML, the JSON of forwarders): "
    "each\n"
    "becomes a row of the table it belongs to, and what it tells of attacks an incident.";

constexpr const char* footer =
    "Examples:\n"
    "  vedette import SigninLogs signins.ndjson.gz\n"
    "  vedette import AuditLogs --format csv query_data.csv\n"
    "  zcat old/*.gz | vedette import Syslog -\n"
    "  vedette import windows Security.evtx winlogbeat.ndjson\n"
    "A table of your own ends in _CL; its columns come as they are filled.";

// What goes into the store at once; or to the `serve` that has it.
constexpr std::size_t batch_rows_max = base::limits::bulk_append_rows;
constexpr std::uint64_t rows_between_progress = 50'000;

struct ImportWords {
  std::string table;
  std::vector<std::string> files;
  std::string format;
  std::optional<std::string> data;
};

struct Totals {
  std::uint64_t stored = 0, repeated = 0, updated = 0;
  std::uint64_t handed_over = 0;
};

std::optional<int> parse_words(Arguments arguments, ImportWords& words) {
  CLI::App app(description, "vedette import");
  app.footer(footer);
  app.add_option("TABLE", words.table, "the table, such as SigninLogs; or windows")->required();
  app.add_option("FILE", words.files, "files; - is standard input")->required();
  app.add_option("--format", words.format, "json, csv or parquet [by the file's name, else json]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"json", "csv", "parquet"}));
  app.add_option("--data", words.data, "where Vedette keeps its data")->type_name("DIR");
  return parse_arguments(app, arguments);
}

RecordFormat format_of(const ImportWords& words, const std::string& file) {
  if (!words.format.empty()) return words.format == "csv" ? RecordFormat::csv : RecordFormat::json;
  std::filesystem::path path(file);
  if (path.extension() == ".gz" || path.extension() == ".zst") path = path.stem();
  return base::equals_ignoring_case(path.extension().string(), ".csv") ? RecordFormat::csv
                                                                       : RecordFormat::json;
}

bool is_parquet(const ImportWords& words, const std::string& file) {
  if (!words.format.empty()) return words.format == "parquet";
  return base::equals_ignoring_case(std::filesystem::path(file).extension().string(), ".parquet");
}

class Import {
 public:
  // Into the store, or, where there is none, to the other side.
  Import(store::duckdb::SegmentStore* store, ImportHandover* handover, const ports::Clock& clock,
         RowReader& rows, const std::string& table)
      : store_(store),
        handover_(handover),
        clock_(clock),
        rows_(rows),
        batch_(table),
        progress_(isatty(2) == 1) {
    batch_.seek_everywhere();
  }

  base::Result<void> read(RecordReader& records, RecordFormat format) {
    bool has_header = format == RecordFormat::json;
    while (true) {
      const Record record = VEDETTE_TRY(records.next());
      if (record.kind == Record::Kind::end) break;
      if (record.kind == Record::Kind::too_long) {
        rows_.count_unreadable("longer than a row may be", fmt::format("line {}", record.line));
      } else if (!has_header) {
        header_ = record.fields;
        rows_.set_header(record.fields);
        has_header = true;
      } else if (format == RecordFormat::csv) {
        add_fields(record.fields);
      } else {
        add_json(record.json);
      }
      if (is_full()) VEDETTE_TRY_VOID(flush());
    }
    return flush();
  }
  base::Result<void> read_parquet(const std::string& file) {
    if (file == "-")
      return base::failure(base::ErrorCode::invalid_argument,
                           "a Parquet file begins at its end: it cannot come on standard input");
    VEDETTE_TRY_VOID(
        store::duckdb::read_parquet(file, [this](std::string_view json) -> base::Result<void> {
          add_json(json);
          return is_full() ? flush() : base::Result<void>();
        }));
    return flush();
  }
  [[nodiscard]] const Totals& totals() const { return totals_; }
  void end_progress() const {
    if (shown_ > 0) fmt::print(stderr, "\n");
  }

 private:
  // A row that reads well here reads well there.
  void add_json(std::string_view json) {
    const std::uint64_t before = rows_.rows();
    rows_.add_json(json, batch_);
    if (handover_ != nullptr && rows_.rows() > before) handover_->add(json);
  }
  void add_fields(const std::vector<std::string>& fields) {
    const std::uint64_t before = rows_.rows();
    rows_.add_fields(fields, batch_);
    if (handover_ == nullptr || rows_.rows() == before) return;
    base::JsonWriter writer;
    writer.begin_object();
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (!fields[i].empty()) writer.member(header_[i], fields[i]);
    writer.end_object();
    handover_->add(writer.text());
  }
  [[nodiscard]] bool is_full() const {
    return batch_.row_count() >= batch_rows_max || (handover_ != nullptr && handover_->is_full());
  }
  base::Result<void> flush() {
    if (batch_.row_count() == 0) return {};
    if (handover_ != nullptr) {
      VEDETTE_TRY_VOID(handover_->send());
      totals_.handed_over += batch_.row_count();
    } else {
      const std::uint64_t watermark = VEDETTE_TRY(store_->watermark());
      const ports::AppendCounts counts =
          VEDETTE_TRY(store_->append({&batch_, 1}, watermark, clock_.now()));
      totals_.stored += counts.rows;
      totals_.repeated += counts.repeated;
      totals_.updated += counts.updated;
    }
    batch_.clear();
    if (progress_ && rows_.rows() >= shown_ + rows_between_progress) {
      shown_ = rows_.rows();
      fmt::print(stderr, "\r{} rows", base::group_thousands(shown_));
    }
    return {};
  }

  store::duckdb::SegmentStore* store_;
  ImportHandover* handover_;
  const ports::Clock& clock_;
  RowReader& rows_;
  std::vector<std::string> header_;
  model::TableBatch batch_;
  bool progress_;
  std::uint64_t shown_ = 0;
  Totals totals_;
};

void report(const ImportWords& words, const Totals& totals, const RowReader& rows) {
  fmt::print("{}: ", base::encode_terminal(words.table));
  if (totals.handed_over > 0)
    fmt::print("{} rows handed to the running serve, which stores those that it does not have",
               base::group_thousands(totals.handed_over));
  else
    fmt::print("{} rows stored", base::group_thousands(totals.stored));
  if (totals.updated > 0) fmt::print(", {} in place of older ones", totals.updated);
  if (totals.repeated > 0) fmt::print(", {} there already", base::group_thousands(totals.repeated));
  if (rows.unreadable() > 0)
    fmt::print(", {} unreadable", base::group_thousands(rows.unreadable()));
  fmt::print("\n");
  if (rows.misfits().empty()) return;
  fmt::print("What did not fit:\n");
  for (const auto& [what, misfit] : rows.misfits()) {
    fmt::print("  {:>9}  {}", base::group_thousands(misfit.count),
               base::encode_terminal(what, 200));
    if (!misfit.example.empty())
      fmt::print(", such as {}", base::encode_terminal(misfit.example, 100));
    fmt::print("\n");
  }
}

base::Result<void> import_file(const ImportWords& words, const std::string& file, Import& import) {
  if (is_parquet(words, file)) return import.read_parquet(file);
  if (base::equals_ignoring_case(std::filesystem::path(file).extension().string(), ".evtx"))
    return base::failure(
        base::ErrorCode::invalid_argument,
        "a Windows event log goes into several tables: vedette import windows FILE");
  auto text = VEDETTE_TRY(open_text(file));
  const RecordFormat format = format_of(words, file);
  const auto records = format == RecordFormat::csv ? read_csv_records(std::move(text))
                                                   : read_json_records(std::move(text));
  return import.read(*records, format);
}

int import_files(const ImportWords& words, ports::Clock& clock) {
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const kql::CatalogueTable* table = catalogue.table(words.table);
  if (table == nullptr && !words.table.ends_with("_CL")) {
    const std::string_view near = base::nearest(words.table, catalogue.table_names());
    print_error(fmt::format(
        "there is no table {}{}", words.table,
        near.empty() ? "; one of your own ends in _CL" : fmt::format("; did you mean {}?", near)));
    return exit_usage;
  }
  const auto folder = data_folder(words.data);
  if (!folder) {
    print_error(folder.error().message);
    return exit_failed;
  }
  const auto store =
      store::duckdb::SegmentStore::open({.folder = *folder + "/store"}, catalogue, clock);
  // While `serve` has the store, it takes the rows.
  std::optional<ImportHandover> handover;
  if (!store && store.error().code == base::ErrorCode::unavailable)
    if (auto serve = RunningServe::find({*folder}))
      handover.emplace(*std::move(serve), words.table, clock);
  if (!store && !handover) {
    print_error(store.error().message);
    return exit_failed;
  }
  RowReader rows(words.table, table, clock.now());
  Import import(store ? store->get() : nullptr, handover ? &*handover : nullptr, clock, rows,
                words.table);
  int code = exit_done;
  for (const std::string& file : words.files) {
    const auto done = import_file(words, file, import);
    if (done) continue;
    import.end_progress();
    print_error(fmt::format("{}: {}", file, done.error().message));
    code = exit_failed;
  }
  import.end_progress();
  if (store)
    for (const std::string& notice : (*store)->take_notices()) print_error(notice);
  report(words, import.totals(), rows);
  if (handover && !handover->wait_until_stored())
    print_error("the running serve has the rows, and is still storing them; hunts see them later");
  return rows.rows() == 0 && rows.unreadable() > 0 ? exit_failed : code;
}

}  // namespace

int run_import(Arguments arguments) {
  ImportWords words;
  if (const auto code = parse_words(arguments, words)) return *code;
  const auto clock = net::make_clock(environment_variable("VEDETTE_TEST_CLOCK").value_or(""));
  if (!clock) {
    print_error(clock.error().message);
    return exit_failed;
  }
  if (words.table != windows_table) return import_files(words, **clock);
  const auto folder = data_folder(words.data);
  if (folder) return import_windows(words.files, *folder, **clock);
  print_error(folder.error().message);
  return exit_failed;
}

}  // namespace vedette::app
