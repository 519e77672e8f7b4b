// Reads test/hostile-strings.txt (its head says how it is written) for tests that push hostile text
// through a sink or a parser.
#pragma once

#include <cassert>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/encode.h"

namespace vedette::fakes {

inline std::string unescape_hostile(std::string_view line) {
  std::string out;
  const auto hexadecimal = [&line](std::size_t at, std::size_t length) {
    return static_cast<char32_t>(std::stoul(std::string(line.substr(at, length)), nullptr, 16));
  };
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\\') {
      out.push_back(line[at]);
      continue;
    }
    ++at;
    assert(at < line.size());
    switch (line[at]) {
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case '\\':
        out.push_back('\\');
        break;
      case 'x':
        out.push_back(static_cast<char>(hexadecimal(at + 1, 2)));
        at += 2;
        break;
      case 'u': {
        const bool braces = line[at + 1] == '{';
        const std::size_t length = braces ? line.find('}', at) - at - 2 : 4;
        base::append_utf8(out, hexadecimal(at + (braces ? 2 : 1), length));
        at += length + (braces ? 2 : 0);
        break;
      }
      default:
        assert(false && "unknown escape in hostile-strings.txt");
    }
  }
  return out;
}

// `source_directory`: VEDETTE_SOURCE_DIR.
inline std::vector<std::string> hostile_strings(const std::string& source_directory) {
  constexpr std::string_view repeat = "repeat(";
  std::ifstream file(source_directory + "/test/hostile-strings.txt");
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("# ")) continue;
    std::size_t times = 1;
    std::string_view rest = line;
    if (rest.starts_with(repeat)) {
      times = std::stoul(line.substr(repeat.size()));
      rest = rest.substr(rest.find(':') + 1);
    }
    const std::string once = unescape_hostile(rest);
    std::string text;
    text.reserve(once.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += once;
    all.push_back(std::move(text));
  }
  assert(all.size() > 100 && "test/hostile-strings.txt is missing");
  return all;
}

}  // namespace vedette::fakes
