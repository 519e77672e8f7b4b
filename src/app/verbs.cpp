#include "app/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace vedette::app {

std::string VerbHelp::text(std::span<const VerbLine> verbs) const {
  std::string text = fmt::format("{}\n\nUsage: vedette {} VERB ...\n\n", head, name);
  std::size_t names = 0, operands = 0;
  for (const VerbLine& verb : verbs) {
    names = std::max(names, verb.name.size() + 1);
    operands = std::max(operands, verb.operands.size() + 1);
  }
  for (const VerbLine& verb : verbs)
    text += fmt::format("  {:<{}} {:<{}} {}\n", verb.name, names, verb.operands, operands,
                        verb.summary);
  return text + footer;
}

void VerbHelp::tell_unknown(std::string_view word, std::span<const VerbLine> verbs) const {
  std::vector<std::string_view> known;
  for (const VerbLine& verb : verbs) known.push_back(verb.name);
  const std::string_view near = base::nearest(word, known);
  print_error(near.empty() ? fmt::format("{} has no verb {}", name, word)
                           : fmt::format("{} has no verb {}; did you mean {}?", name, word, near));
  fmt::print(stderr, "`vedette {} --help` lists the verbs.\n", name);
}

}  // namespace vedette::app
