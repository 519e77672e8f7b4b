#include "app/hunt_prompt.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <ostream>
#include <stop_token>
#include <utility>

#include "app/column_values.h"
#include "app/command.h"
#include "app/command_hunts.h"
#include "app/environment.h"
#include "app/function_files.h"
#include "app/private_file.h"
#include "app/prompt_commands.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "base/text.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/complete/completion.h"
#include "prompt/line_editor.h"
#include "prompt/screen.h"
#include "prompt/terminal.h"

namespace vedette::app {
namespace {

constexpr std::string_view greeting =
    "Vedette: hunting in KQL. Enter runs a finished query, Tab completes, .help tells the rest.\n";

// Of the user, not of the data: $XDG_STATE_HOME/vedette, else ~/.local/state/vedette. Source: XDG
// Base Directory Specification. Empty: nowhere.
std::filesystem::path history_path() {
  const auto state = environment_variable("XDG_STATE_HOME");
  const auto home = environment_variable("HOME");
  std::filesystem::path folder;
  if (state && state->starts_with('/'))
    folder = *state;
  else if (home && home->starts_with('/'))
    folder = std::filesystem::path(*home) / ".local/state";
  return folder.empty() ? folder : folder / "vedette/hunt_history";
}

class HuntPrompt {
 public:
  HuntPrompt(const HuntOptions& options, const HuntSurroundings& around, prompt::Terminal& terminal,
             std::stop_token stop)
      : around_(around),
        terminal_(terminal),
        stop_(std::move(stop)),
        state_{options, {}},
        catalogue_(kql::built_in_schema()),
        functions_(
            functions_folder(options.functions, options.config).value_or(std::filesystem::path()),
            catalogue_),
        values_(catalogue_, around.clock, options.data, [&terminal] { terminal.wake(); }),
        path_(history_path()),
        history_(read_history()),
        editor_(history_, {[this](const std::string& text, std::size_t place) {
                             return suggest(text, place);
                           },
                           [](const std::string& text) {
                             return is_prompt_command(text) || kql::is_whole_query(text);
                           }}) {}

  int run() {
    around_.output << greeting << std::flush;
    while (const auto text = ask()) {
      if (base::trim(*text).empty()) continue;
      remember(*text);
      if (!take(*text)) break;
    }
    return exit_done;
  }

 private:
  // --- writing ---

  // Nothing: the prompt is left.
  std::optional<std::string> ask() {
    editor_.start();
    screen_.forget();
    opening_ = opening();
    waits_for_values_ = false;
    while (true) {
      while (const auto key = keys_.next()) {
        const auto edited = press(*key);
        if (edited == prompt::Edited::going_on) continue;
        leave_text(edited == prompt::Edited::cancelled ? "^C\n" : "");
        if (edited == prompt::Edited::entered) return editor_.buffer().text();
        if (edited == prompt::Edited::left) return std::nullopt;
        editor_.start();
      }
      terminal_.write(screen_.paint(view(), terminal_.size()));
      const auto bytes = terminal_.read(stop_);
      if (!bytes || stop_.stop_requested()) {
        leave_text("");
        return std::nullopt;
      }
      // Values that were looked for are there.
      if (bytes->empty() && waits_for_values_) press({prompt::KeyKind::tab});
      keys_.feed(*bytes);
    }
  }
  prompt::Edited press(const prompt::Key& key) {
    if (key.kind == prompt::KeyKind::clear_screen) {
      terminal_.write("\x1b[H\x1b[2J");
      screen_.forget();
    }
    waits_for_values_ = false;
    return editor_.take(key);
  }
  [[nodiscard]] std::string opening() const {
    const std::string& place = state_.options.on;
    return place.empty() ? "kql> " : base::encode_terminal(place, 40) + "> ";
  }
  [[nodiscard]] prompt::View view() const {
    return {opening_, editor_.buffer().text(), editor_.buffer().cursor(), &editor_.choices(),
            editor_.note()};
  }
  void leave_text(std::string_view more) {
    terminal_.write(screen_.finish(view(), terminal_.size()));
    terminal_.write(more);
  }

  prompt::Suggestions suggest(const std::string& text, std::size_t place) {
    prompt::Suggestions suggestions;
    if (is_prompt_command(text)) {
      for (auto& word : prompt_command_words(std::string_view(text).substr(0, place), state_,
                                             catalogue_, suggestions.begin))
        suggestions.found.push_back({word, word});
      return suggestions;
    }
    const kql::KnownValues values = [this](std::string_view table, std::string_view column) {
      return state_.options.on.empty() ? values_.of(table, column) : std::vector<std::string>();
    };
    const auto files = functions_.files();
    kql::CompletionGround ground{catalogue_, catalogue_.function_names(), values,
                                 hunt::functions_for(text, files->functions)};
    for (const hunt::SavedFunction& function : files->functions)
      ground.functions.push_back(function.name);
    const auto done = kql::complete(text, place, ground);
    suggestions.begin = done.begin;
    for (const auto& each : done.candidates) {
      std::string insert = each.text;
      // The quote that stands there already.
      if (each.kind == kql::CandidateKind::value && place < text.size() &&
          text[place] == insert.back())
        insert.pop_back();
      suggestions.found.push_back({std::move(insert), each.text});
    }
    waits_for_values_ = done.are_values && suggestions.found.empty() && values_.is_looking();
    if (waits_for_values_) suggestions.note = "values are looked up ...";
    return suggestions;
  }

  // --- the history ---

  [[nodiscard]] prompt::History read_history() const {
    const auto text = path_.empty() ? base::Result<std::string>(std::string())
                                    : base::read_file(path_, 4 * prompt::history_bytes_max);
    return text ? prompt::History::read(*text) : prompt::History();
  }
  // Another prompt may have written meanwhile.
  void remember(const std::string& text) {
    history_ = read_history_or_own();
    history_.add(text);
    if (path_.empty() || cannot_remember_) return;
    std::error_code error;
    if (std::filesystem::create_directories(path_.parent_path(), error))
      std::filesystem::permissions(path_.parent_path(), std::filesystem::perms::owner_all, error);
    const auto written = write_private_file(path_.string(), history_.text());
    if (written) return;
    cannot_remember_ = true;
    around_.errors << base::encode_terminal(written.error().message)
                   << ": what is entered is remembered until the prompt is left\n";
  }
  [[nodiscard]] prompt::History read_history_or_own() const {
    return path_.empty() || cannot_remember_ ? history_ : read_history();
  }

  // --- what was entered ---

  // False: leave.
  bool take(const std::string& text) {
    if (!is_prompt_command(text)) {
      state_.last_query = base::trim(text);
      HuntOptions options = state_.options;
      options.query = text;
      return run(std::move(options));
    }
    auto task = run_prompt_command(text, state_, catalogue_, around_);
    around_.output << std::flush;
    if (task.kind == PromptTask::Kind::run) return run(std::move(task.options));
    return task.kind != PromptTask::Kind::leave;
  }
  bool run(HuntOptions options) {
    values_.pause();
    std::stop_source stop;
    const std::stop_callback ended(stop_, [&stop] { stop.request_stop(); });
    const prompt::Terminal::Watch watch(terminal_, [&stop] { stop.request_stop(); });
    HuntSurroundings around = around_;
    around.stop = [&stop] { return stop.get_token(); };
    around.columns = terminal_.size().columns;
    run_one_hunt(std::move(options), around);
    around_.output << std::flush;
    return !stop_.stop_requested();
  }

  const HuntSurroundings& around_;
  prompt::Terminal& terminal_;
  const std::stop_token stop_;
  PromptState state_;
  const kql::SchemaCatalogue catalogue_;
  const FunctionFolder functions_;
  ColumnValues values_;
  const std::filesystem::path path_;
  bool cannot_remember_ = false;
  prompt::History history_;
  prompt::LineEditor editor_;
  prompt::KeyReader keys_;
  prompt::Screen screen_;
  std::string opening_;  // before the first line
  bool waits_for_values_ = false;
};

}  // namespace

int run_hunt_prompt(const HuntOptions& options, const HuntSurroundings& around) {
  // Before the first thread of ours.
  const std::stop_token stop = around.stop ? around.stop() : std::stop_token();
  const auto terminal = prompt::Terminal::open(STDIN_FILENO, STDOUT_FILENO,
                                               environment_variable("TERM").value_or(""));
  if (!terminal) {
    around.errors << "vedette hunt: " << terminal.error().message
                  << "; give a query, or - for standard input\n";
    return exit_usage;
  }
  return HuntPrompt(options, around, **terminal, stop).run();
}

}  // namespace vedette::app
