// Plugins that are themselves KQL: their text is bound in place of the call, with its arguments
// under names of its own. What a text means is what the language means, in any dialect of SQL.
#include "base/text.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// Marks in the text: $1 .. $9 an argument (a column, or the name that its value has here), $d the
// columns it is sliced by with commas in front, $r the condition that another slice begins, #1 the
// text of a constant, @1 the bare name of a column. The input is `_rows`.
struct WrittenPlugin {
  std::string_view name;
  std::string_view arguments;  // c a column, v a value, and d: any more columns slice it
  std::string_view text;
};

namespace {

constexpr WrittenPlugin plugins[] = {
    {"activity_counts_metrics", "ccvvvd", R"(
let _t = _rows | where $2 between ($3 .. $4) | extend _w = bin_at($2, $5, $3);
let _new = _t | summarize _w = min(_w) by $1$d | summarize new_dcount = count() by _w$d;
_t | summarize ['count'] = count(), dcount = dcount($1) by _w$d
| lookup kind=leftouter _new on _w$d
| extend new_dcount = coalesce(new_dcount, 0)
| sort by _slice asc, _w asc
| extend aggregated_dcount = row_cumsum(new_dcount$r)
| project $2 = _w$d, ['count'], dcount, new_dcount, aggregated_dcount)"},
    {"rolling_percentile", "cvcvvd", R"(
let _t = _rows | extend _w = bin($3, $4);
let _bins = _t | distinct _w$d;
_t | mv-expand _k = range(0, $5 - 1, 1) to typeof(long)
| extend _w = _w + _k * $4
| summarize ['rolling_#5_percentile_@1_#2'] = percentile($1, $2) by _w$d
| join kind=leftsemi _bins on _w$d
| sort by _slice asc, _w asc
| project $3 = _w$d, ['rolling_#5_percentile_@1_#2'])"},
    {"active_users_count", "ccvvvvvvd", R"(
let _t = _rows | where $2 between ($3 - $5 .. $4)
| extend _p = bin_at($2, $6, $3) | distinct $1, _now = $2, _p$d;
let _now_rows = _t | where _now >= $3;
_now_rows | project $1, _now$d
| join kind=inner (_t | project $1, _then = _now, _p$d) on $1$d
| where _then > _now - $5 and _then <= _now
| summarize _periods = dcount(_p) by $1, _now$d
| where _periods >= $7
| summarize dcount_values = dcount($1) by _w = bin_at(_now, $8, $3)$d
| sort by _slice asc, _w asc
| project $2 = _w$d, dcount_values)"},
    {"sliding_window_counts", "ccvvvvd", R"(
let _t = _rows | where $2 between ($3 - $5 + $6 .. $4) | extend _b = bin_at($2, $6, $3);
_t | mv-expand _k = range(0, tolong($5 / $6) - 1, 1) to typeof(long)
| extend _w = _b + _k * $6
| where _w between ($3 .. $4)
| summarize Count = count(), Dcount = dcount($1) by _w$d
| sort by _slice asc, _w asc
| project $2 = _w$d, Count, Dcount)"},
    {"session_count", "ccvvvvd", R"(
let _t = _rows | where $2 between ($3 .. $4) | distinct $1, $2$d;
_t | sort by $1 asc, _slice asc, $2 asc
| extend _w = bin_at($2, $5, $3), _before = prev($2), _same = $1 == prev($1)$s
| extend _w_before = bin_at(_before, $5, $3)
| where not(_same) or isnull(_before) or $2 - _before > $6 or _w != _w_before
| summarize count_sessions = dcount($1) by _w$d
| sort by _slice asc, _w asc
| project $2 = _w$d, count_sessions)"},
    {"rows_near", "vv", R"(
let _t = _rows | serialize _near_number = row_number(), _near_hit = $1;
let _near = _t | where _near_hit | mv-expand _k = range(0 - $2, $2, 1) to typeof(long)
| distinct _near_number = _near_number + _k;
_t | join kind=leftsemi _near on _near_number | sort by _near_number asc
| project-away _near_number, _near_hit)"},
    {"schema_merge", "v", R"(
_rows | summarize _low = min(ColumnOrdinal), _high = max(ColumnOrdinal), _data = take_any(DataType),
  _types = make_set(ColumnType) by ColumnName
| extend _bad = iff($1 and _low != _high, 1, 0), _one = array_length(_types) == 1,
  _whole = array_length(set_difference(_types, dynamic(['int', 'long']))) == 0,
  _number = array_length(set_difference(_types, dynamic(['int', 'long', 'real']))) == 0
| sort by _bad asc, _high asc, ColumnName asc
| extend _type = case(_bad == 1, 'ERROR(columns are out of order)', _one, tostring(_types[0]),
    _whole, 'long', _number, 'real', 'ERROR(types cannot be reduced)'),
  _place = row_number(0)
| project ColumnName, ColumnOrdinal = iff(_bad == 1, -1, iff($1, _low, _place)),
  DataType = case(_one and _bad == 0, _data, _type == 'long', 'System.Int64',
    _type == 'real', 'System.Double', strcat('ERROR(unknown CSL type:', _type, ')')),
  ColumnType = _type)"},
};

}  // namespace

[[nodiscard]] const WrittenPlugin* written_plugin(std::string_view name);

const WrittenPlugin* written_plugin(std::string_view name) {
  for (const WrittenPlugin& plugin : plugins)
    if (plugin.name == name) return &plugin;
  return nullptr;
}

namespace {

std::string bracketed(std::string_view name) {
  std::string text = "['";
  for (const char c : name) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "']";
}

std::string text_of(const Constant& constant) {
  if (is_integer(constant.type)) return std::to_string(constant.integer);
  if (constant.type == Type::real) return native::text_of_real(constant.real);
  return constant.text;
}

// The words that the marks of a text stand for.
struct Words {
  std::vector<std::string> names;      // $1 ...
  std::vector<std::string> bare;       // @1 ...
  std::vector<std::string> constants;  // #1 ...
  std::vector<std::string> slices;
};

std::string filled(std::string_view text, const Words& words) {
  std::string out;
  const auto place = [](char c) { return static_cast<std::size_t>(c - '1'); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    const bool digit = next >= '1' && next <= '9' && place(next) < words.names.size();
    if (text[i] == '$' && digit) {
      out += words.names[place(next)];
    } else if (text[i] == '@' && digit) {
      out += words.bare[place(next)];
    } else if (text[i] == '#' && digit) {
      out += words.constants[place(next)];
    } else if (text[i] == '$' && next == 'd') {
      for (const std::string& slice : words.slices) out += ", " + slice;
    } else if (text[i] == '$' && next == 's') {
      for (const std::string& slice : words.slices)
        out += fmt::format(" and {} == prev({})", slice, slice);
    } else if (text[i] == '$' && next == 'r') {
      std::string changed;
      for (const std::string& slice : words.slices)
        changed += fmt::format("{}{} != prev({})", changed.empty() ? ", " : " or ", slice, slice);
      out += changed;
    } else if (text.substr(i).starts_with("_slice asc, ")) {
      for (const std::string& slice : words.slices) out += slice + " asc, ";
      i += std::string_view("_slice asc, ").size() - 1;
      continue;
    } else {
      out += text[i];
      continue;
    }
    ++i;
  }
  return out;
}

}  // namespace

struct Binder::PluginWords {
  Words words;
  std::vector<std::pair<std::string, Binding>> bindings;
  Columns columns;  // of values that differ from row to row
  std::vector<plan::Assignment> computed;
};

// KQL that is no part of the query's text; its diagnostics point at the call.
Checked<Relation> Binder::written(std::string text,
                                  std::vector<std::pair<std::string, Binding>> names, Span span) {
  auto parsed = syntax::parse(text);
  if (!parsed) return refuse("KQL599", span, parsed.error().message);
  written_.push_back(std::make_unique<syntax::Query>(std::move(*parsed)));
  const ScopePtr outer = scope_;
  for (auto& [name, binding] : names) define(std::move(name), std::move(binding));
  auto result = last_query(written_.back()->statements);
  scope_ = outer;
  if (!result)
    return refuse(result.error().code, span, result.error().message, result.error().hint);
  if (!*result) return refuse("KQL599", span, "the plugin gives no rows");
  return std::move(**result);
}

// The arguments as words of the text. Values that differ from row to row become columns.
Checked<Binder::PluginWords> Binder::plugin_words(const WrittenPlugin& plugin,
                                                  const Expression& call, Relation& input) {
  PluginWords found;
  Words& words = found.words;
  const std::size_t wanted = plugin.arguments.size() - (plugin.arguments.ends_with('d') ? 1 : 0);
  if (call.children.size() < wanted && plugin.name != "schema_merge")
    return refuse("KQL203", call.span,
                  fmt::format("{} takes at least {} arguments", plugin.name, wanted));
  if (call.children.size() > wanted && !plugin.arguments.ends_with('d'))
    return refuse("KQL203", call.span, fmt::format("{} takes {} arguments", plugin.name, wanted));
  for (std::size_t i = 0; i < call.children.size(); ++i) {
    const Expression& given = *call.children[i];
    const Expression& value = given.kind == ExpressionKind::named ? *given.children.front() : given;
    if (i >= wanted || plugin.arguments[i] == 'c') {
      if (value.kind != ExpressionKind::name)
        return refuse("KQL208", value.span, fmt::format("{} takes a column here", plugin.name));
      VEDETTE_TRY(find_column(input.columns, value.text, value.span, input.open));
      if (i >= wanted) {
        words.slices.push_back(bracketed(value.text));
        continue;
      }
      words.names.push_back(bracketed(value.text));
      words.bare.push_back(value.text);
      words.constants.emplace_back();
      continue;
    }
    const Bound bound = VEDETTE_TRY(scalar_in(input, value));
    const bool known = bound->kind == plan::ExpressionKind::constant;
    words.names.push_back(fmt::format("_value{}", i + 1));
    words.bare.emplace_back();
    words.constants.push_back(known ? text_of(bound->constant) : "");
    if (known) {
      found.bindings.emplace_back(words.names.back(), ScalarBinding{bound});
    } else {
      found.columns.push_back(fresh(words.names.back(), bound->type));
      found.computed.emplace_back(found.columns.back().id, bound);
    }
  }
  for (std::size_t i = call.children.size(); i < wanted; ++i) {  // schema_merge: true
    words.names.push_back(fmt::format("_value{}", i + 1));
    found.bindings.emplace_back(words.names.back(),
                                ScalarBinding{plan::make_constant(Constant::of(true))});
  }
  return found;
}

Checked<Relation> Binder::run_written(const WrittenPlugin& plugin, const Expression& call,
                                      Relation input) {
  PluginWords found = VEDETTE_TRY(plugin_words(plugin, call, input));
  const bool own_columns = !found.columns.empty();
  std::set<std::string> own_names;
  for (const plan::Column& column : found.columns) own_names.insert(column.name);
  if (own_columns) {
    std::vector<plan::Assignment> items = pass_through(input.columns);
    for (plan::Assignment& item : found.computed) items.push_back(std::move(item));
    Columns shown = input.columns;
    shown.insert(shown.end(), found.columns.begin(), found.columns.end());
    input = project(std::move(input), std::move(shown), std::move(items));
  }
  found.bindings.emplace_back("_rows", share(std::move(input)));
  Relation result =
      VEDETTE_TRY(written(filled(plugin.text, found.words), std::move(found.bindings), call.span));
  if (own_columns)
    std::erase_if(result.columns,
                  [&](const plan::Column& column) { return own_names.contains(column.name); });
  return result;
}

}  // namespace vedette::kql::bind
