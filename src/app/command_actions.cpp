#include "app/command_actions.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <iostream>
#include <ostream>

#include "access/audit_chain.h"
#include "app/action_view.h"
#include "app/command_clock.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/data_layout.h"
#include "app/environment.h"
#include "app/kill_switch.h"
#include "app/system_user.h"
#include "app/verbs.h"
#include "base/encode.h"
#include "respond/action_desk.h"
#include "store/sqlite/sqlite_access.h"
#include "store/sqlite/sqlite_actions.h"

namespace vedette::app {
namespace {

using base::Result;
using ports::ActionRecord;
using respond::Decider;

enum class Verb : std::uint8_t { list, show, ask, approve, refuse, undo, stop, resume };

constexpr std::array<VerbText<Verb>, 8> verbs{{
    {"list", Verb::list, "", "what was asked for and what became of it, newest first"},
    {"show", Verb::show, "ID", "one action, with everything that is known of it"},
    {"ask", Verb::ask, "ACCOUNT", "propose an action yourself; somebody else approves it"},
    {"approve", Verb::approve, "ID", "let it be done; the guard looks at it once more before"},
    {"refuse", Verb::refuse, "ID", "it is not done"},
    {"undo", Verb::undo, "ID", "enable the account again that it disabled"},
    {"stop", Verb::stop, "[WHY]", "the kill switch: no account is touched any more, from now on"},
    {"resume", Verb::resume, "", "release it; of the trip-wire two administrators must"},
}};

constexpr const char* footer =
    "\nExamples:\n"
    "  vedette actions list\n"
    "  vedette actions approve 3\n"
    "  vedette actions undo 3\n"
    "  vedette actions ask anna@example.org --incident 7 --reason \"her password was phished\"\n"
    "  vedette actions ask 20.30.40.50 --kind block_address --incident 7\n"
    "  vedette actions stop \"the detection is wrong\"\n"
    "\nWhat is decided is done by `vedette serve`, within seconds. Undoing works also while\n"
    "everything is stopped. `vedette actions VERB --help` teaches the verb,\n"
    "docs/guides/response.md the whole.\n";

struct Words {
  Verb verb = Verb::list;
  std::uint64_t id = 0, incident = 0;
  std::size_t limit = 50;
  std::string text, reason, kind = "disable_account", format = "table", data, configuration;
};

constexpr VerbCommand<Verb> command{
    {"actions",
     "What Vedette does, or would do, to accounts because of incidents; and what people decide "
     "about it.",
     footer},
    verbs};

void add_options(CLI::App& app, Words& words) {
  const Verb verb = words.verb;
  if (verb == Verb::show || verb == Verb::approve || verb == Verb::refuse || verb == Verb::undo)
    app.add_option("ID", words.id, "of the action")->required()->type_name("");
  if (verb == Verb::ask) {
    app.add_option("ACCOUNT", words.text,
                   "its object id, or its user principal name; or the address")
        ->required()
        ->type_name("");
    app.add_option("--kind", words.kind,
                   "disable_account, revoke_sessions, reset_mfa, confirm_compromised or "
                   "block_address [disable_account]")
        ->type_name("KIND");
    app.add_option("--reason", words.reason, "why, for those who decide")->type_name("TEXT");
  }
  if (verb == Verb::ask || verb == Verb::list)
    app.add_option("--incident", words.incident, "the incident's number")->type_name("NUMBER");
  if (verb == Verb::list)
    app.add_option("--limit", words.limit, "at most so many [50]")
        ->check(CLI::Range(1, 10'000).description(""))
        ->type_name("N");
  if (verb == Verb::stop) app.add_option("WHY", words.text, "for the others")->type_name("");
  if (verb == Verb::approve)
    app.add_option("--config", words.configuration,
                   "settings (TOML), for who may approve [/etc/vedette/vedette.toml]")
        ->type_name("FILE");
  app.add_option("--format", words.format, "table or json [table]")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->type_name("FORMAT");
  app.add_option("--data", words.data,
                 "the data folder [$VEDETTE_DATA, /var/lib/vedette, or ~/.local/share/vedette]")
      ->type_name("DIR");
}

// A GUID is an object id, everything else a name.
model::AccountReference account_named(const std::string& text) {
  constexpr std::size_t guid_bytes = 36;
  model::AccountReference account;
  (text.size() == guid_bytes && text.find('@') == std::string::npos ? account.object_id
                                                                    : account.principal_name) =
      text;
  return account;
}

// One run of the command.
class Run {
 public:
  Run(const Words& words, DataLayout data, const ActionsSurroundings& around)
      : words_(words), data_(std::move(data)), around_(around) {}

  int run() {
    if (words_.verb == Verb::stop) return stop();
    if (words_.verb == Verb::resume)
      if (const int code = release(); code != exit_done) return code;
    if (!has_state()) return words_.verb == Verb::resume ? exit_done : nothing_yet();
    const bool only_reads = words_.verb == Verb::list || words_.verb == Verb::show;
    auto opened =
        store::sqlite::SqliteActions::open(data_.state(), &access::audit_hash, only_reads);
    if (!opened) return fail(opened.error().message);
    store_ = *std::move(opened);
    switch (words_.verb) {
      case Verb::list:
        return list();
      case Verb::resume:
        return resume();
      case Verb::show:
        return show();
      default:
        return decide();
    }
  }

 private:
  int fail(const std::string& message) {
    around_.errors << "vedette: " << base::encode_terminal(message) << "\n";
    return exit_failed;
  }
  [[nodiscard]] bool has_state() const {
    std::error_code ignored;
    return std::filesystem::exists(data_.state(), ignored);
  }
  int nothing_yet() {
    if (words_.verb != Verb::list)
      return fail("there are no actions yet: " + data_.folder.string() +
                  " holds no state.db; `vedette serve` makes it, --data names another folder");
    around_.output << (words_.format == "json" ? "[]\n" : "Nothing yet.\n");
    return exit_done;
  }
  [[nodiscard]] Decider decider() const { return {around_.person, around_.clock.now()}; }

  int answer(const ActionRecord& record, bool whole) {
    base::JsonWriter writer;
    if (words_.format == "json") {
      ports::append_json(writer, record);
      around_.output << writer.text() << "\n";
    } else {
      around_.output << (whole ? page_of_action(record) : line_of_action(record));
    }
    return exit_done;
  }

  int list() {
    const auto records = store_->list(words_.incident, words_.limit);
    const auto wire = store_->trip_wire();
    if (!records) return fail(records.error().message);
    if (!wire) return fail(wire.error().message);
    if (words_.format == "json") {
      base::JsonWriter writer;
      writer.begin_array();
      for (const auto& record : *records) ports::append_json(writer, record);
      around_.output << writer.end_array().text() << "\n";
      return exit_done;
    }
    if (read_kill_switch(data_.kill_switch()) != respond::SwitchPosition::off)
      around_.output << "Everything is STOPPED; `vedette actions resume` releases it.\n";
    if (wire->tripped.is_set())
      around_.output << "The TRIP-WIRE is set off: " << base::encode_terminal(wire->why)
                     << "; two administrators must run `vedette actions resume`.\n";
    around_.output << (records->empty() ? "No action.\n" : table_of_actions(*records));
    return exit_done;
  }

  int show() {
    const auto found = store_->find(static_cast<std::int64_t>(words_.id));
    if (!found) return fail(found.error().message);
    if (!*found) return fail(fmt::format("there is no action {}", words_.id));
    return answer(**found, true);
  }

  // As the settings have it where they can be read here; the guard in `serve` has them for sure.
  [[nodiscard]] respond::GuardSettings settings() const {
    respond::GuardSettings lenient;
    lenient.two_persons = false;
    if (words_.verb != Verb::approve) return lenient;
    const auto file = words_.configuration.empty() ? find_configuration_file()
                                                   : std::filesystem::path(words_.configuration);
    const auto read = load_configuration(file, environment_variable);
    return read ? read->respond.guard : lenient;
  }

  int decide() {
    const respond::GuardSettings guard = settings();
    respond::ActionDesk desk(*store_, guard);
    const auto id = static_cast<std::int64_t>(words_.id);
    Result<ActionRecord> done = base::failure(base::ErrorCode::internal, "no such verb");
    if (words_.verb == Verb::ask) {
      const auto kind = model::action_kind_named(words_.kind);
      if (!kind) return fail(fmt::format("there is no kind \"{}\"", words_.kind));
      done = desk.ask(decider(), words_.incident, *kind, account_named(words_.text), words_.reason);
    } else if (words_.verb == Verb::approve) {
      done = desk.approve(decider(), id);
    } else if (words_.verb == Verb::refuse) {
      done = desk.refuse(decider(), id);
    } else if (words_.verb == Verb::undo) {
      done = desk.undo(decider(), id);
    }
    return done ? answer(*done, false) : fail(done.error().message);
  }

  // The file first: whatever else does not work, it stops.
  int stop() {
    const Decider by = decider();
    const std::string words =
        fmt::format("stopped by {} at {}{}", by.name, base::format_seconds(by.now),
                    words_.text.empty() ? "" : ": " + words_.text);
    if (const auto thrown = throw_kill_switch(data_.kill_switch(), words); !thrown)
      return fail(thrown.error().message);
    around_.output << "Stopped. No account is touched until `vedette actions resume`; what we did "
                      "can be undone meanwhile.\n";
    return note("stop", words);
  }

  int note(const std::string& what, const std::string& detail) {
    if (!has_state()) return exit_done;
    const auto log = store::sqlite::SqliteAccess::open(data_.state(), &access::audit_hash);
    if (!log) return fail(log.error().message);
    model::AuditEntry entry;
    entry.at = around_.clock.now();
    entry.actor = around_.person;
    entry.action = "action." + what;
    entry.object = "kill switch";
    entry.detail = detail;
    const auto added = (*log)->add_audit(entry);
    return added ? exit_done : fail(added.error().message);
  }

  // Of the switch first: it may be the only thing that is there.
  int release() {
    if (read_kill_switch(data_.kill_switch()) == respond::SwitchPosition::off) return exit_done;
    if (const auto released = release_kill_switch(data_.kill_switch()); !released)
      return fail(released.error().message);
    around_.output << "The kill switch is released. What was denied meanwhile stays so: approve it "
                      "one by one.\n";
    return note("resume", "");
  }

  int resume() {
    const respond::GuardSettings guard;
    const auto reset = respond::ActionDesk(*store_, guard).reset_trip_wire(decider());
    if (!reset) return fail(reset.error().message);
    around_.output << base::encode_terminal(*reset) << "\n";
    return exit_done;
  }

  const Words& words_;
  const DataLayout data_;
  const ActionsSurroundings& around_;
  std::unique_ptr<ports::ActionStore> store_;
};

}  // namespace

int run_actions(Arguments arguments, const ActionsSurroundings& around) {
  const auto [verb, exit_code_of_verb] = command.find(arguments, around.output, around.errors);
  if (verb == nullptr) return exit_code_of_verb;
  Words words;
  words.verb = verb->verb;
  CLI::App app(verb->summary, fmt::format("vedette actions {}", verb->name));
  add_options(app, words);
  if (const auto exit_code = parse_arguments(app, arguments.subspan(1))) return *exit_code;
  const auto folder =
      data_folder(words.data.empty() ? std::nullopt : std::optional<std::string>(words.data));
  if (!folder) {
    around.errors << "vedette: " << base::encode_terminal(folder.error().message) << "\n";
    return exit_failed;
  }
  return Run(words, {*folder}, around).run();
}

int run_actions(Arguments arguments) {
  return with_command_clock([&](ports::Clock& clock) {
    return run_actions(arguments, {clock, system_user(), std::cout, std::cerr});
  });
}

}  // namespace vedette::app
