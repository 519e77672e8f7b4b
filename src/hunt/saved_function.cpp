#include "hunt/saved_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/encode.h"
#include "base/text.h"
#include "hunt/hunt_limits.h"
#include "kql/syntax/token.h"
#include "kql/syntax/tree.h"
#include "yaml/yaml_tree.h"

namespace vedette::hunt {
namespace {

using base::Result;
using kql::syntax::Token;
using kql::syntax::TokenKind;
using yaml::wrong;
using yaml::YamlNode;

using Functions = std::vector<SavedFunction>;

constexpr yaml::YamlLimits file_limits{hunt_bytes_max, hunt_depth_max, hunt_nodes_max};

std::unexpected<base::Error> at_line(std::size_t line, const std::string& why) {
  return base::failure(base::ErrorCode::invalid_argument, fmt::format("line {}: {}", line, why));
}

// What stands before the body.
std::string head_of(const SavedFunction& function) {
  return fmt::format("let {} = {}{} {{", function.name, function.is_view ? "view " : "",
                     function.parameters);
}

// `body_line` is where the body begins in the file.
Result<void> check_function(SavedFunction& function, std::size_t body_line) {
  const std::string text = function.text();
  const auto parsed = kql::syntax::parse(text);
  if (!parsed) {
    const std::size_t head = head_of(function).size();
    const std::size_t start = parsed.error().span.start;
    const std::size_t line =
        start < head ? 1 : kql::position_of(std::string_view(text).substr(head), start - head).line;
    return at_line(body_line + line - 1,
                   fmt::format("{}: {}", parsed.error().code, parsed.error().message));
  }
  const bool is_function =
      parsed->statements.size() == 1 && parsed->statements.front().function != nullptr;
  const auto gives_rows = [](const kql::syntax::Statement& one) {
    return one.kind == kql::syntax::Statement::Kind::query;
  };
  if (!is_function ||
      std::ranges::none_of(parsed->statements.front().function->statements, gives_rows))
    return at_line(body_line,
                   fmt::format("{} gives nothing: end with the rows or the value that it is for",
                               function.name));
  for (const auto& parameter : parsed->statements.front().function->parameters)
    function.takes.push_back({parameter.name, parameter.is_table ? std::nullopt : parameter.type,
                              parameter.default_value != nullptr});
  return {};
}

// --- KQL -----------------------------------------------------------------------------------------

// The definitions of a file, from its words.
class Definitions {
 public:
  Definitions(std::string_view text, const std::string& file, const std::vector<Token>& tokens)
      : text_(text), file_(file), tokens_(tokens) {}

  [[nodiscard]] bool begins_with_command() const { return peek().is_symbol("."); }

  // `let NAME = [view] (...) {...};` until the end. Nothing: the file has something else as well.
  Result<std::optional<Functions>> lets() {
    Functions found;
    while (!at_end()) {
      if (!peek().is_name("let") || !peek(2).is_symbol("=")) return std::nullopt;
      at_ += 1;
      SavedFunction function;
      function.name = peek().text;
      at_ += 2;
      function.is_view = peek().is_name("view");
      if (function.is_view) ++at_;
      if (!peek().is_symbol("(")) return std::nullopt;
      const auto is_whole = VEDETTE_TRY(take_parts(function));
      if (!is_whole) return std::nullopt;
      found.push_back(std::move(function));
      while (peek().is_symbol(";")) ++at_;
    }
    if (found.empty()) return std::nullopt;
    return found;
  }

  // `.create-or-alter function [ifnotexists] [with (...)] NAME (...) {...}`, one after another.
  Result<Functions> commands() {
    Functions found;
    while (!at_end()) {
      const std::size_t begin = at_;
      while (!at_end() && !peek().is_name("function")) ++at_;
      const std::size_t words = tokens_[begin].span.start;
      const std::string_view verb =
          base::trim(text_.substr(words, at_end() ? 0 : peek().span.start - words));
      if (verb != ".create" && verb != ".create-or-alter" && verb != ".alter")
        return at_line(line_of(begin),
                       "of commands that begin with a dot only .create-or-alter function is read");
      ++at_;
      SavedFunction function;
      if (peek().is_name("ifnotexists")) ++at_;
      if (peek().is_name("with") && peek(1).is_symbol("(")) function.description = docstring();
      function.name = peek().text;
      ++at_;
      const auto is_whole = VEDETTE_TRY(take_parts(function));
      if (!is_whole)
        return at_line(line_of(begin), "a function is a name, (parameters) and {a body}");
      found.push_back(std::move(function));
      while (peek().is_symbol(";")) ++at_;
    }
    return found;
  }

 private:
  [[nodiscard]] const Token& peek(std::size_t further = 0) const {
    return tokens_[std::min(at_ + further, tokens_.size() - 1)];
  }
  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::end; }
  [[nodiscard]] std::size_t line_of(std::size_t token) const {
    return kql::position_of(text_, tokens_[token].span.start).line;
  }

  // What stands between this bracket and the one that closes it; the place behind that. Nothing:
  // there is no such bracket.
  std::optional<std::string_view> bracketed(std::string_view open, std::string_view close) {
    if (!peek().is_symbol(open)) return std::nullopt;
    const std::size_t begin = peek().span.end();
    for (std::size_t depth = 0; !at_end(); ++at_) {
      if (peek().is_symbol(open)) ++depth;
      if (!peek().is_symbol(close) || --depth > 0) continue;
      const std::size_t end = peek().span.start;
      ++at_;
      return text_.substr(begin, end - begin);
    }
    return std::nullopt;
  }

  // with (docstring = "...", folder = "..."): what is said of the function.
  std::string docstring() {
    std::string found;
    ++at_;
    for (; !at_end() && !peek().is_symbol(")"); ++at_)
      if (peek().is_name("docstring") && peek(2).kind == TokenKind::string)
        found = peek(2).constant.text;
    ++at_;
    return found;
  }

  // (parameters) { body }. False: they are not there.
  Result<bool> take_parts(SavedFunction& function) {
    const auto parameters = bracketed("(", ")");
    const std::size_t brace = at_;
    const auto body = parameters ? bracketed("{", "}") : std::nullopt;
    if (!body) return false;
    function.file = file_;
    function.parameters = fmt::format("({})", base::trim(*parameters));
    function.body = *body;
    if (!is_identifier(function.name))
      return at_line(line_of(brace),
                     "a function's name has letters, digits and _, none of the digits first");
    VEDETTE_TRY_VOID(check_function(function, line_of(brace)));
    return true;
  }

  const std::string_view text_;
  const std::string& file_;
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
};

// --- YAML ----------------------------------------------------------------------------------------

std::string text_at(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found == nullptr ? std::string() : found->text;
}

// "NAME: TYPE = DEFAULT". A text's default stands there without KQL's quotes, mostly.
Result<std::string> parameter_of(const YamlNode& node) {
  const std::string name = text_at(node, "Name");
  const std::string type = text_at(node, "Type");
  if (!is_identifier(name) || type.empty()) return wrong(node, "a parameter has Name and Type");
  if (type.starts_with("table:")) return fmt::format("{}: {}", name, type.substr(6));
  const YamlNode* given = node.find("Default");
  if (given == nullptr) return fmt::format("{}: {}", name, type);
  const std::string& value = given->text;
  const bool is_quoted = value.starts_with('\'') || value.starts_with('"');
  if (type != "string" || is_quoted) return fmt::format("{}: {} = {}", name, type, value);
  std::string escaped;
  for (const char c : value)
    escaped += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return fmt::format("{}: {} = '{}'", name, type, escaped);
}

Result<std::string> parameters_of(const YamlNode& root) {
  const YamlNode* list = root.find("ParserParams");
  if (list == nullptr) list = root.find("FunctionParams");
  if (list == nullptr || list->items.empty()) return std::string("()");
  if (list->kind != YamlNode::Kind::list)
    return wrong(*list, "ParserParams is a list (- Name: ..., Type: ..., Default: ...)");
  std::vector<std::string> parameters;
  for (const YamlNode& item : list->items) parameters.push_back(VEDETTE_TRY(parameter_of(item)));
  return fmt::format("({})", fmt::join(parameters, ", "));
}

Result<Functions> read_parser(const YamlNode& root, const std::string& file) {
  const YamlNode* query = root.find("ParserQuery");
  std::string name = text_at(root, "ParserName");
  if (query == nullptr) {
    query = root.find("FunctionQuery");
    name = text_at(root, "FunctionAlias");
    if (name.empty()) name = text_at(root, "FunctionName");
  }
  if (query == nullptr || query->text.empty())
    return wrong(root,
                 "a function needs FunctionName and FunctionQuery (or ParserName and "
                 "ParserQuery)");
  if (!is_identifier(name))
    return wrong(root, "a function's name has letters, digits and _, none of the digits first");
  SavedFunction function;
  function.name = std::move(name);
  function.file = file;
  function.parameters = VEDETTE_TRY(parameters_of(root));
  function.body = "\n" + query->text;
  for (const std::string_view about : {"Function", "Parser"})
    if (const YamlNode* node = root.find(about)) function.description = text_at(*node, "Title");
  // The text of a block begins on the line behind its key.
  VEDETTE_TRY_VOID(check_function(function, static_cast<std::size_t>(query->line)));
  return Functions{std::move(function)};
}

}  // namespace

std::string SavedFunction::text() const {
  return head_of(*this) + body + "\n};\n";
}

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && name.size() <= hunt_name_bytes_max && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

namespace {

Result<Functions> read_kql(std::string_view text, const std::string& file, std::string_view name) {
  const auto tokens = kql::syntax::read_tokens(text);
  if (!tokens)
    return at_line(kql::position_of(text, tokens.error().span.start).line, tokens.error().message);
  if (Definitions commands(text, file, *tokens); commands.begins_with_command())
    return commands.commands();
  auto lets = VEDETTE_TRY(Definitions(text, file, *tokens).lets());
  if (lets) return *std::move(lets);
  if (!is_identifier(name))
    return at_line(1,
                   "this is one query, so the file's name is the function's: letters, digits and "
                   "_, none of the digits first");
  SavedFunction function;
  function.name = name;
  function.file = file;
  function.parameters = "()";
  function.body = text;
  VEDETTE_TRY_VOID(check_function(function, 1));
  return Functions{std::move(function)};
}

Result<Functions> read_yaml(std::string_view text, const std::string& file) {
  return read_parser(VEDETTE_TRY(yaml::parse_yaml(text, file_limits)), file);
}

Result<Functions> within_file(Result<Functions> functions, const std::string& file) {
  if (functions) return functions;
  return std::unexpected(std::move(functions).error().within(file));
}

// Depth first, so that a function stands behind those that it calls.
class Needed {
 public:
  explicit Needed(std::span<const SavedFunction> functions) : functions_(functions) {}

  void add_of(std::string_view query) {
    const auto tokens = kql::syntax::read_tokens(query);
    if (!tokens) return;
    for (const Token& token : *tokens) {
      if (token.kind != TokenKind::name) continue;
      const auto found = std::ranges::lower_bound(functions_, token.text, {}, &SavedFunction::name);
      if (found == functions_.end() || found->name != token.text) continue;
      if (!seen_.insert(found->name).second) continue;
      add_of(found->parameters);
      add_of(found->body);
      text_ += found->text();
    }
  }
  std::string take() { return std::move(text_); }

 private:
  const std::span<const SavedFunction> functions_;
  std::set<std::string_view> seen_;
  std::string text_;
};

}  // namespace

Result<Functions> read_kql_functions(std::string_view text, const std::string& file,
                                     std::string_view name) {
  return within_file(read_kql(text, file, name), file);
}

Result<Functions> read_yaml_functions(std::string_view text, const std::string& file) {
  return within_file(read_yaml(text, file), file);
}

std::string functions_for(std::string_view query, std::span<const SavedFunction> functions) {
  if (functions.empty()) return {};
  Needed needed(functions);
  needed.add_of(query);
  return needed.take();
}

}  // namespace vedette::hunt
