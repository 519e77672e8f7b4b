#include "app/hunt_memory.h"

#include "app/private_file.h"
#include "base/file_text.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::app {
namespace {

constexpr std::size_t memory_bytes_max = 64UL * 1024 * 1024;

}  // namespace

// A time, then a row a line: a row has no line break outside of its JSON's escapes.
HuntMemory HuntMemory::load(const std::string& path) {
  HuntMemory memory;
  const auto text = base::read_file(path, memory_bytes_max);
  if (!text) return memory;
  const auto lines = base::split(*text, '\n');
  const auto ran = base::parse_iso(lines.front());
  if (!ran) return memory;
  memory.ran = *ran;
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (!lines[i].empty()) memory.rows.emplace(lines[i]);
  return memory;
}

base::Result<void> HuntMemory::save(const std::string& path) const {
  std::string text = base::format_iso(ran) + "\n";
  for (const std::string& row : rows) text += row + "\n";
  return write_private_file(path, text);
}

}  // namespace vedette::app
