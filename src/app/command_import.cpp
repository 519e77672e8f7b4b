// Owns: `vedette import`: the words, the files one after the other, the report.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/data_folder.h"
#include "app/import_file.h"
#include "app/import_request.h"
#include "app/row_import.h"
#include "app/running_serve.h"
#include "app/windows_import.h"
#include "base/encode.h"
#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "normalise/import_rows.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {
namespace {

using normalise::RowReader;
using Totals = ImportTotals;

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

struct ImportWords {
  std::string table;
  std::vector<std::string> files;
  std::string format;
  std::optional<std::string> data;
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
  const auto clock = command_clock();
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
