// Holds cells and covers against test/kql/h3-answers.txt, which Uber's own library has written
// (tools/h3/answers.mjs).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "kql/functions/h3/cover.h"

namespace vedette::kql::functions::h3 {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}
// latitude,longitude
Direction direction_of(const std::string& pair) {
  const std::size_t comma = pair.find(',');
  return *place_of(std::stod(pair.substr(comma + 1)), std::stod(pair.substr(0, comma)));
}
// Degrees on the sphere; what is close needs no more than the chord.
double degrees_apart(const Direction& a, const Direction& b) {
  return std::hypot(a.x - b.x, a.y - b.y, a.z - b.z) * 180 / M_PI;
}
constexpr double close_degrees = 1e-9;

std::string joined(const Words& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}
std::string tokens_of(const std::vector<Cell>& cells) {
  Words tokens;
  for (const Cell cell : cells) tokens.push_back(token_of(cell));
  return joined(tokens);
}

// What comes out for the words of a question; places are compared here, and the answer given back
// where they agree.
std::string answer(const Words& asked, const std::string& expected) {
  const std::string& kind = asked[0];
  if (kind == "cell") return token_of(cell_at(direction_of(asked[1]), std::stoi(asked[2])));
  if (kind == "polygon") {
    Polygon polygon(1);
    for (std::size_t i = 2; i < asked.size(); ++i)
      if (asked[i] == "/") {
        polygon.emplace_back();
      } else {
        polygon.back().push_back(direction_of(asked[i]));
      }
    Effort effort;
    const auto cells = cells_over({polygon}, std::stoi(asked[1]), effort);
    return cells && *cells ? tokens_of(**cells) : "nothing";
  }
  const auto cell = read_cell(asked[1]);
  if (!cell) return "no cell";
  if (kind == "children") return tokens_of(children_of(*cell, std::stoi(asked[2])));
  if (kind == "parent") return token_of(parent_of(*cell, std::stoi(asked[2])));
  if (kind == "rings" || kind == "set") {
    const auto rings = rings_of(*cell, std::stoi(asked[2]));
    std::string all;
    for (std::vector<Cell> ring : *rings) {
      if (kind == "set") std::ranges::sort(ring);
      all += " | " + tokens_of(ring);
    }
    return joined(words_of(all.substr(3)));
  }
  const Words places = words_of(expected);
  Path found = kind == "border" ? border_of(*cell) : Path{middle_of(*cell)};
  if (kind == "border") found.pop_back();
  if (found.size() != places.size()) return std::to_string(found.size()) + " places";
  for (std::size_t i = 0; i < places.size(); ++i)
    if (!(degrees_apart(found[i], direction_of(places[i])) < close_degrees))
      return "place " + std::to_string(i) + " lies elsewhere";
  return expected;
}

TEST(H3KnownAnswers, AreGiven) {
  std::ifstream file(VEDETTE_SOURCE_DIR "/test/kql/h3-answers.txt");
  ASSERT_TRUE(file);
  std::map<std::string, int> counts;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t equals = line.find('=');
    ASSERT_NE(equals, std::string::npos) << line;
    const Words asked = words_of(line.substr(0, equals));
    const std::string expected = joined(words_of(line.substr(equals + 1)));
    EXPECT_EQ(answer(asked, expected), expected) << line.substr(0, equals);
    ++counts[asked[0]];
  }
  EXPECT_GT(counts["cell"], 3000);
  EXPECT_GT(counts["middle"], 350);
  EXPECT_GT(counts["border"], 350);
  EXPECT_GT(counts["rings"], 100);
  EXPECT_GT(counts["set"], 40);
  EXPECT_GT(counts["polygon"], 80);
  EXPECT_GT(counts["children"], 30);
  EXPECT_GT(counts["parent"], 90);
}

}  // namespace
}  // namespace vedette::kql::functions::h3
