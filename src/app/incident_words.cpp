#include "app/incident_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>

#include "app/verbs.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::array<VerbText<IncidentVerb>, 11> verbs{{
    {"list", IncidentVerb::list, "", "the open incidents, newest first"},
    {"show", IncidentVerb::show, "NUMBER", "one incident: facts, alerts, timeline"},
    {"ack", IncidentVerb::acknowledge, "NUMBER...", "say that you are on it: New becomes Active"},
    {"assign", IncidentVerb::assign, "NUMBER...", "give it to somebody; to yourself without --to"},
    {"comment", IncidentVerb::comment, "NUMBER TEXT", "write on its timeline"},
    {"task", IncidentVerb::task, "NUMBER TEXT", "note what is to be done about it"},
    {"done", IncidentVerb::done, "NUMBER TASK", "say that a task is done"},
    {"severity", IncidentVerb::severity, "NUMBER LEVEL",
     "set its severity: Informational, Low, Medium or High"},
    {"close", IncidentVerb::close, "NUMBER...", "say that it is over, and what it was"},
    {"reopen", IncidentVerb::reopen, "NUMBER...", "say that it is not over after all"},
    {"messages", IncidentVerb::messages, "", "what people were told, and what could not be sent"},
}};

constexpr const char* footer =
    "\nExamples:\n"
    "  vedette incidents list --severity High\n"
    "  vedette incidents show 7\n"
    "  vedette incidents ack 7 8 9\n"
    "  vedette incidents assign 7 --to anna\n"
    "  vedette incidents comment 7 \"asked the owner of the host\"\n"
    "  vedette incidents task 7 \"change the password of svc01\"\n"
    "  vedette incidents done 7 1\n"
    "  vedette incidents close 7 --class TruePositive --comment \"address blocked\"\n"
    "\n`vedette incidents VERB --help` teaches the verb. The incidents are those of `vedette "
    "serve`;\n"
    "it may run meanwhile.\n";

constexpr VerbCommand<IncidentVerb> command{
    {"incidents", "What Vedette found, and what people do about it.", footer}, verbs};

std::unexpected<base::Error> wrong(std::string text) {
  return base::failure(ErrorCode::invalid_argument, std::move(text));
}

// The value of that name; a wrong one is told with the names there are.
template <typename Enum>
Result<Enum> value_named(std::string_view what, const std::string& word,
                         std::optional<Enum> (*from_name)(std::string_view),
                         const std::vector<std::string_view>& names) {
  if (const auto value = from_name(word)) return *value;
  std::string all;
  for (const auto name : names) all += (all.empty() ? "" : ", ") + std::string(name);
  const std::string_view near = base::nearest(word, names);
  return wrong(near.empty() ? fmt::format("there is no {} \"{}\": it is one of {}", what, word, all)
                            : fmt::format("there is no {} \"{}\"; did you mean {}? It is one of {}",
                                          what, word, near, all));
}

std::optional<ports::OutboxState> state_named(std::string_view name) {
  for (const auto state : {ports::OutboxState::waiting, ports::OutboxState::sent,
                           ports::OutboxState::failed, ports::OutboxState::unneeded})
    if (base::equals_ignoring_case(ports::name_of(state), name)) return state;
  return std::nullopt;
}

// What the options and operands say before it is checked.
struct RawWords {
  std::vector<std::string> numbers;
  std::optional<std::string> number;
  std::uint64_t task = 0;
  std::string data, format = "table", person;
  std::string status, severity, owner, to, classification, comment, text, state;
  bool all = false, as_learned = false, nobody = false;
  std::size_t limit = 50;
  std::uint64_t before = 0;
};

void add_list_options(CLI::App& app, RawWords& raw) {
  app.add_flag("--all", raw.all, "closed ones, too");
  app.add_option("--status", raw.status, "only New, Active or Closed")->type_name("STATUS");
  app.add_option("--severity", raw.severity, "at least this: Informational, Low, Medium, High")
      ->type_name("LEVEL");
  app.add_option("--owner", raw.owner, "only this person's")->type_name("NAME");
  app.add_option("--limit", raw.limit, "at most so many [50]")
      ->check(CLI::Range(1, 10'000).description(""))
      ->type_name("N");
  app.add_option("--before", raw.before, "only those with a smaller number, to read on")
      ->type_name("NUMBER");
}

void add_verb_options(CLI::App& app, IncidentVerb verb, RawWords& raw) {
  const bool many = verb == IncidentVerb::acknowledge || verb == IncidentVerb::assign ||
                    verb == IncidentVerb::close || verb == IncidentVerb::reopen;
  const bool one = verb == IncidentVerb::show || verb == IncidentVerb::comment ||
                   verb == IncidentVerb::severity || verb == IncidentVerb::task ||
                   verb == IncidentVerb::done;
  if (many) app.add_option("NUMBER", raw.numbers, "of the incidents")->required()->type_name("");
  if (one) app.add_option("NUMBER", raw.number, "of the incident")->required()->type_name("");
  if (verb == IncidentVerb::list) add_list_options(app, raw);
  if (verb == IncidentVerb::show)
    app.add_flag("--as-learned", raw.as_learned,
                 "the timeline in the order we learned of it, not in the order it happened");
  if (verb == IncidentVerb::assign) {
    auto* to = app.add_option("--to", raw.to, "the new owner [you]")->type_name("NAME");
    app.add_flag("--nobody", raw.nobody, "nobody's any more")->excludes(to);
  }
  if (verb == IncidentVerb::comment)
    app.add_option("TEXT", raw.text, "what you have to say, in quotes")->required()->type_name("");
  if (verb == IncidentVerb::task)
    app.add_option("TEXT", raw.text, "what is to be done, in quotes")->required()->type_name("");
  if (verb == IncidentVerb::done)
    app.add_option("TASK", raw.task, "its number, as `show` has it")->required()->type_name("");
  if (verb == IncidentVerb::severity)
    app.add_option("LEVEL", raw.severity, "Informational, Low, Medium or High")
        ->required()
        ->type_name("");
  if (verb == IncidentVerb::close) {
    app.add_option("--class", raw.classification,
                   "TruePositive, BenignPositive, FalsePositive or Undetermined")
        ->required()
        ->type_name("CLASS");
    app.add_option("--comment", raw.comment, "why")->type_name("TEXT");
  }
  if (verb == IncidentVerb::messages) {
    app.add_option("--state", raw.state, "only waiting, sent, failed or unneeded")
        ->type_name("STATE");
    app.add_option("--limit", raw.limit, "at most so many [50]")
        ->check(CLI::Range(1, 10'000).description(""))
        ->type_name("N");
  }
  const bool acts =
      verb != IncidentVerb::list && verb != IncidentVerb::show && verb != IncidentVerb::messages;
  if (acts)
    app.add_option("--as", raw.person, "who does it, for the timeline [your log-in]")
        ->type_name("NAME");
  app.add_option("--format", raw.format, "table or json [table]")->type_name("FORMAT");
  app.add_option("--data", raw.data,
                 "the data folder [$VEDETTE_DATA, /var/lib/vedette, or ~/.local/share/vedette]")
      ->type_name("DIR");
}

Result<void> check_filter(const RawWords& raw, IncidentWords& words) {
  if (!raw.status.empty())
    words.filter.status = VEDETTE_TRY(value_named(
        "status", raw.status, &model::incident_status_named, {"New", "Active", "Closed"}));
  if (raw.all && words.filter.status) return wrong("--all and --status contradict each other");
  words.filter.open_only = !raw.all && !words.filter.status;
  words.filter.owner = raw.owner;
  words.filter.limit = raw.limit;
  words.filter.before_number = raw.before;
  return {};
}

Result<void> check(const CLI::App& app, const RawWords& raw, IncidentWords& words) {
  if (raw.format != "table" && raw.format != "json")
    return wrong(fmt::format("there is no format \"{}\": it is table or json", raw.format));
  words.json = raw.format == "json";
  if (app.count("--data") > 0) words.data = raw.data;
  if (!raw.person.empty()) words.person = raw.person;
  auto numbers = raw.numbers;
  if (raw.number) numbers.push_back(*raw.number);
  for (const auto& text : numbers) {
    const std::string_view digits = text.starts_with('#') ? std::string_view(text).substr(1) : text;
    const auto number = base::parse_unsigned(digits);
    if (!number || *number == 0)
      return wrong(
          fmt::format("\"{}\" is no incident's number; `vedette incidents list` shows them", text));
    words.numbers.push_back(*number);
  }
  VEDETTE_TRY_VOID(check_filter(raw, words));
  if (!raw.severity.empty()) {
    words.severity = VEDETTE_TRY(value_named("severity", raw.severity, &model::severity_named,
                                             {"Informational", "Low", "Medium", "High"}));
    words.filter.least_severity = words.severity;
  }
  if (!raw.classification.empty())
    words.classification = VEDETTE_TRY(
        value_named("class", raw.classification, &model::classification_named,
                    {"TruePositive", "BenignPositive", "FalsePositive", "Undetermined"}));
  if (!raw.state.empty())
    words.state = VEDETTE_TRY(
        value_named("state", raw.state, &state_named, {"waiting", "sent", "failed", "unneeded"}));
  if (raw.nobody) words.owner = "";
  if (!raw.to.empty()) words.owner = raw.to;
  words.as_learned = raw.as_learned;
  words.task = raw.task;
  words.text = words.verb == IncidentVerb::close ? raw.comment : raw.text;
  return {};
}

}  // namespace

ParsedIncidentWords parse_incident_words(Arguments arguments) {
  ParsedIncidentWords parsed;
  const auto [verb, exit_code] = command.find(arguments, std::cout, std::cerr);
  if (verb == nullptr) {
    parsed.exit_code = exit_code;
    return parsed;
  }
  parsed.words.verb = verb->verb;
  CLI::App app(verb->summary, fmt::format("vedette incidents {}", verb->name));
  RawWords raw;
  add_verb_options(app, verb->verb, raw);
  parsed.exit_code = parse_arguments(app, arguments.subspan(1));
  if (parsed.exit_code) return parsed;
  if (const auto checked = check(app, raw, parsed.words); !checked) {
    print_error(checked.error().message);
    parsed.exit_code = exit_usage;
  }
  return parsed;
}

}  // namespace vedette::app
