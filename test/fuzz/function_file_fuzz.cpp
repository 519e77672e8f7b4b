// A file of functions, whatever is in it: refused in words, or functions that stand before any
// query.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hunt/saved_function.h"
#include "kql/syntax/tree.h"

namespace {

using Read = vedette::base::Result<std::vector<vedette::hunt::SavedFunction>>;

void check(const Read& read) {
  if (!read) {
    if (read.error().message.empty()) std::abort();
    return;
  }
  for (const auto& function : *read) {
    const auto parsed = vedette::kql::syntax::parse(function.text());
    if (!parsed || parsed->statements.size() != 1 || !parsed->statements.front().function)
      std::abort();
    if (parsed->statements.front().name != function.name) std::abort();
    const std::span<const vedette::hunt::SavedFunction> alone(&function, 1);
    if (vedette::hunt::functions_for(function.name, alone) != function.text()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(vedette::hunt::read_kql_functions(text, "f.kql", "File"));
  check(vedette::hunt::read_yaml_functions(text, "f.yaml"));
  return 0;
}
