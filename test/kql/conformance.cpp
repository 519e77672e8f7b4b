// Runs the published cases of the language and measures how many give the expected answer.
//   kql_conformance semantics CASES USAGE FLOOR KNOWN [--failures]
//   kql_conformance rules CASES SCHEMA FLOOR [--failures]
// Exits 0 when no group fell below its floor, 1 when one did, 77 when the cases are not there.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "kql_test/comparison.h"
#include "store/duckdb/hunt.h"

namespace vedette::test {
namespace {

constexpr std::int64_t now_ticks = 639'131'040'000'000'000;  // 2026-04-30T00:00:00Z

std::set<std::string> names_in_backticks(const std::string& path) {
  std::ifstream in(path);
  std::set<std::string> names;
  std::string line;
  while (std::getline(in, line)) {
    const std::size_t first = line.find('`');
    const std::size_t last = first == std::string::npos ? first : line.find('`', first + 1);
    if (last != std::string::npos) names.insert(line.substr(first + 1, last - first - 1));
  }
  return names;
}

// Is the topic of a case something that real queries use (usage-frequency.md)?
bool is_used(const std::string& topic, const std::set<std::string>& used) {
  static const std::map<std::string, std::string> other_names{
      {"in-cs", "in"},
      {"not-in-cs", "!in"},
      {"equals-cs", "=="},
      {"not-equals", "!="},
      {"string", "string"},
      {"not-contains", "!contains"},
      {"not-endswith", "!endswith"},
      {"not-contains-cs", "!contains_cs"},
      {"not-hasprefix", "!hasprefix"},
      {"not-hassuffix", "!hassuffix"},
      {"numerical-operators", "+"},
      {"logical-operators", "and"},
      {"datetime-timespan-arithmetic", "-"},
      {"day-of-week", "dayofweek"},
      {"hour-of-day", "hourofday"},
      {"matches-regex", "matches regex"},
      {"not-between", "!between"},
      {"user-defined-functions", "let"},
      {"null-values", "isnull"},
      {"join-leftanti", "join leftanti"},
      {"join-inner", "join inner"},
      {"join-innerunique", "join innerunique"},
      {"join-leftouter", "join leftouter"},
      {"join-leftsemi", "join leftsemi"},
      {"join-rightanti", "join rightanti"},
      {"bag-unpack", "bag_unpack"}};
  if (topic.starts_with("loco:") || topic == "string" || topic == "let") return true;
  if (const auto other = other_names.find(topic); other != other_names.end())
    return used.contains(other->second);
  std::string underscored = topic;
  std::replace(underscored.begin(), underscored.end(), '-', '_');
  return used.contains(topic) || used.contains(underscored);
}

std::string group_of(const std::string& topic, const std::set<std::string>& used) {
  if (is_used(topic, used)) return "used";
  if (topic.starts_with("geo") && topic.find("distance") == std::string::npos &&
      topic.find("point-in") == std::string::npos)
    return "geo";
  return "other";
}

struct Score {
  std::size_t passed = 0;
  std::size_t all = 0;
};

// FLOOR holds lines "group passed": a run may not pass fewer. A higher number is to be written
// there.
int judge(const std::map<std::string, Score>& scores, const std::string& floor_path) {
  std::ifstream in(floor_path);
  std::map<std::string, std::size_t> floor;
  std::string group;
  for (std::size_t passed = 0; in >> group >> passed;) floor[group] = passed;
  int code = 0;
  for (const auto& [name, score] : scores) {
    const double percent =
        score.all == 0 ? 0
                       : 100.0 * static_cast<double>(score.passed) / static_cast<double>(score.all);
    std::cout << fmt::format("{:<6} {:>5} of {:>5}  {:5.1f} %  (floor {})\n", name, score.passed,
                             score.all, percent, floor[name]);
    if (score.passed < floor[name]) code = 1;
  }
  if (code != 0) std::cout << "fewer cases pass than before: see " << floor_path << "\n";
  return code;
}

int run_semantics(std::ifstream& cases, const std::string& usage, const std::string& floor,
                  const std::string& known, bool show) {
  const std::set<std::string> used = names_in_backticks(usage);
  const std::set<std::string> contradicted = [&] {
    std::set<std::string> ids;
    std::ifstream in(known);
    for (std::string line; std::getline(in, line);)
      if (!line.empty() && line.front() != '#')
        ids.insert(line.substr(0, line.find_first_of(" \t")));
    return ids;
  }();
  auto engine = store::duckdb::Engine::open({.timeout_ms = 10'000});
  if (!engine) {
    std::cerr << engine.error().message << "\n";
    return 1;
  }
  kql::Inputs inputs;
  inputs.now_ticks = now_ticks;
  std::map<std::string, Score> scores;
  std::size_t set_aside = 0;
  for (std::string line; std::getline(cases, line);) {
    const auto one = base::parse_json(line);
    if (!one) continue;
    const std::string& id = *(*one)["id"].as_string();
    if (contradicted.contains(id)) {
      ++set_aside;
      continue;
    }
    Score& score = scores[group_of(*(*one)["topic"].as_string(), used)];
    ++score.all;
    Collected result;
    const std::string& query = *(*one)["query"].as_string();
    const auto done = store::duckdb::hunt(**engine, query, kql::empty_catalogue(),
                                          kql::no_storage(), inputs, result);
    const std::string problem =
        done ? compare(*one, result) : done.error().code + " " + done.error().message;
    if (problem.empty()) {
      ++score.passed;
    } else if (show) {
      std::cout << "FAIL " << group_of(*(*one)["topic"].as_string(), used) << " " << id << ": "
                << problem << "\n";
    }
  }
  std::cout << fmt::format(
      "semantics (set aside, since Microsoft's documentation says otherwise: {})\n", set_aside);
  return judge(scores, floor);
}

std::string compare_shape(const base::Json& one, const kql::Shape& shape) {
  const bool open = one["open"].as_bool() != nullptr && *one["open"].as_bool();
  const base::Json::Array& columns = *one["columns"].as_array();
  std::size_t at = 0;
  for (const base::Json& wanted : columns) {
    const std::string& name = *(*wanted.as_array())[0].as_string();
    const std::string& type = *(*wanted.as_array())[1].as_string();
    if (open || shape.columns_open) {  // only the columns that are fixed
      if (type == "unknown") continue;
      const auto found = std::find_if(shape.columns.begin(), shape.columns.end(),
                                      [&](const auto& c) { return c.name == name; });
      if (found == shape.columns.end()) return "column missing: " + name;
      if (type != kql::name_of(found->type))
        return fmt::format("column '{}' is {}, expected {}", name, kql::name_of(found->type), type);
      continue;
    }
    if (at >= shape.columns.size()) return "column missing: " + name;
    if (shape.columns[at].name != name)
      return fmt::format("column {} is '{}', expected '{}'", at, shape.columns[at].name, name);
    if (type != "unknown" && type != kql::name_of(shape.columns[at].type))
      return fmt::format("column '{}' is {}, expected {}", name,
                         kql::name_of(shape.columns[at].type), type);
    ++at;
  }
  if (!open && !shape.columns_open && at != shape.columns.size())
    return "column too many: " + shape.columns[at].name;
  return {};
}

int run_rules(std::ifstream& cases, const std::string& schema_path, const std::string& floor,
              bool show) {
  std::ifstream schema_file(schema_path);
  std::stringstream schema;
  schema << schema_file.rdbuf();
  const kql::SchemaCatalogue catalogue(schema.str());
  kql::Inputs inputs;
  inputs.now_ticks = now_ticks;
  Score score;
  std::vector<double> times_ms;
  for (std::string line; std::getline(cases, line);) {
    const auto one = base::parse_json(line);
    if (!one) continue;
    ++score.all;
    const std::string& query = *(*one)["query"].as_string();
    const auto start = std::chrono::steady_clock::now();
    const auto shape = kql::check(query, catalogue, inputs);
    times_ms.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
    const std::string problem =
        shape ? compare_shape(*one, *shape) : shape.error().code + " " + shape.error().message;
    if (problem.empty()) {
      ++score.passed;
    } else if (show) {
      std::cout << "FAIL " << *(*one)["id"].as_string() << ": " << problem << "\n";
    }
  }
  std::sort(times_ms.begin(), times_ms.end());
  std::cout << fmt::format("rules: binding takes {:.2f} ms (median), {:.2f} ms (99th of 100)\n",
                           times_ms[times_ms.size() / 2], times_ms[times_ms.size() * 99 / 100]);
  return judge({{"bind", score}}, floor);
}

}  // namespace
}  // namespace vedette::test

int main(int count, char** words) {
  const std::vector<std::string> arguments(words, words + count);
  if (count < 5) {
    std::cerr
        << "usage: kql_conformance semantics CASES USAGE FLOOR KNOWN | rules CASES SCHEMA FLOOR\n";
    return 2;
  }
  std::ifstream cases(arguments[2]);
  if (!cases) {
    std::cout << "SKIPPED: " << arguments[2] << " is not there, so nothing was measured\n";
    return 77;
  }
  const bool show = arguments.back() == "--failures";
  if (arguments[1] == "semantics")
    return vedette::test::run_semantics(cases, arguments[3], arguments[4], arguments[5], show);
  return vedette::test::run_rules(cases, arguments[3], arguments[4], show);
}
