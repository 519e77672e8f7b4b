#include "app/command_incidents.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <ostream>

#include "app/command_clock.h"
#include "app/data_folder.h"
#include "app/incident_view.h"
#include "app/incident_words.h"
#include "app/room_keeper.h"
#include "app/system_user.h"
#include "base/encode.h"
#include "base/json.h"
#include "incident/actions.h"
#include "incident/incident_book.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::app {
namespace {

using base::Result;
using incident::Changed;
using incident::Person;
using model::Incident;

bool only_reads(IncidentVerb verb) {
  return verb == IncidentVerb::list || verb == IncidentVerb::show || verb == IncidentVerb::messages;
}

// Null when nothing was ever kept in the data folder.
Result<std::unique_ptr<ports::IncidentStore>> open_store(const IncidentWords& words,
                                                         const std::string& folder) {
  const std::string path = folder + "/state.db";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    if (!error) return nullptr;
    return base::system_failure("cannot look into " + folder, error.value());
  }
  const bool read_only = only_reads(words.verb);
  // On a full disk the reserve is there for what people do.
  const auto make_room = [folder] { return give_up_reserve({folder}); };
  auto opened = store::sqlite::SqliteIncidents::open(path, read_only);
  if (!opened && opened.error().code == base::ErrorCode::limit_exceeded && make_room())
    opened = store::sqlite::SqliteIncidents::open(path, read_only);
  if (opened) (*opened)->when_full(make_room);
  return VEDETTE_TRY(std::move(opened));
}

Result<Changed> perform(const IncidentWords& words, const Incident& found, const Person& person) {
  switch (words.verb) {
    case IncidentVerb::acknowledge:
      return incident::acknowledge(found, person);
    case IncidentVerb::assign:
      return incident::assign(found, person, words.owner.value_or(person.name));
    case IncidentVerb::comment:
      return incident::comment(found, person, words.text);
    case IncidentVerb::task:
      return incident::add_task(found, person, words.text);
    case IncidentVerb::done:
      return incident::finish_task(found, person, words.task);
    case IncidentVerb::severity:
      return incident::set_severity(found, person, words.severity);
    case IncidentVerb::close:
      return incident::close(found, person, words.classification, words.text);
    case IncidentVerb::reopen:
      return incident::reopen(found, person);
    case IncidentVerb::list:
    case IncidentVerb::show:
    case IncidentVerb::messages:
      break;
  }
  return base::failure(base::ErrorCode::internal, "this verb changes nothing");
}

// One run of the command.
class Run {
 public:
  Run(const IncidentWords& words, ports::IncidentStore& store, const IncidentsSurroundings& around)
      : words_(words), store_(store), around_(around) {}

  int run() {
    switch (words_.verb) {
      case IncidentVerb::list:
        return answer(list());
      case IncidentVerb::show:
        return answer(show());
      case IncidentVerb::messages:
        return answer(messages());
      default:
        return change();
    }
  }

 private:
  int answer(const Result<std::string>& text) {
    if (!text) return fail(text.error().message);
    around_.output << *text;
    return exit_done;
  }
  int fail(const std::string& message) {
    around_.errors << "vedette: " << base::encode_terminal(message) << "\n";
    return exit_failed;
  }

  Result<std::string> list() {
    const auto incidents = VEDETTE_TRY(store_.list(words_.filter));
    if (words_.json) {
      base::JsonWriter writer;
      writer.begin_array();
      for (const auto& found : incidents) model::append_json(writer, found, nullptr);
      return writer.end_array().take() + "\n";
    }
    if (incidents.empty())
      return std::string(words_.filter.open_only
                             ? "No open incident matches; --all shows the closed ones, too.\n"
                             : "No incident matches.\n");
    std::string text = table_of_incidents(incidents);
    if (incidents.size() == words_.filter.limit)
      text += fmt::format("There may be more: --before {} reads on.\n", incidents.back().number);
    return text;
  }

  Result<std::string> show() {
    const std::uint64_t number = words_.numbers.front();
    const auto found = VEDETTE_TRY(store_.find(number));
    if (!found)
      return base::failure(
          base::ErrorCode::not_found,
          fmt::format("there is no incident {}; `vedette incidents list --all` shows them",
                      number));
    auto timeline = VEDETTE_TRY(store_.timeline(number));
    if (!words_.as_learned) incident::sort_by_event_time(timeline);
    if (!words_.json) return page_of_incident(*found, timeline);
    base::JsonWriter writer;
    model::append_json(writer, *found, &timeline);
    return writer.take() + "\n";
  }

  Result<std::string> messages() {
    const auto messages = VEDETTE_TRY(store_.outbox(words_.state, words_.filter.limit));
    if (!words_.json)
      return messages.empty() ? "No message matches.\n" : table_of_messages(messages);
    base::JsonWriter writer;
    writer.begin_array();
    for (const auto& message : messages) {
      writer.begin_object().member("key", message.key);
      writer.key("incident").number(message.incident);
      writer.member("channel", message.channel).member("change", model::name_of(message.change));
      writer.member("state", name_of(message.state));
      writer.key("attempts").number(std::int64_t{message.attempts});
      writer.member("created", base::format_iso(message.created));
      writer.key("settled");
      if (message.settled.is_set())
        writer.plain_string(base::format_iso(message.settled));
      else
        writer.null();
      writer.member("error", message.error).end_object();
    }
    return writer.end_array().take() + "\n";
  }

  // All of them are tried; one that fails is told and makes the whole fail.
  int change() {
    const Person person{words_.person.value_or(around_.person), around_.clock.now()};
    int code = exit_done;
    for (const std::uint64_t number : words_.numbers) {
      const auto done = incident::act(
          store_, number, [&](const Incident& found) { return perform(words_, found, person); });
      if (!done) {
        code = fail(done.error().message);
      } else if (words_.json) {
        base::JsonWriter writer;
        model::append_json(writer, *done, nullptr);
        around_.output << writer.text() << "\n";
      } else {
        around_.output << line_of_incident(*done);
      }
    }
    return code;
  }

  const IncidentWords& words_;
  ports::IncidentStore& store_;
  const IncidentsSurroundings& around_;
};

int nothing_yet(const IncidentWords& words, const std::string& folder,
                const IncidentsSurroundings& around) {
  if (words.verb == IncidentVerb::list || words.verb == IncidentVerb::messages) {
    if (words.json)
      around.output << "[]\n";
    else
      around.output << "Nothing yet: " << base::encode_terminal(folder)
                    << " holds no state.db. `vedette serve` makes it; --data names another "
                       "folder.\n";
    return exit_done;
  }
  around.errors << "vedette: there are no incidents yet: " << base::encode_terminal(folder)
                << " holds no state.db; `vedette serve` makes it, --data names another folder\n";
  return exit_failed;
}

}  // namespace

int run_incidents(Arguments arguments, const IncidentsSurroundings& around) {
  const auto parsed = parse_incident_words(arguments);
  if (parsed.exit_code) return *parsed.exit_code;
  const IncidentWords& words = parsed.words;
  const auto fail = [&](const base::Error& error) {
    around.errors << "vedette: " << base::encode_terminal(error.message) << "\n";
    return exit_failed;
  };
  const auto folder = data_folder(words.data);
  if (!folder) return fail(folder.error());
  const auto store = open_store(words, *folder);
  if (!store) return fail(store.error());
  if (*store == nullptr) return nothing_yet(words, *folder, around);
  return Run(words, **store, around).run();
}

int run_incidents(Arguments arguments) {
  return with_command_clock([&](ports::Clock& clock) {
    return run_incidents(arguments, {clock, system_user(), std::cout, std::cerr});
  });
}

}  // namespace vedette::app
