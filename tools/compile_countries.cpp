// compile_countries OUT ISO_3166_1_JSON: English country names for enrich/country_names.cpp, as the
// rows of a C++ table sorted by code. Run by the build over Debian's iso-codes.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace {

using vedette::base::Result;
using Rows = std::vector<std::pair<std::string, std::string>>;  // code, name

// "Congo, The Democratic Republic of the" is how a list is sorted, not how a country is called.
// Only words that ask for what follows are turned: "Saint Helena, Ascension and Tristan da Cunha"
// is a name.
std::string in_reading_order(const std::string& name) {
  const std::size_t comma = name.find(", ");
  if (comma == std::string::npos) return name;
  const std::string tail = name.substr(comma + 2);
  const bool turned =
      tail.ends_with(" of") || tail.ends_with(" of the") || tail == "British" || tail == "U.S.";
  return turned ? tail + " " + name.substr(0, comma) : name;
}

Result<Rows> read_countries(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  if (!input) return vedette::base::system_failure("cannot open " + path, errno);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  const vedette::base::Json root = VEDETTE_TRY(vedette::base::parse_json(text));
  Rows rows;
  const auto* countries = root["3166-1"].as_array();
  for (const auto& country : countries ? *countries : vedette::base::Json::Array{}) {
    const std::string* code = country["alpha_2"].as_string();
    const std::string* name = country["name"].as_string();
    const std::string* common = country["common_name"].as_string();
    if (code && name) rows.emplace_back(*code, common ? *common : in_reading_order(*name));
  }
  if (rows.size() < 240)
    return vedette::base::failure(vedette::base::ErrorCode::malformed,
                                  path + ": not the list of countries");
  std::ranges::sort(rows);
  return rows;
}

Result<void> compile(const std::string& out, const std::string& source) {
  const Rows rows = VEDETTE_TRY(read_countries(source));
  std::ofstream output(out);
  for (const auto& [code, name] : rows)
    output << "{\"" << code << "\", R\"~(" << name << ")~\"},\n";
  output.close();
  if (!output) return vedette::base::system_failure("cannot write " + out, errno);
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: compile_countries OUT ISO_3166_1_JSON\n", stderr);
    return 2;
  }
  const auto done = compile(arguments[1], arguments[2]);
  if (!done) std::fprintf(stderr, "compile_countries: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
