// Owns: the words of `vedette incidents`: verbs, options, help. Promises: what comes out is
// checked: numbers are numbers, statuses, severities and classifications exist; a wrong word is
// told with the nearest right one. Must not know: the store. Called from main's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "model/incident.h"
#include "ports/incident_store.h"

namespace vedette::app {

enum class IncidentVerb : std::uint8_t {
  list,
  show,
  acknowledge,
  assign,
  comment,
  task,
  done,
  severity,
  close,
  reopen,
  messages,
};

struct IncidentWords {
  IncidentVerb verb = IncidentVerb::list;
  std::vector<std::uint64_t> numbers;
  std::optional<std::string> data;
  bool json = false;
  std::optional<std::string> person;  // --as
  // list
  ports::IncidentFilter filter;
  // show
  bool as_learned = false;
  // what is done
  std::optional<std::string> owner;  // empty: nobody; not given: who acts
  std::string text;
  std::uint64_t task = 0;  // its place, from 1
  model::Severity severity = model::Severity::medium;
  model::Classification classification = model::Classification::none;
  // messages
  std::optional<ports::OutboxState> state;
};

struct ParsedIncidentWords {
  std::optional<int> exit_code;  // help was asked for, or the words were wrong and that was said
  IncidentWords words;
};

[[nodiscard]] ParsedIncidentWords parse_incident_words(Arguments arguments);

}  // namespace vedette::app
