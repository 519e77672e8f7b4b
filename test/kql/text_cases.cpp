// Runs text cases of the query language: kql_text_cases [--update] FILE.test...
//
//   # why this case is there
//   query            (or `query rowsort`: the language promises no order here)
//   print x = 1
//   ----
//   x:long
//   1
//
// A case ends at an empty line. The answer is a line of names and types, then the rows, with tabs
// between; `null` and `(empty)` stand for themselves; several tables have a line `====` between.
// A refusal is written as a person sees it, with its caret. Queries run at 2026-04-30T00:00:00Z
// over the published tables, all of them empty. With --update what comes out is written as the
// answer.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/encode.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "store/duckdb/hunt.h"

namespace vedette::test {
namespace {

constexpr std::int64_t now_ticks = 639'131'040'000'000'000;  // 2026-04-30T00:00:00Z

struct Case {
  std::vector<std::string> before;  // comments and empty lines, kept by --update
  std::string heading;
  std::vector<std::string> query;
  std::vector<std::string> answer;
  std::size_t line = 0;
};

std::string cell_text(const kql::result::Cell& cell) {
  if (cell.is_null && cell.type != kql::Type::string) return "null";
  const std::string text = kql::result::text_of(cell);
  if (text.empty()) return "(empty)";
  std::string safe;
  for (const char c : text) {
    if (c == '\t')
      safe += "\\t";
    else if (c == '\n')
      safe += "\\n";
    else
      safe += c;
  }
  return safe;
}

class Lines final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>& columns) override {
    if (!lines.empty()) lines.emplace_back("====");
    first_row_ = lines.size() + 1;
    std::string names;
    for (const kql::plan::Column& column : columns)
      if (!column.hidden)
        names += fmt::format("{}{}:{}", names.empty() ? "" : "\t", column.name,
                             kql::name_of(column.type));
    lines.push_back(names.empty() ? "(no columns)" : std::move(names));
  }
  void row(std::span<const kql::result::Cell> cells) override {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
      line += (i > 0 ? "\t" : "") + cell_text(cells[i]);
    lines.push_back(std::move(line));
  }
  void end(const kql::result::Ending&) override {
    if (any_order) std::sort(lines.begin() + static_cast<std::ptrdiff_t>(first_row_), lines.end());
  }

  std::vector<std::string> lines;
  bool any_order = false;

 private:
  std::size_t first_row_ = 0;
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> answer(store::duckdb::Engine& engine, const kql::Catalogue& catalogue,
                                const Case& one) {
  kql::Inputs inputs;
  inputs.now_ticks = now_ticks;
  std::string query = joined(one.query);
  query.pop_back();
  Lines result;
  result.any_order = one.heading == "query rowsort";
  const auto done =
      store::duckdb::hunt(engine, query, catalogue, kql::no_storage(), inputs, result);
  return done ? result.lines : lines_of(kql::render(done.error(), query));
}

// False when the file does not have the form above; says where.
bool read(const std::string& path, std::vector<Case>& cases, std::vector<std::string>& after) {
  std::ifstream in(path);
  if (!in) {
    std::cerr << path << ": cannot be read\n";
    return false;
  }
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.front() == '#') {
      after.push_back(line);
      continue;
    }
    if (line != "query" && line != "query rowsort") {
      std::cerr << fmt::format("{}:{}: 'query' or 'query rowsort' was expected\n", path, number);
      return false;
    }
    Case one{std::move(after), line, {}, {}, number};
    after.clear();
    while (std::getline(in, line) && line != "----" && !line.empty())
      one.query.push_back(line), ++number;
    ++number;
    if (line == "----")
      while (std::getline(in, line) && !line.empty()) one.answer.push_back(line), ++number;
    if (in) after.emplace_back(), ++number;
    if (one.query.empty()) {
      std::cerr << fmt::format("{}:{}: this case has no query\n", path, one.line);
      return false;
    }
    cases.push_back(std::move(one));
  }
  return true;
}

void write(const std::string& path, const std::vector<Case>& cases,
           const std::vector<std::string>& after) {
  std::ofstream out(path);
  for (const Case& one : cases)
    out << joined(one.before) << one.heading << "\n"
        << joined(one.query) << "----\n"
        << joined(one.answer);
  out << joined(after);
}

struct Counts {
  std::size_t passed = 0, failed = 0;
};

bool run(const std::string& path, bool update, store::duckdb::Engine& engine,
         const kql::Catalogue& catalogue, Counts& counts) {
  std::vector<Case> cases;
  std::vector<std::string> after;
  if (!read(path, cases, after)) return false;
  for (Case& one : cases) {
    std::vector<std::string> given = answer(engine, catalogue, one);
    if (given == one.answer) {
      ++counts.passed;
      continue;
    }
    ++counts.failed;
    std::cout << fmt::format("{}:{}\n{}---- expected\n{}---- given\n{}\n", path, one.line,
                             joined(one.query), joined(one.answer), joined(given));
    one.answer = std::move(given);
  }
  if (update) write(path, cases, after);
  return true;
}

}  // namespace
}  // namespace vedette::test

int main(int argument_count, char** arguments) {
  std::vector<std::string> paths(arguments + 1, arguments + argument_count);
  const bool update = !paths.empty() && paths.front() == "--update";
  if (update) paths.erase(paths.begin());
  if (paths.empty()) {
    std::cerr << "kql_text_cases [--update] FILE.test...\n";
    return 2;
  }
  const vedette::kql::SchemaCatalogue catalogue(vedette::kql::built_in_schema());
  auto engine = vedette::store::duckdb::Engine::open({.timeout_ms = 20'000});
  if (!engine) {
    std::cerr << engine.error().message << "\n";
    return 1;
  }
  vedette::test::Counts counts;
  for (const std::string& path : paths)
    if (!vedette::test::run(path, update, **engine, catalogue, counts)) return 1;
  std::cout << fmt::format("{} passed, {} failed{}\n", counts.passed, counts.failed,
                           update ? ", written as they came out" : "");
  return counts.failed == 0 || update ? 0 : 1;
}
