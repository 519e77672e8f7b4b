// Owns: commands that begin with a verb (`vedette incidents close 7`): the list of verbs as help,
// and finding the one that was meant. Promises: no verb is help on the
// error's stream and a wrong use, `--help` is help and no error; a wrong verb is told with the
// nearest one. Must not know: what verbs do. Called from main's thread.
#pragma once

#include <algorithm>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/command.h"

namespace vedette::app {

struct VerbLine {
  std::string_view name, operands;
  const char* summary;
};

struct VerbHelp {
  std::string_view name;  // "incidents"
  std::string_view head;  // what it is for
  const char* footer;

  [[nodiscard]] std::string text(std::span<const VerbLine> verbs) const;
  void tell_unknown(std::string_view word, std::span<const VerbLine> verbs) const;
};

template <typename Verb>
struct VerbText {
  std::string_view name;
  Verb verb;
  std::string_view operands;
  const char* summary;
};

template <typename Verb>
struct VerbCommand {
  VerbHelp help;
  std::span<const VerbText<Verb>> verbs;

  // What the first word asks for; null with what to end with.
  struct Found {
    const VerbText<Verb>* verb = nullptr;
    int exit_code = exit_usage;
  };
  [[nodiscard]] Found find(Arguments arguments, std::ostream& output, std::ostream& errors) const {
    std::vector<VerbLine> lines;
    for (const auto& verb : verbs) lines.push_back({verb.name, verb.operands, verb.summary});
    if (arguments.empty()) {
      errors << help.text(lines);
      return {};
    }
    const std::string& word = arguments.front();
    if (word == "--help" || word == "-h" || word == "help") {
      output << help.text(lines);
      return {nullptr, exit_done};
    }
    const auto found = std::ranges::find(verbs, word, &VerbText<Verb>::name);
    if (found != verbs.end()) return {&*found, exit_done};
    help.tell_unknown(word, lines);
    return {};
  }
};

}  // namespace vedette::app
