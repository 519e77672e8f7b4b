// Owns: `vedette intel`: indicators from files into the store, and what is there as hunts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <optional>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/command_intel_feeds.h"
#include "app/command_intel_sources.h"
#include "app/data_folder.h"
#include "app/row_import.h"
#include "app/running_serve.h"
#include "app/verbs.h"
#include "base/encode.h"
#include "base/text.h"
#include "intel/indicator_document.h"
#include "intel/indicator_rows.h"
#include "intel/intel_limits.h"
#include "kql/catalogue/schema_catalogue.h"

namespace vedette::app {
namespace {

using base::Result;

enum class IntelVerb : std::uint8_t { import, list, show, sources, pull, push, feeds, retro };

constexpr std::array verbs{
    VerbText<IntelVerb>{"import", IntelVerb::import, "FILE...",
                        "STIX bundles, MISP exports, plain lists; - is standard input"},
    VerbText<IntelVerb>{"list", IntelVerb::list, "", "what is known, the latest first"},
    VerbText<IntelVerb>{"show", IntelVerb::show, "VALUE|ID",
                        "what is said of an address, a name, a hash ..., or of an indicator"},
    VerbText<IntelVerb>{"sources", IntelVerb::sources, "",
                        "where they come from: last success, lag, what was refused, what is wrong"},
    VerbText<IntelVerb>{"pull", IntelVerb::pull, "", "ask every source now"},
    VerbText<IntelVerb>{"push", IntelVerb::push, "",
                        "send to every [[push]] now; --dry-run only says how much"},
    VerbText<IntelVerb>{"retro", IntelVerb::retro, "",
                        "log-ins that are stored and whose address is an indicator by now"},
    VerbText<IntelVerb>{"feeds", IntelVerb::feeds, "FILE", "a MISP's list of feeds, as settings"},
};

const VerbCommand<IntelVerb> command{
    {"intel", "Indicators of compromise: log-ins from and to them become incidents.",
     "\nExamples:\n"
     "  vedette intel import --source abuse --confidence 100 addresses.txt\n"
     "  vedette intel import --source MISP export.json\n"
     "  vedette intel show 203.0.113.7\n"
     "`vedette intel VERB --help` teaches the verb.\n"},
    verbs};

struct IntelWords {
  std::vector<std::string> files;
  std::string format, source, value;
  int confidence = intel::IndicatorDefaults{}.confidence;
  std::optional<std::string> data;
};

// A KQL literal of any text.
std::string literal(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) >= ' ') quoted += c;
  }
  return quoted + "\"";
}

int hunt(const IntelWords& words, std::string query) {
  std::vector<std::string> arguments;
  if (words.data) arguments = {"--data", *words.data};
  if (!words.format.empty()) arguments.insert(arguments.end(), {"--format", words.format});
  arguments.push_back(std::move(query));
  return run_hunt(arguments);
}

// Of each indicator the version that holds: as the snapshot folds them.
std::string latest(const std::string& where) {
  return fmt::format(
      "{} | summarize arg_max(coalesce(Modified, datetime(2000-01-01)), *) by Id, SourceSystem{} | "
      "project Modified, Id, SourceSystem, ObservableKey, ObservableValue, Pattern, Confidence, "
      "Revoked, ValidFrom, ValidUntil, Tags, Description = tostring(Data.description)",
      intel::indicator_table, where);
}

int run_list(Arguments arguments) {
  IntelWords words;
  CLI::App app("What is known, the latest first; of each indicator the version that holds.",
               "vedette intel list");
  app.add_option("--source", words.source, "of that source only")->type_name("NAME");
  app.add_option("--format", words.format, "table, json, csv or ndjson")->type_name("FORMAT");
  app.add_option("--data", words.data, "where Vedette keeps its data")->type_name("DIR");
  if (const auto code = parse_arguments(app, arguments)) return *code;
  const std::string where =
      words.source.empty() ? "" : " | where SourceSystem == " + literal(words.source);
  return hunt(words, latest(where) + " | sort by Modified desc | take 1000");
}

int run_show(Arguments arguments) {
  IntelWords words;
  CLI::App app("What is said of a value, or by an indicator.", "vedette intel show");
  app.add_option("VALUE", words.value, "an address, name, URL, hash, or an indicator's id")
      ->required();
  app.add_option("--format", words.format, "table, json, csv or ndjson")->type_name("FORMAT");
  app.add_option("--data", words.data, "where Vedette keeps its data")->type_name("DIR");
  if (const auto code = parse_arguments(app, arguments)) return *code;
  // In patterns values stand in quotes: 203.0.113.7 is not a part of 203.0.113.77.
  return hunt(words, latest(fmt::format(" | where Id == {0} or ObservableValue =~ {0} or "
                                        "Pattern contains {1}",
                                        literal(words.value), literal("'" + words.value + "'"))));
}

// What came before the indicator that names it did; the latest of each first.
int run_retro(Arguments arguments) {
  IntelWords words;
  int days = 30;
  words.confidence = 0;
  CLI::App app(
      "Log-ins that are stored and whose source's address is an indicator by now, whenever the\n"
      "indicator came: by indicator, with how often, when first and last, and who succeeded.",
      "vedette intel retro");
  app.add_option("--days", days, "how far back")->capture_default_str()->check(CLI::Range(1, 3650));
  app.add_option("--confidence", words.confidence, "indicators of at least this")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--source", words.source, "of that source only")->type_name("NAME");
  app.add_option("--format", words.format, "table, json, csv or ndjson")->type_name("FORMAT");
  app.add_option("--data", words.data, "where Vedette keeps its data")->type_name("DIR");
  if (const auto code = parse_arguments(app, arguments)) return *code;
  const std::string of_source =
      words.source.empty() ? "" : " and SourceSystem == " + literal(words.source);
  return hunt(
      words,
      fmt::format(
          "let known = {} | where Revoked != true and Confidence >= {}{} and "
          "(isnull(ValidUntil) or ValidUntil > now()) and (isnull(ValidFrom) or ValidFrom <= "
          "now()) "
          "and ObservableKey in ('ipv4-addr:value', 'ipv6-addr:value') | project ObservableValue, "
          "Indicator = Id, IndicatorSource = SourceSystem, Confidence; "
          "ASimAuthenticationEventLogs | where TimeGenerated > ago({}d) and isnotempty(SrcIpAddr) "
          "| "
          "join kind=inner known on $left.SrcIpAddr == $right.ObservableValue | summarize LogIns = "
          "count(), Succeeded = countif(EventResult == 'Success'), First = min(TimeGenerated), "
          "Last "
          "= max(TimeGenerated), Users = make_set(TargetUsername, 10) by Address = SrcIpAddr, "
          "IndicatorSource, Confidence, Indicator | sort by Last desc | take 1000",
          latest(""), words.confidence, of_source, days));
}

// The three tables of an import, and where their rows go.
class IndicatorImport {
 public:
  IndicatorImport(const IntelWords& words, std::string folder, ports::Clock& clock)
      : words_(words), folder_(std::move(folder)), clock_(clock) {}

  // An error: there is no place for rows.
  Result<void> open() {
    auto opened =
        store::duckdb::SegmentStore::open({.folder = folder_ + "/store"}, catalogue_, clock_);
    if (opened) {
      store_ = *std::move(opened);
    } else {
      is_handed_over_ = opened.error().code == base::ErrorCode::unavailable &&
                        RunningServe::find({folder_}).has_value();
      if (!is_handed_over_) return std::unexpected(opened.error());
    }
    for (const auto table : {intel::objects_table, intel::older_table, intel::indicator_table})
      tables_.push_back(std::make_unique<Table>(*this, std::string(table)));
    return {};
  }

  Result<void> read(const std::string& file) {
    const std::string text = VEDETTE_TRY(read_text(file, intel::limits::file_bytes_max));
    const auto format = words_.format.empty() ? intel::format_of_document(text)
                                              : intel::document_format_named(words_.format);
    if (!format)
      return base::failure(base::ErrorCode::malformed,
                           "is neither a STIX bundle nor a MISP export; say --format");
    Result<void> outcome;
    const auto take = [&](auto indicator) {
      if (!outcome) return;
      if (indicator)
        outcome = add(*indicator);
      else if (indicator.error().code != base::ErrorCode::not_found)
        refusals_.add(indicator.error().message);
    };
    intel::read_document(*format, text, {words_.source, words_.confidence}, take,
                         [&](const base::Json& object) {
                           if (outcome) outcome = add_object(object);
                         });
    if (!outcome) return outcome;
    for (auto& table : tables_) VEDETTE_TRY_VOID(table->rows.flush());
    return {};
  }

  [[nodiscard]] bool wait_until_known() {
    return !is_handed_over_ || tables_.back()->handover->wait_until_stored();
  }

  void report() const {
    fmt::print("{} indicators {}", base::group_thousands(taken_),
               is_handed_over_ ? "handed to the running serve" : "read");
    if (revoked_ > 0) fmt::print(", {} of them withdrawn", base::group_thousands(revoked_));
    if (!is_handed_over_ && !tables_.empty()) {
      const ImportTotals& totals = tables_.back()->rows.totals();
      fmt::print("; {} stored", base::group_thousands(totals.stored));
      if (totals.repeated > 0)
        fmt::print(", {} there already", base::group_thousands(totals.repeated));
    }
    fmt::print("\n");
    if (refusals_.by_reason().empty()) return;
    fmt::print("What was refused:\n");
    for (const auto& [reason, count] : refusals_.by_reason())
      fmt::print("  {:>9}  {}\n", base::group_thousands(count), base::encode_terminal(reason, 200));
  }
  [[nodiscard]] bool is_all_refused() const {
    return taken_ == 0 && !refusals_.by_reason().empty();
  }

 private:
  struct Table {
    Table(IndicatorImport& import, const std::string& name)
        : reader(name, import.catalogue_.table(name), import.clock_.now()),
          handover(import.is_handed_over_ ? RunningServe::find({import.folder_}) : std::nullopt,
                   name, import.clock_),
          rows(import.store_.get(), handover.get(), import.clock_, reader, name) {}
    // What ImportHandover is given only where there is somebody to hand over to.
    struct Handover {
      Handover(std::optional<RunningServe> serve, const std::string& name, ports::Clock& clock) {
        if (serve) body.emplace(*std::move(serve), name, clock);
      }
      [[nodiscard]] ImportHandover* get() { return body ? &*body : nullptr; }
      ImportHandover* operator->() { return &*body; }
      std::optional<ImportHandover> body;
    };
    normalise::RowReader reader;
    Handover handover;
    Import rows;
  };

  Result<void> add_object(const base::Json& object) {
    const std::string row = intel::write_object_row(object, words_.source);
    if (row.empty()) return {};
    tables_.front()->rows.add_json(row);
    if (tables_.front()->rows.is_full()) VEDETTE_TRY_VOID(tables_.front()->rows.flush());
    return {};
  }

  Result<void> add(const model::Indicator& indicator) {
    ++taken_;
    revoked_ += indicator.is_revoked ? 1 : 0;
    const base::Timestamp now = clock_.now();
    tables_[1]->rows.add_json(intel::write_older_row(indicator, now));
    tables_.back()->rows.add_json(intel::write_row(indicator, now));
    for (auto& table : tables_)
      if (table->rows.is_full()) VEDETTE_TRY_VOID(table->rows.flush());
    return {};
  }

  const IntelWords& words_;
  const std::string folder_;
  ports::Clock& clock_;
  const kql::SchemaCatalogue catalogue_{kql::built_in_schema()};
  std::unique_ptr<store::duckdb::SegmentStore> store_;
  bool is_handed_over_ = false;
  std::vector<std::unique_ptr<Table>> tables_;
  intel::Refusals refusals_;
  std::uint64_t taken_ = 0, revoked_ = 0;
};

int run_import_of_indicators(Arguments arguments) {
  IntelWords words;
  CLI::App app(
      "Indicators from STIX 2.0 and 2.1 bundles, MISP exports and plain lists (gzip and zstd "
      "too).\n"
      "The same file twice changes nothing; a newer version takes the older one's place.",
      "vedette intel import");
  app.add_option("FILE", words.files, "files; - is standard input")->required();
  app.add_option("--source", words.source, "who says so, as alerts will name it")
      ->type_name("NAME")
      ->required();
  app.add_option("--confidence", words.confidence, "0 to 100, of indicators that do not say theirs")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--format", words.format, "stix, misp or list [by the content]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"stix", "misp", "list"}));
  app.add_option("--data", words.data, "where Vedette keeps its data")->type_name("DIR");
  if (const auto code = parse_arguments(app, arguments)) return *code;
  if (words.source.size() > intel::limits::source_bytes_max) {
    print_error("--source is longer than 256 bytes");
    return exit_usage;
  }
  const auto fail = [](const base::Error& error) {
    print_error(error.message);
    return exit_failed;
  };
  const auto clock = command_clock();
  if (!clock) return fail(clock.error());
  const auto folder = data_folder(words.data);
  if (!folder) return fail(folder.error());
  IndicatorImport import(words, *folder, **clock);
  if (const auto opened = import.open(); !opened) return fail(opened.error());
  int code = exit_done;
  for (const std::string& file : words.files) {
    const auto done = import.read(file);
    if (!done) code = fail(base::Error(done.error()).within(file));
  }
  import.report();
  if (!import.wait_until_known())
    print_error("the running serve has the indicators, and is still taking them in");
  return import.is_all_refused() ? exit_failed : code;
}

}  // namespace

int run_intel(Arguments arguments) {
  const auto found = command.find(arguments, std::cout, std::cerr);
  if (found.verb == nullptr) return found.exit_code;
  switch (found.verb->verb) {
    case IntelVerb::import:
      return run_import_of_indicators(arguments.subspan(1));
    case IntelVerb::list:
      return run_list(arguments.subspan(1));
    case IntelVerb::show:
      return run_show(arguments.subspan(1));
    case IntelVerb::sources:
      return run_intel_sources(arguments.subspan(1));
    case IntelVerb::pull:
      return run_intel_pull(arguments.subspan(1));
    case IntelVerb::push:
      return run_intel_push(arguments.subspan(1));
    case IntelVerb::feeds:
      return run_intel_feeds(arguments.subspan(1));
    case IntelVerb::retro:
      return run_retro(arguments.subspan(1));
  }
  return exit_usage;
}

}  // namespace vedette::app
