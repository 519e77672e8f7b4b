#include "app/command_hunt.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <istream>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/data_folder.h"
#include "app/hunt_request.h"
#include "app/signals.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "enrich/geo_database.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/compile.h"
#include "kql/moment.h"
#include "kql/result/sink.h"
#include "net/external_reader.h"
#include "store/duckdb/parquet_file.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

namespace {

constexpr std::string_view usage =
    "usage: vedette hunt [options] QUERY | -f FILE | -\n"
    "  -f FILE              read the query from a file (- reads standard input)\n"
    "  --format FORMAT      table (default), json, csv, ndjson, or parquet (with --out)\n"
    "  --out FILE           write the answer there instead of printing it\n"
    "  --check              names and types only: prints the columns, runs nothing\n"
    "  --explain            print the SQL that the query becomes, run nothing\n"
    "  --data DIR           where Vedette keeps its data (default: $VEDETTE_DATA, "
    "/var/lib/vedette\n"
    "                       where that is there, else your own data folder)\n"
    "  --from TIME, --to TIME   only rows of that time (2026-06-01, 2026-06-01T08:00Z ...)\n"
    "  --last SPAN          only rows of that time until now (1h, 7d)\n"
    "  --allow-host HOST    externaldata may read this host (example.org, *.example.org, or\n"
    "                       http://10.0.0.5:8080 for one that is not public); may be repeated\n"
    "  --param NAME=VALUE   a value for `declare query_parameters`; may be repeated\n"
    "  --timeout SECONDS    stop the query after that time (default 240)\n";

struct Options {
  std::optional<std::string> query;
  std::string file;
  std::optional<std::string> data;
  kql::result::Format format = kql::result::Format::table;
  bool parquet = false;
  std::string out;
  bool check = false;
  bool explain = false;
  bool help = false;
  kql::Inputs inputs;
  std::vector<std::string> hosts;  // that externaldata may read
  std::optional<std::int64_t> last_ticks;
  int timeout_ms = base::limits::query_timeout_ms;
};

// Takes the value of an option: the next word, or what stands behind '='.
class Words {
 public:
  explicit Words(std::span<const std::string_view> words) : words_(words) {}
  [[nodiscard]] bool done() const { return at_ >= words_.size(); }
  std::string_view next() { return words_[at_++]; }
  base::Result<std::string_view> value_of(std::string_view option,
                                          std::optional<std::string_view> inline_value) {
    if (inline_value) return *inline_value;
    if (done())
      return base::failure(base::ErrorCode::invalid_argument,
                           fmt::format("{} needs a value", option));
    return next();
  }

 private:
  std::span<const std::string_view> words_;
  std::size_t at_ = 0;
};

base::Result<void> take_option(std::string_view name, std::optional<std::string_view> inline_value,
                               Words& words, Options& options) {
  const auto invalid = [](std::string text) {
    return base::failure(base::ErrorCode::invalid_argument, std::move(text));
  };
  if (name == "--check") {
    options.check = true;
  } else if (name == "--explain") {
    options.explain = true;
  } else if (name == "--help" || name == "-h") {
    options.help = true;
  } else if (name == "-f" || name == "--file") {
    options.file = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--from" || name == "--to") {
    const std::string_view word = VEDETTE_TRY(words.value_of(name, inline_value));
    const auto ticks = kql::parse_datetime(word);
    if (!ticks) return invalid(fmt::format("{} takes a time, such as 2026-06-01T08:00Z", name));
    (name == "--from" ? options.inputs.from_ticks : options.inputs.to_ticks) = ticks;
  } else if (name == "--last") {
    const auto span = kql::parse_timespan(VEDETTE_TRY(words.value_of(name, inline_value)));
    if (!span || *span <= 0) return invalid("--last takes a span of time, such as 1h or 7d");
    options.last_ticks = span;
  } else if (name == "--data") {
    options.data = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--format") {
    const std::string_view word = VEDETTE_TRY(words.value_of(name, inline_value));
    options.parquet = word == "parquet";
    const auto format = kql::result::format_of_name(options.parquet ? "ndjson" : word);
    if (!format)
      return invalid(fmt::format("there is no format '{}': table, json, csv, ndjson or parquet",
                                 base::encode_terminal(word)));
    options.format = *format;
  } else if (name == "--out") {
    options.out = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--allow-host") {
    const std::string_view word = VEDETTE_TRY(words.value_of(name, inline_value));
    VEDETTE_TRY(net::parse_allowed_host(word));
    options.hosts.emplace_back(word);
  } else if (name == "--param") {
    const std::string_view word = VEDETTE_TRY(words.value_of(name, inline_value));
    const std::size_t equal = word.find('=');
    if (equal == std::string_view::npos) return invalid("--param takes NAME=VALUE");
    options.inputs.parameters.emplace_back(word.substr(0, equal), word.substr(equal + 1));
  } else if (name == "--timeout") {
    const auto seconds = base::parse_unsigned(VEDETTE_TRY(words.value_of(name, inline_value)));
    if (!seconds || *seconds == 0 || *seconds > 86'400)
      return invalid("--timeout takes seconds, 1 to 86400");
    options.timeout_ms = static_cast<int>(*seconds) * 1000;
  } else {
    return invalid(fmt::format("there is no option {}", name));
  }
  return {};
}

base::Result<Options> read_options(std::span<const std::string_view> arguments) {
  Options options;
  Words words(arguments);
  while (!words.done()) {
    const std::string_view word = words.next();
    if (word == "-") {
      options.file = "-";
    } else if (word.starts_with("--") && word.find('=') != std::string_view::npos) {
      const std::size_t equal = word.find('=');
      VEDETTE_TRY_VOID(take_option(word.substr(0, equal), word.substr(equal + 1), words, options));
    } else if (word.starts_with('-') && word.size() > 1 &&
               word.find(' ') == std::string_view::npos) {
      VEDETTE_TRY_VOID(take_option(word, std::nullopt, words, options));
    } else if (options.query) {
      return base::failure(base::ErrorCode::invalid_argument,
                           "one query at a time: put it in quotes");
    } else {
      options.query = word;
    }
  }
  if (options.last_ticks && (options.inputs.from_ticks || options.inputs.to_ticks))
    return base::failure(base::ErrorCode::invalid_argument,
                         "--last stands for itself, without --from and --to");
  if (options.parquet && options.out.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         "--format parquet needs --out FILE: it is not printed");
  if (!options.help && options.query.has_value() == !options.file.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         "give a query, or -f FILE, or - for standard input");
  return options;
}

base::Result<std::string> read_query(const Options& options, std::istream& input) {
  if (options.query) return *options.query;
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    if (!file)
      return base::failure(base::ErrorCode::not_found, fmt::format("cannot open {}", options.file));
  }
  std::istream& from = options.file == "-" ? input : file;
  std::string text(base::limits::query_bytes_max + 1, '\0');
  from.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(from.gcount()));
  if (text.size() > base::limits::query_bytes_max)
    return base::failure(base::ErrorCode::limit_exceeded, "the query is longer than 1 MB");
  return text;
}

int show_problem(const kql::Diagnostic& diagnostic, const std::string& text,
                 kql::result::Format format, std::ostream& errors) {
  errors << (format == kql::result::Format::json ? kql::render_json({diagnostic}, text) + "\n"
                                                 : kql::render(diagnostic, text));
  return 1;
}

int show_shape(const kql::Checked<kql::Shape>& shape, const std::string& text,
               const Options& options, const HuntSurroundings& around) {
  if (options.format != kql::result::Format::json) {
    if (!shape) return show_problem(shape.error(), text, options.format, around.errors);
    for (const kql::plan::Column& column : shape->columns)
      around.output << kql::result::text_of(
                           {.type = kql::Type::string, .is_null = false, .text = column.name})
                    << ": " << kql::name_of(column.type) << "\n";
    if (shape->columns_open) around.output << "(and columns that depend on data)\n";
    return 0;
  }
  base::JsonWriter writer;
  writer.begin_object().key("ok").boolean(shape.has_value());
  if (shape) {
    writer.key("columns").begin_array();
    for (const kql::plan::Column& column : shape->columns)
      writer.begin_object()
          .member("name", column.name)
          .member("type", kql::name_of(column.type))
          .end_object();
    writer.end_array();
    if (shape->columns_open) writer.key("open").boolean(true);
  } else {
    writer.key("diagnostics").begin_array();
    kql::append_json(writer, shape.error(), text);
    writer.end_array();
  }
  writer.end_object();
  around.output << writer.text() << "\n";
  return shape ? 0 : 1;
}

// One line on a terminal while a query takes its time.
class ProgressLine {
 public:
  explicit ProgressLine(const HuntSurroundings& around)
      : clock_(around.clock), terminal_(around.errors), began_(clock_.monotonic()) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { end(); }

  // From the engine's thread.
  void show(double percent) {
    const std::lock_guard lock(mutex_);
    const base::Duration taken = clock_.monotonic() - began_;
    if (is_over_ || taken < patience) return;
    is_shown_ = true;
    terminal_ << "\r\033[K" << taken.whole_milliseconds() / 1000 << " s"
              << (percent > 0 ? fmt::format(", {:.0f} %", percent) : "") << " (Ctrl-C stops it)"
              << std::flush;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    if (is_shown_ && !is_over_) terminal_ << "\r\033[K" << std::flush;
    is_over_ = true;
  }

 private:
  static constexpr base::Duration patience = base::Duration::seconds(1);

  const ports::Clock& clock_;
  std::ostream& terminal_;
  const base::Duration began_;
  std::mutex mutex_;
  bool is_shown_ = false, is_over_ = false;  // guarded by mutex_
};

// Says on standard error what the rows lack, whatever the format.
class Announcing final : public kql::result::Sink {
 public:
  Announcing(kql::result::Sink& sink, std::ostream& errors, ProgressLine& progress)
      : sink_(sink), errors_(errors), progress_(progress) {}
  void begin(const std::vector<kql::plan::Column>& columns) override {
    progress_.end();
    sink_.begin(columns);
  }
  void row(std::span<const kql::result::Cell> cells) override { sink_.row(cells); }
  void end(const kql::result::Ending& ending) override {
    sink_.end(ending);
    for (const std::string& missing : ending.partial)
      errors_ << "vedette hunt: the answer is partial: " << base::encode_terminal(missing) << "\n";
  }

 private:
  kql::result::Sink& sink_;
  std::ostream& errors_;
  ProgressLine& progress_;
};

// A folder that is not there, or that nobody can name, is an empty store.
std::string store_folder(const std::optional<std::string>& option) {
  const auto folder = data_folder(option);
  return folder ? *folder + "/store" : std::string();
}

int answer(const Options& options, const std::string& text, const kql::Catalogue& catalogue,
           const HuntSurroundings& around) {
  // Before the first thread that is not ours.
  const std::stop_token stop = around.stop ? around.stop() : std::stop_token();
  const enrich::GeoOnDemand places;
  const auto store =
      store::duckdb::SegmentStore::open({.folder = store_folder(options.data),
                                         .memory_bytes = base::limits::query_memory_bytes,
                                         .read_only = true,
                                         .places = &places},
                                        catalogue, around.clock);
  if (!store) {
    // While `serve` has the store, it is asked.
    const auto folder = data_folder(options.data);
    if (store.error().code == base::ErrorCode::unavailable && folder && !options.explain &&
        !options.parquet) {
      const auto answered = ask_running_serve({*folder},
                                              {.query = text,
                                               .format = options.format,
                                               .inputs = options.inputs,
                                               .timeout_ms = options.timeout_ms,
                                               .hosts = options.hosts},
                                              stop);
      if (answered) {
        around.output << answered->output << std::flush;
        around.errors << answered->problem;
        return answered->exit_code;
      }
    }
    around.errors << "vedette hunt: " << base::encode_terminal(store.error().message)
                  << (options.parquet ? "; ask for --format ndjson meanwhile" : "") << "\n";
    return 1;
  }
  if (options.explain) {
    const auto stage = (*store)->explain(text, options.inputs);
    if (!stage) return show_problem(stage.error(), text, options.format, around.errors);
    around.output << stage->sql << "\n";
    return 0;
  }
  const auto run = [&](kql::result::Sink& sink) {
    ProgressLine progress(around);
    Announcing announcing(sink, around.errors, progress);
    const auto external = external_reader(options.hosts, {});
    store::duckdb::StoreHuntOptions hunt{
        .timeout_ms = options.timeout_ms, .stop = stop, .external = external.get()};
    if (around.shows_progress) hunt.progress = [&](double percent) { progress.show(percent); };
    return (*store)->hunt(text, options.inputs, hunt, announcing);
  };
  if (options.parquet) {
    const auto file = store::duckdb::ParquetSink::create(options.out);
    const auto done = file ? run(**file) : kql::Checked<void>();
    if (!done) return show_problem(done.error(), text, options.format, around.errors);
    const auto written = file ? (*file)->finish() : std::unexpected(file.error());
    if (written) return 0;
    around.errors << "vedette hunt: " << base::encode_terminal(written.error().message) << "\n";
    return 1;
  }
  const auto sink = kql::result::make_sink(options.format,
                                           [&](std::string_view piece) { around.output << piece; });
  const auto done = run(*sink);
  if (!done) return show_problem(done.error(), text, options.format, around.errors);
  around.output.flush();
  return 0;
}

}  // namespace

int run_hunt(std::span<const std::string_view> arguments, const HuntSurroundings& around) {
  auto options = read_options(arguments);
  if (!options) {
    around.errors << "vedette hunt: " << options.error().message << "\n" << usage;
    return 2;
  }
  if (options->help) {
    around.output << usage;
    return 0;
  }
  const auto text = read_query(*options, around.input);
  if (!text) {
    around.errors << "vedette hunt: " << text.error().message << "\n";
    return 2;
  }
  options->inputs.now_ticks = around.clock.now().ticks;
  if (options->last_ticks)
    options->inputs.from_ticks = options->inputs.now_ticks - *options->last_ticks;
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  if (options->check)
    return show_shape(kql::check(*text, catalogue, options->inputs), *text, *options, around);
  if (options->out.empty() || options->parquet) return answer(*options, *text, catalogue, around);
  std::ofstream file(options->out, std::ios::binary | std::ios::trunc);
  const int code =
      answer(*options, *text, catalogue,
             {around.clock, around.input, file, around.errors, around.stop, around.shows_progress});
  file.close();
  if (file) return code;
  around.errors << "vedette hunt: cannot write " << base::encode_terminal(options->out) << "\n";
  return exit_failed;
}

int run_hunt(Arguments arguments) {
  const auto clock = command_clock();
  if (!clock) {
    print_error(clock.error().message);
    return exit_failed;
  }
  const std::vector<std::string_view> words(arguments.begin(), arguments.end());
  std::optional<StopOnSignals> signals;
  const auto stop = [&signals] {
    if (!signals) signals.emplace();
    return signals->token();
  };
  return run_hunt(words, {**clock, std::cin, std::cout, std::cerr, stop, ::isatty(2) == 1});
}

}  // namespace vedette::app
