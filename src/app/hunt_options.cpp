#include "app/hunt_options.h"

#include "base/encode.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/moment.h"
#include "net/external_reader.h"

namespace vedette::app {

const std::string_view hunt_usage =
    "usage: vedette hunt [options] QUERY | -f FILE | -\n"
    "       vedette hunt [options]                a prompt, on a terminal (.help there)\n"
    "       vedette hunt run NAME [options]       a hunt that is kept as a file\n"
    "       vedette hunt list|show|new|test ...   hunts as files (docs/guides/hunts.md)\n"
    "       vedette hunt functions                your own functions in files\n"
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
    "  --param NAME=VALUE   a value for `declare query_parameters`, or for a parameter of the\n"
    "                       hunt; may be repeated\n"
    "  --hunts DIR          your own hunts (default: [hunt] folder of the settings)\n"
    "  --functions DIR      functions in files that the query may call (default: [hunt] "
    "functions)\n"
    "  --config FILE        the settings (default: /etc/vedette/vedette.toml)\n"
    "  --on PLACE           run it elsewhere: workspace:NAME (Log Analytics), adx:NAME (Azure "
    "Data\n"
    "                       Explorer); both:workspace:NAME shows what differs from here\n"
    "  --notify CHANNEL     when there are rows, tell that channel of the settings\n"
    "  --incident           when there are rows, open an incident\n"
    "  --chart              draw the rows too, as `render` says, else as lines over time or bars\n"
    "  --svg FILE           write that chart as SVG\n"
    "  --timeout SECONDS    stop the query after that time (default 240)\n";

namespace {

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
                               Words& words, HuntOptions& options) {
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
  } else if (name == "--incident") {
    options.incident = true;
  } else if (name == "--chart") {
    options.chart = true;
  } else if (name == "--svg") {
    options.svg = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--notify") {
    options.notify = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--on") {
    const std::string_view word = VEDETTE_TRY(words.value_of(name, inline_value));
    options.on = word == "local" ? "" : word;
  } else if (name == "--hunts") {
    options.hunts = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--functions") {
    options.functions = VEDETTE_TRY(words.value_of(name, inline_value));
  } else if (name == "--config") {
    options.config = VEDETTE_TRY(words.value_of(name, inline_value));
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

}  // namespace

base::Result<HuntOptions> read_hunt_options(std::span<const std::string_view> arguments) {
  HuntOptions options;
  Words words(arguments);
  if (!words.done() && arguments.front() == "run") {
    words.next();
    options.name = VEDETTE_TRY(words.value_of("hunt run", std::nullopt));
    options.help = options.name == "--help" || options.name == "-h";
  }
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
  VEDETTE_TRY_VOID(check_hunt_options(options));
  const int sources =
      int{options.query.has_value()} + int{!options.file.empty()} + int{!options.name.empty()};
  if (!options.help && sources > 1)
    return base::failure(base::ErrorCode::invalid_argument,
                         options.name.empty() ? "give a query, or -f FILE, or - for standard input"
                                              : "hunt run takes a name and options, and no query");
  return options;
}

base::Result<void> change_hunt_option(std::string_view name, std::string_view value,
                                      HuntOptions& options) {
  Words none({});
  return take_option(name, value, none, options);
}

base::Result<void> check_hunt_options(const HuntOptions& options) {
  if (options.last_ticks && (options.inputs.from_ticks || options.inputs.to_ticks))
    return base::failure(base::ErrorCode::invalid_argument,
                         "--last stands for itself, without --from and --to");
  if (options.parquet && options.out.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         "--format parquet needs --out FILE: it is not printed");
  return {};
}

}  // namespace vedette::app
