// Owns: commands that begin with a verb (`vedette incidents close 7`): the list of verbs as help,
// and finding the one that was meant. Promises: no verb is help on the
// error's stream and a wrong use, `--help` is help and no error; a wrong verb is told with the
// nearest one. Must not know: what verbs do. Called from main's thread.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/command.h"
#include "base/text.h"

namespace vedette::app {

template <typename Verb>
struct VerbText {
  std::string_view name;
  Verb verb;
  std::string_view operands;
  const char* summary;
};

template <typename Verb>
struct VerbCommand {
  std::string_view name;  // "incidents"
  std::string_view head;  // what it is for
  std::span<const VerbText<Verb>> verbs;
  const char* footer;

  // What the first word asks for; null with what to end with.
  struct Found {
    const VerbText<Verb>* verb = nullptr;
    int exit_code = exit_usage;
  };
  [[nodiscard]] Found find(Arguments arguments, std::ostream& output, std::ostream& errors) const {
    if (arguments.empty()) {
      errors << help();
      return {};
    }
    const std::string& word = arguments.front();
    if (word == "--help" || word == "-h" || word == "help") {
      output << help();
      return {nullptr, exit_done};
    }
    const auto found = std::ranges::find(verbs, word, &VerbText<Verb>::name);
    if (found != verbs.end()) return {&*found, exit_done};
    std::vector<std::string_view> names;
    for (const auto& verb : verbs) names.push_back(verb.name);
    const std::string_view near = base::nearest(word, names);
    print_error(near.empty()
                    ? fmt::format("{} has no verb {}", name, word)
                    : fmt::format("{} has no verb {}; did you mean {}?", name, word, near));
    fmt::print(stderr, "`vedette {} --help` lists the verbs.\n", name);
    return {};
  }

 private:
  [[nodiscard]] std::string help() const {
    std::string text = fmt::format("{}\n\nUsage: vedette {} VERB ...\n\n", head, name);
    std::size_t names = 0, operands = 0;
    for (const auto& verb : verbs) {
      names = std::max(names, verb.name.size() + 1);
      operands = std::max(operands, verb.operands.size() + 1);
    }
    for (const auto& verb : verbs)
      text += fmt::format("  {:<{}} {:<{}} {}\n", verb.name, names, verb.operands, operands,
                          verb.summary);
    return text + footer;
  }
};

}  // namespace vedette::app
