#include "kql/complete/completion.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "base/text.h"
#include "kql/bind/plugin_names.h"
#include "kql/compile.h"
#include "kql/complete/written_place.h"
#include "kql/functions/function.h"
#include "kql/syntax/parser.h"

namespace vedette::kql {
namespace {

using syntax::Token;
using syntax::TokenKind;
using Words = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> openings{"let",    "print", "range",    "union",
                                                   "search", "find",  "datatable"};
constexpr std::array<std::string_view, 34> word_operators{"==",
                                                          "!=",
                                                          "=~",
                                                          "!~",
                                                          "has",
                                                          "!has",
                                                          "has_cs",
                                                          "!has_cs",
                                                          "has_any",
                                                          "has_all",
                                                          "hasprefix",
                                                          "hassuffix",
                                                          "contains",
                                                          "!contains",
                                                          "contains_cs",
                                                          "!contains_cs",
                                                          "startswith",
                                                          "!startswith",
                                                          "startswith_cs",
                                                          "endswith",
                                                          "!endswith",
                                                          "endswith_cs",
                                                          "in",
                                                          "!in",
                                                          "in~",
                                                          "!in~",
                                                          "between",
                                                          "!between",
                                                          "matches",
                                                          "and",
                                                          "or",
                                                          "<",
                                                          ">",
                                                          ">="};
constexpr std::array<std::string_view, 17> charts{
    "timechart",  "linechart",    "barchart",         "columnchart",  "piechart", "areachart",
    "table",      "scatterchart", "stackedareachart", "anomalychart", "card",     "ladderchart",
    "pivotchart", "timepivot",    "treemap",          "plotly",       "graph"};
constexpr std::array<std::string_view, 14> chart_options{
    "title=",  "xtitle=", "ytitle=", "kind=",       "series=", "xcolumn=", "ycolumns=",
    "legend=", "ymin=",   "ymax=",   "accumulate=", "xaxis=",  "yaxis=",   "ysplit="};
constexpr std::array<std::string_view, 4> chart_kinds{"default", "unstacked", "stacked",
                                                      "stacked100"};
constexpr std::array<std::string_view, 10> join_kinds{
    "innerunique", "inner",     "leftouter", "rightouter", "fullouter",
    "leftanti",    "rightanti", "leftsemi",  "rightsemi",  "anti"};
constexpr std::array<std::string_view, 2> union_kinds{"outer", "inner"};
constexpr std::array<std::string_view, 3> parse_kinds{"simple", "regex", "relaxed"};

bool starts_with(std::string_view text, std::string_view begun) {
  return text.size() >= begun.size() &&
         base::equals_ignoring_case(text.substr(0, begun.size()), begun);
}

bool has_word(std::span<const Token> words, std::string_view word) {
  return std::ranges::any_of(words, [&](const Token& token) { return token.is_name(word); });
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }) && !(name.front() >= '0' && name.front() <= '9');
}

class Completer {
 public:
  Completer(const WrittenPlace& place, std::string_view begun, const CompletionGround& ground)
      : place_(place), begun_(begun), catalogue_(ground.catalogue), ground_(ground) {
    done_.begin = place.word_begin;
  }

  Completion make() {
    if (place_.in_string)
      add_values();
    else if (place_.after_dot)
      after_dot();
    else if (!place_.name)
      at_source();
    else if (place_.name->empty())
      add_words(CandidateKind::operator_word, syntax::operator_names());
    else if (!place_.calls.empty())
      in_brackets();
    else
      in_operator();
    return std::move(done_);
  }

 private:
  void add(CandidateKind kind, std::string text, std::string detail = {}) {
    if (done_.candidates.size() >= candidates_max || !starts_with(text, begun_)) return;
    if (seen_.insert(text).second)
      done_.candidates.push_back({kind, std::move(text), std::move(detail)});
  }
  void add_words(CandidateKind kind, Words words) {
    for (const std::string_view word : words) add(kind, std::string(word));
  }
  void keyword(std::string_view word) { add(CandidateKind::keyword, std::string(word)); }

  // --- names ---

  void add_tables() {
    for (const std::string& name : place_.let_names) add(CandidateKind::variable, name);
    for (const std::string_view name : catalogue_.table_names())
      if (!begun_.empty()) add(CandidateKind::table, std::string(name));
    for (const std::string_view name : ground_.functions)
      if (!begun_.empty()) add(CandidateKind::function, std::string(name) + "(");
  }
  void add_columns(const std::vector<CatalogueColumn>& columns) {
    for (const CatalogueColumn& column : columns)
      add(CandidateKind::column,
          is_plain_name(column.name) ? column.name : "['" + column.name + "']",
          std::string(name_of(column.type)));
  }
  [[nodiscard]] Inputs inputs() const {
    Inputs inputs;
    inputs.saved_functions = ground_.saved_functions;
    return inputs;
  }
  // What the binder says of the text so far, else of less and less of it.
  [[nodiscard]] std::vector<CatalogueColumn> columns() const {
    std::vector<CatalogueColumn> columns;
    for (const std::string& pipeline : place_.cuts) {
      if (pipeline.empty()) break;
      const auto shape = check(place_.lets + pipeline, catalogue_, inputs());
      if (!shape) continue;
      for (const auto& column : shape->columns) columns.push_back({column.name, column.type});
      return columns;
    }
    if (const auto* table = catalogue_.table(place_.source)) return table->columns;
    return columns;
  }
  void add_functions(functions::Use use) {
    const auto kind =
        use == functions::Use::aggregate ? CandidateKind::aggregate : CandidateKind::function;
    std::vector<std::string_view> names = functions::names(use);
    std::ranges::sort(names);
    for (const std::string_view name : names) add(kind, std::string(name) + "(");
  }
  void add_operand() {
    add_columns(columns());
    for (const std::string& name : place_.let_names) add(CandidateKind::variable, name);
    if (begun_.empty()) return;
    add_functions(functions::Use::scalar);
    if (*place_.name != "where") add_functions(functions::Use::window);
  }

  // --- places ---

  void at_source() {
    if (!place_.words.empty()) {
      if (ends_operand(place_.words.back()) || place_.words.front().is_name("let")) return;
    }
    add_tables();
    add_words(CandidateKind::keyword, openings);
    if (place_.let_value) add_functions(functions::Use::scalar);
  }

  // `$left.`, `$right.` of a join.
  void after_dot() {
    if (place_.tokens.size() < 2) return;
    const std::string_view owner = place_.tokens[place_.tokens.size() - 2].text;
    if (owner == "$left") return add_columns(columns());
    if (owner == "$right") add_columns(right_columns());
  }
  [[nodiscard]] std::vector<CatalogueColumn> right_columns() const {
    std::vector<CatalogueColumn> columns;
    const auto on =
        std::ranges::find_if(place_.words, [](const Token& token) { return token.is_name("on"); });
    auto first = place_.words.begin();
    while (first != on && first + 2 < on && (first + 1)->is_symbol("=")) first += 3;  // kind=inner
    if (first == on || on == place_.words.end()) return columns;
    const char* begin = first->text.data();
    const auto shape =
        check(place_.lets + std::string(begin, (on - 1)->text.data() + (on - 1)->text.size()),
              catalogue_, inputs());
    if (!shape) return columns;
    for (const auto& column : shape->columns) columns.push_back({column.name, column.type});
    return columns;
  }

  void in_brackets() {
    const std::string& name = *place_.name;
    if (name == "render") return in_render();
    if (place_.tokens.back().kind == TokenKind::name && place_.tokens.size() > 1 &&
        ends_operand(place_.tokens.back()))
      return after_operand();
    if (name == "union") return add_tables();
    add_operand();
    // summarize make_list(...), and not within an aggregate's own parentheses.
    const bool aggregates = (name == "summarize" || name == "make-series") &&
                            !has_word(place_.words, "by") &&
                            std::ranges::none_of(place_.calls, [](const std::string& call) {
                              return !functions::find(call, functions::Use::aggregate).empty();
                            });
    if (aggregates) add_functions(functions::Use::aggregate);
    if (begun_.empty()) add_functions(functions::Use::scalar);
  }

  void in_operator() {
    const std::string& name = *place_.name;
    const auto& words = place_.words;
    if (const Words kinds = kinds_after_equal(); !kinds.empty())
      return add_words(CandidateKind::keyword, kinds);
    if (name == "render") return in_render();
    if (name == "evaluate") return add_plugins();
    if (name == "take" || name == "limit" || name == "sample") {
      for (const std::string& variable : place_.let_names) add(CandidateKind::variable, variable);
      return;
    }
    if (name == "as" || name == "count" || name == "getschema" || name == "consume") return;
    if (name == "union") return in_union();
    if (name == "join" || name == "lookup") return in_join();
    if (name == "summarize" || name == "make-series") return in_summarize();
    if (!words.empty() && ends_operand(words.back())) return after_operand();
    if (name == "sort" || name == "order") {
      if (words.empty()) return keyword("by");
    }
    if (name.starts_with("project-") || name == "distinct" || name == "facet")
      return add_columns(columns());
    if (name == "search" || name == "find") {
      if (words.empty()) keyword("in");
      if (words.empty() && name == "find") keyword("where");
      if (has_word(words, "in") && !has_word(words, ")")) add_tables();
      return;
    }
    if (name == "invoke") return add_tables();
    if (name == "parse" || name == "parse-where" || name == "mv-expand")
      if (words.empty()) keyword("kind=");
    add_operand();
  }

  // kind=
  [[nodiscard]] Words kinds_after_equal() const {
    const auto& words = place_.words;
    if (words.size() < 2 || !words.back().is_symbol("=") ||
        !words[words.size() - 2].is_name("kind"))
      return {};
    const std::string& name = *place_.name;
    if (name == "join" || name == "lookup") return join_kinds;
    if (name == "union") return union_kinds;
    if (name == "parse" || name == "parse-where") return parse_kinds;
    return {};
  }

  void in_render() {
    const auto& tokens = place_.tokens;
    if (place_.calls.empty()) {
      if (place_.words.empty()) return add_words(CandidateKind::keyword, charts);
      return keyword("with (");
    }
    if (tokens.back().is_symbol("=")) {
      const std::string_view option = tokens[tokens.size() - 2].text;
      if (option == "kind") return add_words(CandidateKind::keyword, chart_kinds);
      if (option.ends_with("column") || option.ends_with("columns") || option == "series")
        add_columns(columns());
      return;
    }
    add_words(CandidateKind::keyword, chart_options);
  }

  void add_plugins() {
    if (!place_.words.empty()) return;
    for (const std::string_view name : bind::plugin_names())
      add(CandidateKind::plugin, std::string(name) + "(");
  }

  void in_union() {
    if (place_.words.empty()) {
      keyword("kind=");
      keyword("withsource=");
      keyword("isfuzzy=");
    }
    add_tables();
  }

  void in_join() {
    const auto& words = place_.words;
    if (has_word(words, "on")) {
      if (ends_operand(words.back()))
        return add_words(CandidateKind::keyword, std::array{std::string_view("==")});
      add_columns(columns());
      add(CandidateKind::keyword, "$left.");
      return add(CandidateKind::keyword, "$right.");
    }
    if (words.empty()) keyword("kind=");
    const bool has_right = !words.empty() && ends_operand(words.back()) &&
                           !(words.size() > 1 && words[words.size() - 2].is_symbol("="));
    if (has_right) return keyword("on");
    add(CandidateKind::keyword, "(");
    add_tables();
  }

  void in_summarize() {
    const auto& words = place_.words;
    if (!words.empty() && ends_operand(words.back())) {
      keyword("by");
      if (*place_.name == "make-series")
        for (const std::string_view word : {"on", "from", "to", "step", "default="}) keyword(word);
      return after_operand();
    }
    if (has_word(words, "by") || has_word(words, "on")) {
      add_operand();
      return add(CandidateKind::function, "bin(");
    }
    add_functions(functions::Use::aggregate);
    if (words.empty()) keyword("by");
  }

  void after_operand() {
    const std::string& name = *place_.name;
    if (name == "sort" || name == "order" || name == "top") {
      if (name == "top" && !has_word(place_.words, "by")) return keyword("by");
      for (const std::string_view word : {"asc", "desc", "nulls first", "nulls last"})
        keyword(word);
      return;
    }
    if (name == "parse" || name == "parse-where") return keyword("with");
    if (name == "mv-expand" || name == "mv-apply")
      for (const std::string_view word : {"to typeof(", "limit", "on"}) keyword(word);
    add_words(CandidateKind::keyword, word_operators);
  }

  // --- values ---

  // COLUMN == "..., COLUMN in ("..., ...
  [[nodiscard]] std::string_view compared_column() const {
    const auto& tokens = place_.tokens;
    std::size_t at = tokens.size();
    while (at > 0 && (tokens[at - 1].is_symbol(",") || tokens[at - 1].kind == TokenKind::string))
      --at;
    if (at > 1 && tokens[at - 1].is_symbol("(") && tokens[at - 2].kind == TokenKind::name) --at;
    if (at < 2 || tokens[at - 2].kind != TokenKind::name) return {};
    const std::string_view word = tokens[at - 1].text;
    const bool compares = std::ranges::find(word_operators, word) != word_operators.end();
    return compares ? tokens[at - 2].text : std::string_view();
  }
  // A let's own table, where the source is a let.
  [[nodiscard]] std::string table() const {
    if (catalogue_.table(place_.source) != nullptr) return place_.source;
    const auto shown = std::ranges::find(place_.let_names, place_.source);
    if (shown == place_.let_names.end()) return {};
    const auto& tokens = place_.tokens;
    for (std::size_t i = 0; i + 3 < tokens.size(); ++i)
      if (tokens[i].is_name("let") && tokens[i + 1].text == place_.source &&
          catalogue_.table(tokens[i + 3].text) != nullptr)
        return std::string(tokens[i + 3].text);
    return {};
  }
  void add_values() {
    done_.are_values = true;
    const std::string_view column = compared_column();
    const std::string from = table();
    if (!ground_.values || column.empty() || from.empty()) return;
    for (const std::string& value : ground_.values(from, column)) {
      std::string text;
      bool is_plain = true;
      for (const char c : value) {
        is_plain = is_plain && static_cast<unsigned char>(c) >= 0x20;
        if (c == '\\' || c == place_.quote) text += '\\';
        text += c;
      }
      if (is_plain) add(CandidateKind::value, text + place_.quote);
    }
  }

  const WrittenPlace& place_;
  const std::string_view begun_;
  const Catalogue& catalogue_;
  const CompletionGround& ground_;
  Completion done_;
  std::set<std::string> seen_;
};

}  // namespace

Completion complete(std::string_view text, std::size_t place, const CompletionGround& ground) {
  place = std::min(place, text.size());
  const auto found = find_place(text, place);
  if (!found) return {.begin = place, .candidates = {}};
  const std::string_view begun = text.substr(found->word_begin, place - found->word_begin);
  return Completer(*found, begun, ground).make();
}

bool is_whole_query(std::string_view text) {
  const auto tokens = syntax::read_tokens(text);
  // A string that its line does not close is wrong whatever follows; one in ``` may go on.
  if (!tokens) {
    const std::size_t at = tokens.error().span.start;
    return !(tokens.error().code == "KQL101" && at < text.size() &&
             (text[at] == '`' || text[at] == '~'));
  }
  const auto query = syntax::parse(text);
  if (query)
    return !query->statements.empty() &&
           query->statements.back().kind == syntax::Statement::Kind::query;
  // What is wrong before the end does not get better by what follows.
  const std::size_t end = tokens->size() < 2 ? 0 : (*tokens)[tokens->size() - 2].span.end();
  return query.error().span.start < end;
}

}  // namespace vedette::kql
