#include "app/prompt_commands.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "app/command_hunts.h"
#include "app/configuration.h"
#include "app/environment.h"
#include "app/hunt_files.h"
#include "base/encode.h"
#include "base/text.h"
#include "kql/functions/function.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view off = "off";

struct Line {
  std::string_view name, rest;  // ".format", "csv"
};

Line read_line(std::string_view text) {
  text = base::trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  return {text.substr(0, end), base::trim(text.substr(end))};
}

class Commands {
 public:
  Commands(PromptState& state, const kql::Catalogue& catalogue, const HuntSurroundings& around)
      : state_(state), catalogue_(catalogue), around_(around) {}

  Result<PromptTask> run(const Line& line);

  Result<PromptTask> help(std::string_view rest);
  Result<PromptTask> tables(std::string_view part);
  Result<PromptTask> schema(std::string_view table);
  Result<PromptTask> functions(std::string_view part);
  Result<PromptTask> hunts(std::string_view part);
  Result<PromptTask> run_named(std::string_view words);
  Result<PromptTask> explain(std::string_view query);
  Result<PromptTask> check(std::string_view query);
  Result<PromptTask> save(std::string_view name);
  Result<PromptTask> settings(std::string_view rest);
  Result<PromptTask> leave(std::string_view) { return PromptTask{PromptTask::Kind::leave, {}}; }
  Result<PromptTask> change(std::string_view option, std::string_view value);

 private:
  [[nodiscard]] PromptTask query(std::string text) const {
    PromptTask task{PromptTask::Kind::run, state_.options};
    task.options.query = std::move(text);
    return task;
  }
  [[nodiscard]] Result<std::string> query_or_last(std::string_view query) const {
    if (!query.empty()) return std::string(query);
    if (!state_.last_query.empty()) return state_.last_query;
    return base::failure(ErrorCode::invalid_argument, "there is no query yet");
  }
  [[nodiscard]] base::Error no_table(std::string_view name) const {
    const auto near = base::nearest(name, catalogue_.table_names());
    return {ErrorCode::not_found,
            fmt::format("there is no table {}{}", base::encode_terminal(name, 100),
                        near.empty() ? "" : fmt::format("; did you mean {}?", near))};
  }

  PromptState& state_;
  const kql::Catalogue& catalogue_;
  const HuntSurroundings& around_;
};

struct Named {
  std::string_view name, words, meaning;
  Result<PromptTask> (Commands::*run)(std::string_view rest);  // null: the option --NAME
};
constexpr std::array<Named, 19> commands{{
    {".help", "", "this", &Commands::help},
    {".tables", "[PART]", "tables that have rows; with PART, those whose name holds it",
     &Commands::tables},
    {".schema", "TABLE", "its columns and their types", &Commands::schema},
    {".functions", "[PART]", "functions, with an example each", &Commands::functions},
    {".hunts", "[PART]", "hunts that are kept as files", &Commands::hunts},
    {".run", "NAME [PARAMETER=VALUE ...]", "run one of them", &Commands::run_named},
    {".save", "NAME", "keep the last query: a hunt NAME.yaml, or a text NAME.kql", &Commands::save},
    {".explain", "[QUERY]", "the SQL that it becomes; without QUERY, the last one",
     &Commands::explain},
    {".check", "[QUERY]", "names and types only", &Commands::check},
    {".on", "PLACE", "where queries run: local, workspace:NAME, adx:NAME, both:...", nullptr},
    {".format", "FORMAT", "table, json, csv, ndjson; parquet after .out FILE", nullptr},
    {".out", "FILE|off", "write answers there", nullptr},
    {".svg", "FILE|off", "write charts there", nullptr},
    {".last", "SPAN|off", "only rows of that time until now (1h, 7d)", nullptr},
    {".param", "NAME=VALUE|off", "a value for declare query_parameters", nullptr},
    {".allow-host", "HOST", "externaldata may read it", nullptr},
    {".timeout", "SECONDS", "stop a query after that time", nullptr},
    {".settings", "", "what holds for the next query", &Commands::settings},
    {".quit", "", "leave (Ctrl-D, too)", &Commands::leave},
}};

constexpr std::string_view keys =
    "Enter runs a query that is finished and breaks the line of one that is not; an empty line "
    "runs\n"
    "it as it is. Alt-Enter (Ctrl-J) breaks a line anywhere. Tab completes; up and down go "
    "through\n"
    "what was entered, Ctrl-R searches it; Ctrl-C clears the text or stops a query; Ctrl-A, E, K, "
    "U,\n"
    "W, Y, L as in a shell. A query that begins with a space is not remembered.\n";

Result<PromptTask> Commands::run(const Line& line) {
  const auto found = std::ranges::find(commands, line.name, &Named::name);
  if (found == commands.end()) {
    std::vector<std::string_view> names;
    for (const Named& each : commands) names.push_back(each.name);
    const auto near = base::nearest(line.name, names);
    return base::failure(
        ErrorCode::invalid_argument,
        fmt::format(
            "there is no command {}; {}", base::encode_terminal(line.name, 60),
            near.empty() ? std::string("see .help") : fmt::format("did you mean {}?", near)));
  }
  if (found->run != nullptr) return (this->*found->run)(line.rest);
  if (line.rest.empty())
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("{} {}: {}", found->name, found->words, found->meaning));
  return change("--" + std::string(line.name.substr(1)), line.rest);
}

Result<PromptTask> Commands::help(std::string_view) {
  for (const Named& each : commands)
    around_.output << fmt::format("  {:<38} {}\n", fmt::format("{} {}", each.name, each.words),
                                  each.meaning);
  around_.output << "\n" << keys;
  return PromptTask{};
}

Result<PromptTask> Commands::tables(std::string_view part) {
  if (part.empty())
    return query(
        "union withsource=Table_ * | summarize Rows = count(), Last = max(TimeGenerated) by Table "
        "= "
        "Table_ | sort by Table asc");
  const std::string wanted = base::to_lower_ascii(part);
  std::size_t count = 0;
  for (const std::string_view name : catalogue_.table_names())
    if (base::to_lower_ascii(name).find(wanted) != std::string::npos) {
      around_.output << name << "\n";
      ++count;
    }
  if (count == 0) return std::unexpected(no_table(part));
  return PromptTask{};
}

Result<PromptTask> Commands::schema(std::string_view name) {
  const auto* table = catalogue_.table(name);
  if (table == nullptr) return std::unexpected(no_table(name));
  for (const auto& column : table->columns)
    around_.output << fmt::format("{:<40} {}\n", column.name, kql::name_of(column.type));
  if (table->open) around_.output << "(and columns that depend on data)\n";
  return PromptTask{};
}

Result<PromptTask> Commands::functions(std::string_view part) {
  const std::string wanted = base::to_lower_ascii(part);
  std::size_t count = 0;
  for (const kql::functions::Function* each : kql::functions::all()) {
    if (each->use == kql::functions::Use::internal ||
        each->name.find(wanted) == std::string_view::npos)
      continue;
    ++count;
    around_.output << fmt::format("{}({})\n", kql::functions::first_name(*each), each->parameters);
    if (!each->example.empty())
      around_.output << fmt::format("    {}  gives {}\n", each->example, each->gives);
  }
  if (count > 0) return PromptTask{};
  return base::failure(ErrorCode::not_found, fmt::format("there is no function with {} in its name",
                                                         base::encode_terminal(part, 60)));
}

Result<PromptTask> Commands::hunts(std::string_view part) {
  const auto folder = VEDETTE_TRY(hunts_folder(state_.options.hunts, state_.options.config));
  for (const auto& [shown, hunt] : VEDETTE_TRY(load_hunts(folder)))
    if (hunt.name.find(part) != std::string::npos)
      around_.output << fmt::format("{:<34} {}\n", hunt.name,
                                    base::encode_terminal(hunt.title, 120));
  return PromptTask{};
}

Result<PromptTask> Commands::run_named(std::string_view words) {
  PromptTask task{PromptTask::Kind::run, state_.options};
  for (const std::string_view word : base::split(words, ' ')) {
    if (word.empty()) continue;
    if (task.options.name.empty())
      task.options.name = word;
    else
      VEDETTE_TRY_VOID(change_hunt_option("--param", word, task.options));
  }
  if (task.options.name.empty())
    return base::failure(ErrorCode::invalid_argument, ".run needs a name; .hunts lists them");
  return task;
}

Result<PromptTask> Commands::explain(std::string_view text) {
  PromptTask task = query(VEDETTE_TRY(query_or_last(text)));
  task.options.explain = true;
  task.options.on.clear();
  return task;
}

Result<PromptTask> Commands::check(std::string_view text) {
  PromptTask task = query(VEDETTE_TRY(query_or_last(text)));
  task.options.check = true;
  return task;
}

Result<PromptTask> Commands::save(std::string_view name) {
  const std::string text = VEDETTE_TRY(query_or_last({}));
  if (name.empty() || name.find('/') != std::string_view::npos)
    return base::failure(ErrorCode::invalid_argument,
                         ".save NAME: small letters, digits and dashes; NAME.kql for a text");
  std::string path(name);
  if (name.ends_with(".kql")) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return base::system_failure("cannot make " + path, errno);
    const bool is_whole =
        ::write(file, text.data(), text.size()) == std::ssize(text) && ::write(file, "\n", 1) == 1;
    if (::close(file) != 0 || !is_whole) return base::system_failure("cannot write " + path, errno);
  } else {
    if (name.ends_with(".yaml")) name.remove_suffix(5);
    std::string file = fmt::format("name: {}\nquery: |2\n", name);
    for (const std::string_view line : base::split(base::trim(text), '\n'))
      file += fmt::format("  {}\n", line);
    const auto folder = VEDETTE_TRY(hunts_folder(state_.options.hunts, state_.options.config));
    path = VEDETTE_TRY(make_hunt_file(folder, std::string(name), file));
  }
  around_.output << base::encode_terminal(path) << " is there\n";
  return PromptTask{};
}

Result<PromptTask> Commands::settings(std::string_view) {
  const HuntOptions& options = state_.options;
  constexpr std::array<std::string_view, 4> formats{"table", "json", "csv", "ndjson"};
  const auto or_none = [](std::string_view text) { return text.empty() ? off : text; };
  around_.output << fmt::format(
      ".on {}\n.format {}\n.out {}\n.svg {}\n.last {}\n.timeout {}\n",
      base::encode_terminal(options.on.empty() ? "local" : options.on),
      options.parquet ? "parquet" : formats.at(static_cast<std::size_t>(options.format)),
      base::encode_terminal(or_none(options.out)), base::encode_terminal(or_none(options.svg)),
      options.last_ticks ? base::format_duration({*options.last_ticks}) : std::string(off),
      options.timeout_ms / 1000);
  for (const auto& [name, value] : options.inputs.parameters)
    around_.output << fmt::format(".param {}={}\n", base::encode_terminal(name, 100),
                                  base::encode_terminal(value, 200));
  return PromptTask{};
}

Result<PromptTask> Commands::change(std::string_view option, std::string_view value) {
  HuntOptions changed = state_.options;
  if (value == off) {
    if (option == "--out") changed.out.clear();
    if (option == "--svg") changed.svg.clear();
    if (option == "--last") changed.last_ticks.reset();
    if (option == "--param") changed.inputs.parameters.clear();
  }
  const bool is_off = value == off && (option == "--out" || option == "--svg" ||
                                       option == "--last" || option == "--param");
  if (!is_off) VEDETTE_TRY_VOID(change_hunt_option(option, value, changed));
  if (option == "--last") changed.inputs.from_ticks = changed.inputs.to_ticks = std::nullopt;
  // Parquet went to the file that is no more.
  if (option == "--out" && is_off && changed.parquet)
    VEDETTE_TRY_VOID(change_hunt_option("--format", "table", changed));
  if (option == "--on" && !changed.on.empty()) {
    const auto path =
        changed.config.empty() ? find_configuration_file() : std::filesystem::path(changed.config);
    const auto loaded = load_configuration(path, environment_variable);
    const std::string_view both = "both:";
    const std::string_view place = changed.on;
    if (!loaded)
      return base::failure(ErrorCode::invalid_argument,
                           fmt::format("{}", fmt::join(loaded.error(), "; ")));
    VEDETTE_TRY(find_remote(*loaded, place.starts_with(both) ? place.substr(both.size()) : place));
  }
  VEDETTE_TRY_VOID(check_hunt_options(changed));
  state_.options = std::move(changed);
  return PromptTask{};
}

}  // namespace

bool is_prompt_command(std::string_view text) {
  const std::string_view line = base::trim(text);
  return line.starts_with('.') && !line.starts_with("..");
}

PromptTask run_prompt_command(std::string_view line, PromptState& state,
                              const kql::Catalogue& catalogue, const HuntSurroundings& around) {
  auto task = Commands(state, catalogue, around).run(read_line(line));
  if (task) return *std::move(task);
  around.errors << base::encode_terminal(task.error().message) << "\n";
  return {};
}

std::vector<std::string> prompt_command_words(std::string_view line, const PromptState& state,
                                              const kql::Catalogue& catalogue, std::size_t& begin) {
  std::vector<std::string> words;
  const std::size_t space = line.find_last_of(" \t");
  begin = space == std::string_view::npos ? 0 : space + 1;
  const std::string_view begun = line.substr(begin);
  const std::string_view name = read_line(line).name;
  const auto add = [&](std::string_view word) {
    if (word.size() >= begun.size() &&
        base::equals_ignoring_case(word.substr(0, begun.size()), begun))
      words.emplace_back(word);
  };
  if (begin == 0) {
    for (const Named& each : commands) add(each.name);
  } else if (name == ".schema") {
    for (const std::string_view table : catalogue.table_names()) add(table);
  } else if (name == ".format") {
    for (const char* word : {"table", "json", "csv", "ndjson", "parquet"}) add(word);
  } else if (name == ".run") {
    const auto folder = hunts_folder(state.options.hunts, state.options.config);
    if (const auto hunts = folder ? load_hunts(*folder) : std::unexpected(folder.error()))
      for (const auto& file : *hunts) add(file.hunt.name);
  } else if (name == ".on") {
    add("local");
    const auto path = state.options.config.empty() ? find_configuration_file()
                                                   : std::filesystem::path(state.options.config);
    if (const auto loaded = load_configuration(path, environment_variable))
      for (const auto& remote : loaded->remotes) add(remote.shown());
  }
  return words;
}

}  // namespace vedette::app
