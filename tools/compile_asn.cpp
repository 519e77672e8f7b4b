// compile_asn OUT CSV...: the ranges of the CSV files (first address, last address, AS number,
// organisation) as one table for enrich/asn_table.h. Run by the build.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/encode.h"
#include "base/text.h"
#include "enrich/asn_table.h"

namespace {

using vedette::base::Result;
using vedette::enrich::AsnRange;

// Names longer than this are cut; the longest one seen has 167 bytes.
constexpr std::size_t organisation_bytes_max = 256;

// One field of a CSV line (RFC 4180: in quotes, a doubled quote is one), and the comma after it.
std::string take_field(std::string_view& line) {
  std::string field;
  const bool quoted = line.starts_with('"');
  if (quoted) line.remove_prefix(1);
  while (!line.empty()) {
    const char c = line.front();
    line.remove_prefix(1);
    if (quoted && c == '"') {
      if (!line.starts_with('"')) break;
      line.remove_prefix(1);
    } else if (!quoted && c == ',') {
      return field;
    }
    field += c;
  }
  if (line.starts_with(',')) line.remove_prefix(1);
  return field;
}

Result<AsnRange> read_range(std::string_view line) {
  const auto first = vedette::base::parse_ip(take_field(line));
  const auto last = vedette::base::parse_ip(take_field(line));
  const auto number = vedette::base::parse_unsigned(take_field(line));
  const std::string name = take_field(line);
  if (!first || !last || !number || *number > 0xFFFF'FFFFU || !line.empty())
    return vedette::base::failure(vedette::base::ErrorCode::malformed,
                                  "expected: first address, last address, number, organisation");
  return AsnRange{*first, *last, static_cast<std::uint32_t>(*number),
                  vedette::base::clean_utf8(vedette::base::trim(name), organisation_bytes_max)};
}

Result<void> read_file(const std::string& path, std::vector<AsnRange>& ranges) {
  std::ifstream input(path);
  if (!input) return vedette::base::system_failure("cannot open " + path, errno);
  std::string line;
  for (int number = 1; std::getline(input, line); ++number) {
    auto range = read_range(vedette::base::trim(line));
    if (!range)
      return std::unexpected(
          std::move(range).error().within(path + " line " + std::to_string(number)));
    ranges.push_back(*std::move(range));
  }
  return {};
}

Result<void> compile(const std::string& out, const std::vector<std::string>& sources) {
  std::vector<AsnRange> ranges;
  for (const std::string& source : sources) VEDETTE_TRY_VOID(read_file(source, ranges));
  vedette::enrich::AsnTableReport report;
  const std::string table =
      VEDETTE_TRY(vedette::enrich::write_asn_table(std::move(ranges), report));
  VEDETTE_TRY(
      vedette::enrich::AsnTable::over(table));  // what we wrote is what the program will accept
  // A running program may have the old file mapped: a new file takes its name, the old one lives
  // on.
  const std::string part = out + ".tmp";
  std::ofstream output(part, std::ios::binary);
  output << table;
  output.close();
  if (!output || std::rename(part.c_str(), out.c_str()) != 0)
    return vedette::base::system_failure("cannot write " + out, errno);
  std::printf(
      "%zu ranges of addresses; left out %zu with reserved AS numbers; cut %zu that overlap\n",
      report.ranges, report.reserved_numbers, report.overlaps);
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() < 2) {
    std::fputs("usage: compile_asn OUT CSV...\n", stderr);
    return 2;
  }
  const auto done = compile(words[0], {words.begin() + 1, words.end()});
  if (!done) std::fprintf(stderr, "compile_asn: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
