// Owns: incidents and alerts: reading them, and what people do to them.
#include <algorithm>

#include "base/text.h"
#include "incident/actions.h"
#include "incident/incident_book.h"
#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::Result;
using incident::Changed;
using incident::Person;
using model::Incident;
using net::ReceiverReply;

constexpr std::uint64_t page_max = 1'000;

std::unexpected<base::Error> wrong(std::string message) {
  return base::failure(base::ErrorCode::invalid_argument, std::move(message));
}

// What the query asks for, or what is wrong with it.
Result<ports::IncidentFilter> read_filter(std::string_view query) {
  ports::IncidentFilter filter;
  const auto number = [&](std::string_view name,
                          std::uint64_t most) -> Result<std::optional<std::uint64_t>> {
    const auto text = parameter(query, name);
    if (!text) return std::optional<std::uint64_t>();
    const auto value = base::parse_unsigned(*text);
    if (!value || *value == 0 || *value > most)
      return wrong(std::string(name) + " must be a number from 1 to " + std::to_string(most));
    return value;
  };
  if (const auto limit = VEDETTE_TRY(number("limit", page_max))) filter.limit = *limit;
  if (const auto before = VEDETTE_TRY(number("before", INT64_MAX))) filter.before_number = *before;
  if (const auto open = parameter(query, "open")) {
    if (*open != "true" && *open != "false") return wrong("open must be true or false");
    filter.open_only = *open == "true";
  }
  if (const auto severity = parameter(query, "severity")) {
    filter.least_severity = model::severity_named(*severity);
    if (!filter.least_severity) return wrong("there is no such severity");
  }
  if (const auto status = parameter(query, "status")) {
    filter.status = model::incident_status_named(*status);
    if (!filter.status) return wrong("there is no such status");
  }
  if (const auto owner = parameter(query, "owner")) filter.owner = *owner;
  return filter;
}

Result<std::uint64_t> number_of(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  if (number && *number > 0 && *number <= INT64_MAX) return *number;
  return base::failure(base::ErrorCode::not_found, "there is no such incident");
}

Result<std::string> whole_incident(ports::IncidentStore& store, std::string_view text) {
  const std::uint64_t number = VEDETTE_TRY(number_of(text));
  const auto found = VEDETTE_TRY(store.find(number));
  if (!found) return base::failure(base::ErrorCode::not_found, "there is no such incident");
  auto timeline = VEDETTE_TRY(store.timeline(number));
  incident::sort_by_event_time(timeline);
  base::JsonWriter writer;
  model::append_json(writer, *found, &timeline);
  return writer.take() + "\n";
}

ReceiverReply answer_with(const Result<std::string>& body) {
  return body ? reply(200, *body) : problem_of(body.error());
}

// Does it, notes it in the audit log, and answers with the incident as it is then.
ReceiverReply act_on(const ApiSources& sources, const Call& call, std::string_view what,
                     const std::string& detail,
                     const std::function<Result<Changed>(const Incident&, const Person&)>& action) {
  const auto number = number_of(call.captured);
  if (!number) return problem_of(number.error());
  const Person person{call.caller.name, sources.clock.now()};
  const auto done = incident::act(sources.incidents, *number,
                                  [&](const Incident& found) { return action(found, person); });
  if (!done) return problem_of(done.error());
  const auto noted = sources.access.note(call.caller, "incident." + std::string(what),
                                         "incident " + std::to_string(*number), detail);
  if (!noted) return problem_of(noted.error());
  return answer_with(whole_incident(sources.incidents, call.captured));
}

}  // namespace

ReceiverReply Api::incidents(const Call& call) const {
  const auto filter = read_filter(call.query);
  if (!filter) return problem_of(filter.error());
  const auto found = sources_.incidents.list(*filter);
  if (!found) return problem_of(found.error());
  base::JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& incident : *found) model::append_json(writer, incident, nullptr);
  writer.end_array();
  writer.key("more").boolean(found->size() == filter->limit).end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::incident(const Call& call) const {
  return answer_with(whole_incident(sources_.incidents, call.captured));
}

// The alerts of the incidents that the query asks for, each with its incident's number.
ReceiverReply Api::alerts(const Call& call) const {
  const auto filter = read_filter(call.query);
  if (!filter) return problem_of(filter.error());
  const auto found = sources_.incidents.list(*filter);
  if (!found) return problem_of(found.error());
  base::JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& incident : *found)
    for (const auto& alert : incident.alerts) {
      writer.begin_object().key("incident").number(incident.number);
      model::append_members(writer, alert, model::name_of(alert.status));
      writer.end_object();
    }
  writer.end_array();
  writer.key("more").boolean(found->size() == filter->limit).end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::acknowledge(const Call& call) const {
  return act_on(sources_, call, "acknowledge", "", [](const Incident& found, const Person& person) {
    return incident::acknowledge(found, person);
  });
}

ReceiverReply Api::assign(const Call& call) const {
  const std::string owner = call.body["owner"].text();
  return act_on(sources_, call, "assign", owner.empty() ? "to nobody" : "to " + owner,
                [&](const Incident& found, const Person& person) {
                  return incident::assign(found, person, owner);
                });
}

ReceiverReply Api::comment(const Call& call) const {
  return act_on(sources_, call, "comment", "", [&](const Incident& found, const Person& person) {
    return incident::comment(found, person, call.body["text"].text());
  });
}

ReceiverReply Api::add_task(const Call& call) const {
  return act_on(sources_, call, "task", "", [&](const Incident& found, const Person& person) {
    return incident::add_task(found, person, call.body["text"].text());
  });
}

ReceiverReply Api::finish_task(const Call& call) const {
  const auto* number = call.body["number"].as_integer();
  const std::uint64_t task =
      number == nullptr || *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
  return act_on(sources_, call, "task-done", "task " + std::to_string(task),
                [&](const Incident& found, const Person& person) {
                  return incident::finish_task(found, person, task);
                });
}

ReceiverReply Api::set_severity(const Call& call) const {
  const auto severity = model::severity_named(call.body["severity"].text());
  if (!severity) return problem(422, "invalid", "there is no such severity");
  return act_on(sources_, call, "severity", std::string(model::name_of(*severity)),
                [&](const Incident& found, const Person& person) {
                  return incident::set_severity(found, person, *severity);
                });
}

ReceiverReply Api::close(const Call& call) const {
  const auto classification = model::classification_named(call.body["classification"].text());
  if (!classification)
    return problem(422, "invalid",
                   "classification must be TruePositive, BenignPositive, FalsePositive or "
                   "Undetermined");
  return act_on(sources_, call, "close", std::string(model::name_of(*classification)),
                [&](const Incident& found, const Person& person) {
                  return incident::close(found, person, *classification,
                                         call.body["comment"].text());
                });
}

ReceiverReply Api::reopen(const Call& call) const {
  return act_on(sources_, call, "reopen", "", [](const Incident& found, const Person& person) {
    return incident::reopen(found, person);
  });
}

}  // namespace vedette::server
