#include "app/command_hunt.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <istream>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/command_hunts.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/data_layout.h"
#include "app/environment.h"
#include "app/function_files.h"
#include "app/hunt_options.h"
#include "app/hunt_outcome.h"
#include "app/hunt_places.h"
#include "app/hunt_prompt.h"
#include "app/hunt_request.h"
#include "app/signals.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "enrich/geo_database.h"
#include "fmt/format.h"
#include "hunt/chart.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/compile.h"
#include "kql/result/sink.h"
#include "net/external_reader.h"
#include "net/system_random.h"
#include "store/duckdb/parquet_file.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

namespace {

// A file's hunt becomes a query: its parameters stand in front of it.
base::Result<std::string> query_of_hunt(HuntOptions& options) {
  const auto folder = VEDETTE_TRY(hunts_folder(options.hunts, options.config));
  const auto file = VEDETTE_TRY(find_hunt(options.name, folder));
  options.hunt = file.hunt;
  return hunt::text_of(file.hunt, std::exchange(options.inputs.parameters, {}));
}

base::Result<std::string> read_query(HuntOptions& options, std::istream& input) {
  if (options.query) return *options.query;
  if (!options.name.empty()) return query_of_hunt(options);
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
               const HuntOptions& options, const HuntSurroundings& around) {
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

int answer(const HuntOptions& options, const std::string& text, const kql::Catalogue& catalogue,
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

// Gives rows to two.
class Copying final : public kql::result::Sink {
 public:
  Copying(kql::result::Sink& first, kql::result::Sink& second) : first_(first), second_(second) {}
  void begin(const std::vector<kql::plan::Column>& columns) override {
    first_.begin(columns);
    second_.begin(columns);
  }
  void row(std::span<const kql::result::Cell> cells) override {
    first_.row(cells);
    second_.row(cells);
  }
  void end(const kql::result::Ending& ending) override {
    first_.end(ending);
    second_.end(ending);
  }

 private:
  kql::result::Sink& first_;
  kql::result::Sink& second_;
};

base::Result<Configuration> load_settings(const HuntOptions& options) {
  const std::filesystem::path path =
      options.config.empty() ? find_configuration_file() : std::filesystem::path(options.config);
  auto loaded = load_configuration(path, environment_variable);
  if (loaded) return *std::move(loaded);
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("{}", fmt::join(loaded.error(), "; ")));
}

// A hunt of which rows are not only printed, or not found here alone.
class WiderHunt {
 public:
  WiderHunt(const HuntOptions& options, const std::string& text, const kql::Catalogue& catalogue,
            const HuntSurroundings& around, Configuration configuration, std::string data)
      : options_(options),
        text_(text),
        catalogue_(catalogue),
        around_(around),
        configuration_(std::move(configuration)),
        data_{std::move(data)},
        world_{around.clock, random_, configuration_.secrets, data_.folder, tell_person()} {}

  int run() {
    PlacedHunt hunt{text_,
                    options_.inputs,
                    options_.timeout_ms,
                    options_.hosts,
                    data_.folder.string(),
                    options_.on,
                    around_.stop ? around_.stop() : std::stop_token(),
                    {}};
    std::unique_ptr<store::duckdb::ParquetSink> parquet;
    if (options_.parquet) {
      auto made = store::duckdb::ParquetSink::create(options_.out);
      if (!made) return fail(made.error().message);
      parquet = *std::move(made);
    }
    const auto printed = kql::result::make_sink(
        options_.format, [&](std::string_view piece) { around_.output << piece; });
    ProgressLine progress(around_);
    if (around_.shows_progress) hunt.progress = [&](double percent) { progress.show(percent); };
    Announcing announcing(parquet ? static_cast<kql::result::Sink&>(*parquet) : *printed,
                          around_.errors, progress);
    Copying sink(announcing, kept_);
    const Elsewhere elsewhere{configuration_, world_};
    const auto done = run_at_place(hunt, catalogue_, around_.clock, &elsewhere, sink);
    if (!done && done.error().diagnostic)
      return show_problem(*done.error().diagnostic, text_, options_.format, around_.errors);
    if (!done) return fail(done.error().words);
    if (parquet)
      if (const auto written = parquet->finish(); !written) return fail(written.error().message);
    if (const int code = draw_chart(); code != exit_done) return code;
    around_.output.flush();
    return tell();
  }

 private:
  int fail(const std::string& words) {
    around_.errors << "vedette hunt: ";
    for (const std::string_view line : base::split(words, '\n'))
      around_.errors << base::encode_terminal(line) << "\n";
    return exit_failed;
  }

  [[nodiscard]] cloud::TellPerson tell_person() const {
    if (!around_.shows_progress) return {};  // nobody is there
    return [&errors = around_.errors](const std::string& text) {
      errors << text << "\n" << std::flush;
    };
  }

  // As the query says, or as somebody asked for: only then it is an error that it cannot be drawn.
  int draw_chart() {
    const auto said = hunt::chart_kind_of(kept_.ending().render);
    if (!said && !options_.has_chart()) return exit_done;
    const bool has_time = std::ranges::any_of(kept_.columns(), [](const kql::plan::Column& column) {
      return column.type == kql::Type::datetime;
    });
    const auto chart = hunt::chart_of(
        kept_, said.value_or(has_time ? hunt::ChartKind::line : hunt::ChartKind::bar));
    if (!chart && options_.has_chart()) return fail(chart.error().message);
    if (!chart) {
      around_.errors << "vedette hunt: not drawn: " << chart.error().message << "\n";
      return exit_done;
    }
    if (options_.format == kql::result::Format::table && !options_.parquet)
      around_.output << "\n" << hunt::draw(*chart, around_.columns > 0 ? around_.columns : 80);
    if (options_.svg.empty()) return exit_done;
    std::ofstream file(options_.svg, std::ios::binary | std::ios::trunc);
    file << hunt::svg_of(*chart, options_.hunt ? options_.hunt->title : std::string());
    file.close();
    return file ? exit_done : fail("cannot write " + options_.svg);
  }

  // A message, an incident. Without rows there is nothing to tell.
  int tell() {
    if (!options_.has_outcome() || kept_.rows().empty()) return exit_done;
    hunt::Hunt hunt = options_.hunt.value_or(hunt::Hunt{});
    if (hunt.name.empty()) {
      hunt.name = "query";
      hunt.title = "Hunt: " + base::clean_utf8(base::trim(text_), 100);
    }
    std::vector<std::size_t> all(kept_.rows().size());
    std::iota(all.begin(), all.end(), 0);
    const base::Timestamp now = around_.clock.now();
    const model::Alert alert = alert_of(hunt, kept_, all, now, options_.on);
    if (options_.incident) {
      const auto recorded = record_alert(alert, data_.state(), configuration_, now);
      if (!recorded) return fail(recorded.error().message);
      around_.errors << (recorded->incidents_opened > 0    ? "vedette hunt: an incident is open\n"
                         : recorded->incidents_changed > 0 ? "vedette hunt: an incident has it\n"
                                                           : "vedette hunt: that is known\n");
    }
    if (options_.notify.empty()) return exit_done;
    const auto told = tell_channel(alert, options_.notify, configuration_, world_);
    if (!told) return fail(told.error().message);
    around_.errors << "vedette hunt: " << base::encode_terminal(*told) << "\n";
    return exit_done;
  }

  const HuntOptions& options_;
  const std::string& text_;
  const kql::Catalogue& catalogue_;
  const HuntSurroundings& around_;
  const Configuration configuration_;
  const DataLayout data_;
  net::SystemRandom random_;
  const SignInWorld world_;
  hunt::KeptRows kept_;
};

int answer_widely(const HuntOptions& options, const std::string& text,
                  const kql::Catalogue& catalogue, const HuntSurroundings& around) {
  // Settings are needed only for places elsewhere and for telling people.
  auto settings = !options.on.empty() || options.has_outcome()
                      ? load_settings(options)
                      : base::Result<Configuration>(Configuration());
  std::optional<std::string> named = options.data;
  if (settings && !named && !settings->data_folder.empty()) named = settings->data_folder.string();
  const auto folder = data_folder(named);
  if (!settings || !folder) {
    around.errors << "vedette hunt: "
                  << base::encode_terminal(settings ? folder.error().message
                                                    : settings.error().message)
                  << "\n";
    return exit_failed;
  }
  return WiderHunt(options, text, catalogue, around, *std::move(settings), *folder).run();
}

}  // namespace

int run_hunt(std::span<const std::string_view> arguments, const HuntSurroundings& around) {
  if (!arguments.empty() && is_hunt_verb(arguments.front()))
    return run_hunt_verb(arguments, around);
  auto options = read_hunt_options(arguments);
  if (!options) {
    around.errors << "vedette hunt: " << options.error().message << "\n" << hunt_usage;
    return 2;
  }
  if (options->help) {
    around.output << hunt_usage;
    return 0;
  }
  if (options->has_query()) return run_one_hunt(*std::move(options), around);
  if (around.prompt) return around.prompt(*options);
  around.errors
      << "vedette hunt: give a query, or -f FILE, or - for standard input; a prompt opens "
         "on a terminal\n"
      << hunt_usage;
  return 2;
}

int run_one_hunt(HuntOptions options, const HuntSurroundings& around) {
  const auto text = read_query(options, around.input);
  if (!text) {
    around.errors << "vedette hunt: " << text.error().message << "\n";
    return 2;
  }
  options.inputs.now_ticks = around.clock.now().ticks;
  if (options.last_ticks)
    options.inputs.from_ticks = options.inputs.now_ticks - *options.last_ticks;
  const auto functions = functions_folder(options.functions, options.config);
  if (!functions) {
    around.errors << "vedette hunt: " << base::encode_terminal(functions.error().message) << "\n";
    return exit_failed;
  }
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const auto files = FunctionFolder(*functions, catalogue).files();
  options.inputs.saved_functions = hunt::functions_for(*text, files->functions);
  for (const std::string& problem : files->problems)
    around.errors << "vedette hunt: not read: " << problem << "\n";
  if (options.check)
    return show_shape(kql::check(*text, catalogue, options.inputs), *text, options, around);
  const bool draws = around.columns > 0 && options.format == kql::result::Format::table &&
                     text->find("render") != std::string::npos;
  const bool is_wide = !options.on.empty() || options.has_outcome() || options.has_chart() || draws;
  const auto run = is_wide ? &answer_widely : &answer;
  if (options.out.empty() || options.parquet) return run(options, *text, catalogue, around);
  std::ofstream file(options.out, std::ios::binary | std::ios::trunc);
  const int code =
      run(options, *text, catalogue,
          {around.clock, around.input, file, around.errors, around.stop, around.shows_progress, 0});
  file.close();
  if (file) return code;
  around.errors << "vedette hunt: cannot write " << base::encode_terminal(options.out) << "\n";
  return exit_failed;
}

namespace {

// Of standard output; 0 when that is none.
std::size_t columns_of_terminal() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

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
  HuntSurroundings around{
      **clock, std::cin, std::cout, std::cerr, stop, ::isatty(2) == 1, columns_of_terminal()};
  if (::isatty(STDIN_FILENO) == 1 && around.columns > 0)
    around.prompt = [&](const HuntOptions& options) { return run_hunt_prompt(options, around); };
  return run_hunt(words, around);
}

}  // namespace vedette::app
