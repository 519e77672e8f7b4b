#include "app/command_hunts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <ostream>
#include <set>
#include <vector>

#include "app/command.h"
#include "app/configuration.h"
#include "app/environment.h"
#include "app/function_files.h"
#include "app/given_rows.h"
#include "base/encode.h"
#include "base/text.h"
#include "enrich/geo_database.h"
#include "hunt/test_rows.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql/compile.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::array<std::string_view, 5> verbs{"list", "show", "new", "test", "functions"};
constexpr int test_timeout_ms = 60'000;

constexpr std::string_view usage =
    "usage: vedette hunt list                     the hunts that there are\n"
    "       vedette hunt run NAME [options]       run one (--param NAME=VALUE, --help)\n"
    "       vedette hunt show NAME                what one looks for, and its query\n"
    "       vedette hunt new NAME                 a file NAME.yaml to begin with\n"
    "       vedette hunt test [NAME|FILE ...]     run hunts on their own test rows; none: all\n"
    "       vedette hunt functions                the functions of files that any query may call\n"
    "  --hunts DIR          your own hunts (default: [hunt] folder of the settings)\n"
    "  --functions DIR      your own functions (default: [hunt] functions of the settings)\n"
    "  --config FILE        the settings (default: /etc/vedette/vedette.toml)\n";

// NAME stands for the name.
constexpr std::string_view new_text = R"(name: NAME
description: Accounts that fail to sign in from many addresses within an hour.
tactics: [CredentialAccess]
techniques: [T1110]
severity: medium
parameters:
  - name: addresses
    type: long
    default: 5
    description: how many addresses are many
query: |
  SigninLogs
  | where TimeGenerated > ago(1d)
  | where ResultType == "50126"
  | summarize Addresses = dcount(IPAddress), Failures = count(), First = min(TimeGenerated)
      by UserPrincipalName, bin(TimeGenerated, 1h)
  | where Addresses >= addresses
entities: {account: UserPrincipalName}
# every: 1h            run by `vedette serve`; what is new since the last run becomes an incident
tests:
  - name: six addresses in ten minutes
    now: 2026-06-01T12:00:00Z
    rows:
      SigninLogs:
        - {TimeGenerated: -30m, _times: 6, _every: 1m, ResultType: 50126,
           UserPrincipalName: ann@contoso.example, IPAddress: "192.0.2.{n}"}
    finds:
      - {UserPrincipalName: ann@contoso.example, Addresses: 6}
  - name: one address that is tried again and again
    rows:
      SigninLogs:
        - {TimeGenerated: -30m, _times: 6, _every: 1m, ResultType: 50126,
           UserPrincipalName: ann@contoso.example, IPAddress: 192.0.2.1}
    finds: []
)";

struct Words {
  std::string_view verb;
  std::vector<std::string> operands;
  std::string hunts, functions, config;
  bool help = false;
};

Result<Words> read_words(std::span<const std::string_view> words) {
  Words read;
  read.verb = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--help" || word == "-h") {
      read.help = true;
    } else if (word == "--hunts" || word == "--functions" || word == "--config") {
      if (i + 1 == words.size())
        return base::failure(ErrorCode::invalid_argument, fmt::format("{} needs a value", word));
      (word == "--hunts"       ? read.hunts
       : word == "--functions" ? read.functions
                               : read.config) = words[++i];
    } else if (word.starts_with("--")) {
      return base::failure(ErrorCode::invalid_argument, fmt::format("there is no option {}", word));
    } else {
      read.operands.emplace_back(word);
    }
  }
  const bool takes_one = read.verb == "show" || read.verb == "new";
  if (!read.help && takes_one != (read.operands.size() == 1) && read.verb != "test")
    return base::failure(ErrorCode::invalid_argument,
                         takes_one ? fmt::format("hunt {} takes one name", read.verb)
                                   : fmt::format("hunt {} takes no name", read.verb));
  return read;
}

Result<int> list(const Words& words, std::ostream& output) {
  const auto folder = VEDETTE_TRY(hunts_folder(words.hunts, words.config));
  const auto hunts = VEDETTE_TRY(load_hunts(folder));
  std::size_t width = 0;
  for (const auto& file : hunts) width = std::max(width, file.hunt.name.size());
  for (const auto& [shown, hunt] : hunts) {
    const std::string every =
        hunt.every ? fmt::format(" [every {}]", base::format_duration(*hunt.every)) : "";
    output << fmt::format(
        "{:<{}}  {}{}\n", hunt.name, width,
        base::encode_terminal(
            hunt.title == hunt.name ? hunt.description : hunt.title + ": " + hunt.description, 160),
        every);
  }
  return exit_done;
}

Result<int> show(const Words& words, std::ostream& output) {
  const auto folder = VEDETTE_TRY(hunts_folder(words.hunts, words.config));
  const auto [file, hunt] = VEDETTE_TRY(find_hunt(words.operands.front(), folder));
  output << fmt::format("{} ({})\n{}\n", base::encode_terminal(hunt.title), file,
                        base::encode_terminal(base::trim(hunt.description)));
  if (!hunt.tactics.empty() || !hunt.techniques.empty())
    output << base::encode_terminal(fmt::format("ATT&CK: {} {}", fmt::join(hunt.tactics, ", "),
                                                fmt::join(hunt.techniques, ", ")))
           << "\n";
  for (const auto& parameter : hunt.parameters)
    output << fmt::format(
        "  --param {}=VALUE  {}, {}{}\n", parameter.name, kql::name_of(parameter.type),
        parameter.value ? base::encode_terminal(*parameter.value, 100)
                        : std::string("must be given"),
        parameter.description.empty() ? ""
                                      : ": " + base::encode_terminal(parameter.description, 200));
  output << "\n";
  for (const std::string_view line : base::split(base::trim(hunt.query), '\n'))
    output << base::encode_terminal(line) << "\n";
  return exit_done;
}

Result<int> make_new(const Words& words, std::ostream& output) {
  const std::string& name = words.operands.front();
  std::string text(new_text);
  text.replace(text.find("NAME"), 4, name);
  const std::string path = VEDETTE_TRY(make_hunt_file(words.hunts, name, text));
  output << fmt::format(
      "{0} is there; edit it, then: vedette hunt test {0}\n",
      base::encode_terminal(path.find('/') == std::string::npos ? "./" + path : path));
  return exit_done;
}

// Those that can be called without arguments are bound, too: the others' types are not known.
Result<int> list_functions(const Words& words, std::ostream& output) {
  const auto folder = VEDETTE_TRY(functions_folder(words.functions, words.config));
  if (folder.empty()) {
    output << "no folder of functions is named: --functions DIR, or functions = \"DIR\" in "
              "[hunt]; docs/guides/hunt.md shows how they are written\n";
    return exit_done;
  }
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  const auto files = FunctionFolder(folder, catalogue).files();
  std::size_t failed = files->problems.size();
  for (const hunt::SavedFunction& function : files->functions) {
    output << base::encode_terminal(function.name + function.parameters, 200) << "\n  "
           << (function.description.empty()
                   ? ""
                   : base::encode_terminal(function.description, 200) + "\n  ")
           << function.file << "\n";
    const std::string call = function.name + "()";
    kql::Inputs inputs;
    inputs.saved_functions = hunt::functions_for(call, files->functions);
    const auto shape = kql::check(call, catalogue, inputs);
    // KQL203: it wants arguments. KQL202: it gives a value.
    if (shape || shape.error().code == "KQL203" || shape.error().code == "KQL202") continue;
    ++failed;
    output << "  does not bind: " << base::encode_terminal(shape.error().message) << "\n";
  }
  for (const std::string& problem : files->problems) output << "FAIL  " << problem << "\n";
  output << fmt::format("{} functions, {} with problems\n", files->functions.size(), failed);
  return failed == 0 ? exit_done : exit_failed;
}

// --- test ----------------------------------------------------------------------------------------

class TestRun {
 public:
  TestRun(std::ostream& output, const std::filesystem::path& functions)
      : output_(output), functions_(functions, catalogue_) {}

  // Binds it, and runs its tests.
  void run(const HuntFile& file) {
    ++hunts_;
    if (const std::string problem = problem_of_query(file.hunt); !problem.empty())
      return fail(file.hunt.name + ": its query", problem);
    if (file.hunt.tests.empty())
      output_ << fmt::format("--    {}: it binds, and has no tests\n", file.hunt.name);
    for (const hunt::HuntTest& test : file.hunt.tests) {
      ++tests_;
      const std::string name =
          fmt::format("{}: {}", file.hunt.name, base::encode_terminal(test.name, 100));
      const auto problem = problem_of_test(file.hunt, test);
      const std::string text = problem ? *problem : "  " + problem.error().message + "\n";
      text.empty() ? void(output_ << "ok    " << name << "\n") : fail(name, text);
    }
  }
  [[nodiscard]] int finish() const {
    output_ << fmt::format("{} hunts, {} tests, {} failed\n", hunts_, tests_, failed_);
    return failed_ == 0 ? exit_done : exit_failed;
  }

 private:
  void fail(const std::string& name, const std::string& why) {
    ++failed_;
    output_ << "FAIL  " << name << "\n" << why;
  }

  // With something in the place of parameters that have no value of their own.
  [[nodiscard]] std::string problem_of_query(const hunt::Hunt& hunt) const {
    hunt::Hunt whole = hunt;
    for (auto& parameter : whole.parameters)
      if (!parameter.value) parameter.value = example_of(parameter.type);
    const auto text = hunt::text_of(whole, {});
    if (!text) return "  " + text.error().message + "\n";
    kql::Inputs inputs;
    inputs.saved_functions = functions_.text_for(*text);
    const auto shape = kql::check(*text, catalogue_, inputs);
    return shape ? std::string() : kql::render(shape.error(), *text);
  }
  static std::string example_of(kql::Type type) {
    switch (type) {
      case kql::Type::boolean:
        return "true";
      case kql::Type::datetime:
        return "2026-06-01";
      case kql::Type::timespan:
        return "1h";
      case kql::Type::guid:
        return "00000000-0000-0000-0000-000000000000";
      case kql::Type::dynamic:
        return "[]";
      default:
        return "1";
    }
  }

  // Empty: it finds what it should. An error: it could not be run.
  [[nodiscard]] Result<std::string> problem_of_test(const hunt::Hunt& hunt,
                                                    const hunt::HuntTest& test) const {
    GivenHunt given;
    const std::string text = VEDETTE_TRY(hunt::text_of(hunt, test.parameters));
    given.text = text;
    given.inputs.now_ticks = test.now_ticks;
    given.inputs.saved_functions = functions_.text_for(text);
    given.places = &places_;
    given.timeout_ms = test_timeout_ms;
    for (const auto& [name, rows] : test.tables) {
      const auto* table = catalogue_.table(name);
      if (table == nullptr) {
        const std::string_view near = base::nearest(name, catalogue_.table_names());
        return yaml::wrong(
            rows, fmt::format("there is no table {}{}", name,
                              near.empty() ? "" : fmt::format("; did you mean {}?", near)));
      }
      given.tables.push_back({table, VEDETTE_TRY(hunt::records_of(rows, *table, test.now_ticks))});
    }
    hunt::KeptRows answer;
    const auto done = run_over_given(given, catalogue_, answer);
    return done ? hunt::difference_of(test, answer) : kql::render(done.error(), text);
  }

  std::ostream& output_;
  const kql::SchemaCatalogue catalogue_{kql::built_in_schema()};
  const FunctionFolder functions_;
  const enrich::GeoOnDemand places_;
  std::size_t hunts_ = 0, tests_ = 0, failed_ = 0;
};

// A folder among the words stands for what is in it.
Result<int> test(const Words& words, std::ostream& output) {
  TestRun run(output, VEDETTE_TRY(functions_folder(words.functions, words.config)));
  std::filesystem::path folder;
  const bool needs_folder =
      words.operands.empty() || std::ranges::any_of(words.operands, [](const std::string& word) {
        return word.find('/') == std::string::npos && !word.ends_with(".yaml");
      });
  if (needs_folder) folder = VEDETTE_TRY(hunts_folder(words.hunts, words.config));
  if (words.operands.empty())
    for (const auto& file : VEDETTE_TRY(load_hunts(folder))) run.run(file);
  for (const auto& word : words.operands) run.run(VEDETTE_TRY(find_hunt(word, folder)));
  return run.finish();
}

// What was named, else what the settings say.
Result<std::filesystem::path> folder_of(const std::string& named, const std::string& config,
                                        std::string Configuration::* setting) {
  if (!named.empty()) return named;
  const std::filesystem::path path =
      config.empty() ? find_configuration_file() : std::filesystem::path(config);
  const auto loaded = load_configuration(path, environment_variable);
  if (loaded) return std::invoke(setting, *loaded);
  return base::failure(ErrorCode::invalid_argument,
                       fmt::format("{}", fmt::join(loaded.error(), "; ")));
}

}  // namespace

bool is_hunt_verb(std::string_view word) {
  return std::ranges::find(verbs, word) != verbs.end();
}

Result<std::filesystem::path> hunts_folder(const std::string& named, const std::string& config) {
  return folder_of(named, config, &Configuration::hunts_folder);
}

Result<std::filesystem::path> functions_folder(const std::string& named,
                                               const std::string& config) {
  auto folder = folder_of(named, config, &Configuration::functions_folder);
  if (!folder && config.empty()) return std::filesystem::path();
  return folder;
}

Result<std::string> make_hunt_file(const std::filesystem::path& folder, const std::string& name,
                                   std::string_view text) {
  VEDETTE_TRY(hunt::read_hunt(text, name));
  std::string path = (folder / (name + ".yaml")).string();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return base::system_failure("cannot make " + path, errno);
  const bool is_whole = ::write(file, text.data(), text.size()) == std::ssize(text);
  if (::close(file) != 0 || !is_whole) return base::system_failure("cannot write " + path, errno);
  return path;
}

int run_hunt_verb(std::span<const std::string_view> arguments, const HuntSurroundings& around) {
  const auto words = read_words(arguments);
  if (!words) {
    around.errors << "vedette hunt: " << base::encode_terminal(words.error().message) << "\n"
                  << usage;
    return exit_usage;
  }
  if (words->help) {
    around.output << usage;
    return exit_done;
  }
  const auto done = words->verb == "list"   ? list(*words, around.output)
                    : words->verb == "show" ? show(*words, around.output)
                    : words->verb == "new"  ? make_new(*words, around.output)
                    : words->verb == "test" ? test(*words, around.output)
                                            : list_functions(*words, around.output);
  if (done) return *done;
  around.errors << "vedette hunt: " << base::encode_terminal(done.error().message) << "\n";
  return exit_failed;
}

}  // namespace vedette::app
