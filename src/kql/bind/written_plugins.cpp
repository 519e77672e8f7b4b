// Plugins that are themselves KQL: their text is bound in place of the call, with its arguments
// under names of its own. What a text means is what the language means, in any dialect of SQL.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/plugin_names.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// Marks in the text: $1 .. $9 an argument (a column, or the name that its value has here), $d the
// columns it is sliced by with commas in front, $r the condition that another slice begins, #1 the
// text of a constant, @1 the bare name of a column, $o what leaves out the users of an earlier
// table. The input is `_rows`.
struct WrittenPlugin {
  std::string_view name;
  // c a column, v a value, k 'week', 'month' or 'year', and d: any more columns slice it
  std::string_view arguments;
  std::string_view text;
  std::string_view rest = {}, last = {};  // of the text
};

namespace {

// Of the users first seen in one window, how many are seen in each later one.
constexpr std::string_view new_activity_windows = R"(
let _t = _rows | where $2 between ($3 .. $4) | extend _w = bin_at($2, $5, $3)
| distinct $1, _w$d;
let _bins = range _w from $3 to $4 step $5;)";
constexpr std::string_view new_activity_calendar = R"(
let _t = _rows | where $2 between ($3 .. $4) | extend _w = startof#5($2)
| distinct $1, _w$d;
let _bins = range _k from 0 to datetime_diff('#5', $4, $3) step 1
| project _w = datetime_add('#5', _k, startof#5($3));)";
constexpr std::string_view new_activity = R"(
let _first = _t$o | summarize _f = min(_w) by $1$d;
let _seen = _t | join kind=inner _first on $1$d | summarize _users = count() by _f, _w$d;
let _slices = _t | extend _key = 1 | distinct _key$d;
let _axis = _bins | extend _key = 1
| join kind=inner _slices on _key | project _key, _w$d;
_axis | project _key, _from = _w$d
| join kind=inner _axis on _key$d
| where _w >= _from | project _from, _w$d
| join kind=leftouter _seen on _w$d
| summarize dcount_new_values = sumif(_users, iff(_w == _from, _f == _from, _f > _from)),
  dcount_retained_values = sumif(_users, _f == _from) by _from, _w$d
| lookup kind=leftouter (_first | summarize _size = count() by _from = _f$d) on _from$d
| extend _size = coalesce(_size, 0)
| extend dcount_churn_values = _size - dcount_retained_values
| sort by _from asc, _slice asc, _w asc
| project ['from_@2'] = _from, ['to_@2'] = _w, dcount_new_values, dcount_retained_values,
  dcount_churn_values, retention_rate = todouble(dcount_retained_values) / _size,
  churn_rate = todouble(dcount_churn_values) / _size$d)";
// What each window has in common with the one before it.
constexpr std::string_view activity = R"(
_t | join kind=leftouter (_t | project $1, _w = _next, _before = 1$d) on $1, _w$d
| summarize dcount_values = count(), _kept = countif(_before == 1) by _w$d
| join kind=leftouter (_t | summarize _size = count() by _w = _next$d) on _w$d
| extend _size = coalesce(_size, 0)
| sort by _slice asc, _w asc
| project $2 = _w, dcount_values, dcount_newvalues = dcount_values - _kept,
  retention_rate = todouble(_kept) / _size, churn_rate = todouble(_size - _kept) / _size$d)";
constexpr std::string_view engagement = R"(
_t | mv-expand _k = range(0, tolong(_outer / _inner) - 1, 1) to typeof(long)
| extend _w = _b + _k * _inner
| summarize dcount_activities_outer = dcount($1) by _w$d
| join kind=inner (_t | summarize dcount_activities_inner = dcount($1) by _w = _b$d) on _w$d
| sort by _slice asc, _w asc
| project $2 = _w, dcount_activities_inner, dcount_activities_outer,
  activity_ratio = todouble(dcount_activities_inner) / dcount_activities_outer$d)";
constexpr std::string_view counts = R"(
let _new = _t | summarize _w = min(_w) by $1$d | summarize new_dcount = count() by _w$d;
_t | summarize ['count'] = count(), dcount = dcount($1) by _w$d
| lookup kind=leftouter _new on _w$d
| extend new_dcount = coalesce(new_dcount, 0)
| sort by _slice asc, _w asc
| extend aggregated_dcount = row_cumsum(new_dcount$r)
| project $2 = _w$d, ['count'], dcount, new_dcount, aggregated_dcount)";
constexpr std::string_view active_users = R"(
let _t = _rows | where $2 between ($3 - $5 .. $4)
| extend _p = bin_at($2, $6, $3) | distinct $1, _now = $2, _p$d;
let _now_rows = _t | where _now >= $3;
_now_rows | project $1, _now$d
| join kind=inner (_t | project $1, _then = _now, _p$d) on $1$d
| where _then > _now - $5 and _then <= _now
| summarize _periods = dcount(_p) by $1, _now$d
| where _periods >= $7)";
constexpr std::string_view active_users_counted = R"(
| sort by _slice asc, _w asc
| project $2 = _w$d, ['dcount'])";
constexpr std::string_view sliding = R"(
| summarize Count = count(), Dcount = dcount($1) by _w$d
| sort by _slice asc, _w asc
| project $2 = _w$d, Count, Dcount)";

constexpr std::string_view near_rows = R"(
let _t = _rows | serialize _near_number = row_number(), _near_hit = $1;
let _near = _t | where _near_hit | mv-expand _k = range(0 - $2, _after, 1) to typeof(long)
| distinct _near_number = _near_number + _k;
_t | join kind=leftsemi _near on _near_number | sort by _near_number asc
| project-away _near_number, _near_hit)";

// Of several rows with one name the first whose values are no columns is meant.
constexpr WrittenPlugin plugins[] = {
    {"new_activity_metrics", "ccvvkvd", new_activity_calendar, new_activity,
     "| where ['from_@2'] == startof#5($6)"},
    {"new_activity_metrics", "ccvvkd", new_activity_calendar, new_activity},
    {"new_activity_metrics", "ccvvvvd", new_activity_windows, new_activity,
     "| where ['from_@2'] == $6"},
    {"new_activity_metrics", "ccvvvd", new_activity_windows, new_activity},
    {"activity_metrics", "ccvvkd", R"(
let _t = _rows | where $2 between ($3 .. $4) | distinct $1, _w = startof#5($2)$d
| extend _next = datetime_add('#5', 1, _w);)",
     activity},
    {"activity_metrics", "ccvvvd", R"(
let _t = _rows | where $2 between ($3 .. $4) | distinct $1, _w = bin_at($2, $5, $3)$d
| extend _next = _w + $5;)",
     activity},
    {"activity_metrics", "cckd", R"(
let _t = _rows | distinct $1, _w = startof#3($2)$d | extend _next = datetime_add('#3', 1, _w);)",
     activity},
    {"activity_metrics", "ccvd", R"(
let _t = _rows | distinct $1, _w = bin($2, $3)$d | extend _next = _w + $3;)",
     activity},
    {"activity_engagement", "ccvvvvd", R"(
let _inner = $5; let _outer = $6;
let _t = _rows | where $2 between ($3 .. $4) | extend _b = bin_at($2, $5, $3);)",
     engagement},
    {"activity_engagement", "ccvvd", R"(
let _inner = $3; let _outer = $4;
let _t = _rows | extend _b = bin($2, $3);)",
     engagement},
    {"activity_counts_metrics", "ccvvkd", R"(
let _t = _rows | where $2 between ($3 .. $4) | extend _w = startof#5($2);)",
     counts},
    {"activity_counts_metrics", "ccvvvd", R"(
let _t = _rows | where $2 between ($3 .. $4) | extend _w = bin_at($2, $5, $3);)",
     counts},
    {"rolling_percentile", "cvcvvd", R"(
let _t = _rows | extend _w = bin($3, $4);
let _bins = _t | distinct _w$d;
_t | mv-expand _k = range(0, $5 - 1, 1) to typeof(long)
| extend _w = _w + _k * $4
| summarize ['rolling_#5_percentile_@1_#2'] = percentile($1, $2) by _w$d
| join kind=leftsemi _bins on _w$d
| sort by _slice asc, _w asc
| project $3 = _w$d, ['rolling_#5_percentile_@1_#2'])"},
    {"active_users_count", "ccvvvvvkd", active_users,
     "| summarize ['dcount'] = dcount($1) by _w = startof#8(_now)$d", active_users_counted},
    {"active_users_count", "ccvvvvvvd", active_users,
     "| summarize ['dcount'] = dcount($1) by _w = bin_at(_now, $8, $3)$d", active_users_counted},
    {"sliding_window_counts", "ccvvvkd", R"(
let _t = _rows | where $2 between (startof#6($3) - $5 .. $4) | extend _b = startof#6($2);
_t | mv-expand _k = range(0, tolong($5 / 7d), 1) to typeof(long)
| extend _w = datetime_add('#6', _k, _b)
| where _w < _b + $5 and _w between (startof#6($3) .. $4))",
     sliding},
    {"sliding_window_counts", "ccvvvvd", R"(
let _t = _rows | where $2 between ($3 - $5 + $6 .. $4) | extend _b = bin_at($2, $6, $3);
_t | mv-expand _k = range(0, tolong($5 / $6) - 1, 1) to typeof(long)
| extend _w = _b + _k * $6
| where _w between ($3 .. $4))",
     sliding},
    {"session_count", "ccvvvvd", R"(
let _t = _rows | where $2 between ($3 .. $4) | distinct $1, $2$d;
_t | sort by $1 asc, _slice asc, $2 asc
| extend _w = bin_at($2, $5, $3), _before = prev($2), _same = $1 == prev($1)$s
| extend _w_before = bin_at(_before, $5, $3)
| where not(_same) or isnull(_before) or $2 - _before > $6 or _w != _w_before
| summarize count_sessions = dcount($1) by _w$d
| sort by _slice asc, _w asc
| project $2 = _w$d, count_sessions)"},
    {"rows_near", "vvv", "let _after = $3;", near_rows},
    {"rows_near", "vv", "let _after = $2;", near_rows},
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

void add_written_plugins(std::vector<std::string_view>& names) {
  for (const WrittenPlugin& plugin : plugins) names.push_back(plugin.name);
}

const WrittenPlugin* written_plugin(const syntax::Expression& call,
                                    const std::vector<plan::Column>& columns, std::size_t values) {
  const auto is_period = [](const syntax::Expression& given) {
    return given.kind == ExpressionKind::literal && given.constant.type == Type::string &&
           (given.constant.text == "week" || given.constant.text == "month" ||
            given.constant.text == "year");
  };
  const auto is_column = [&](const syntax::Expression& given) {
    return given.kind == ExpressionKind::name &&
           std::any_of(columns.begin(), columns.end(),
                       [&](const plan::Column& column) { return column.name == given.text; });
  };
  const WrittenPlugin* last = nullptr;
  for (const WrittenPlugin& plugin : plugins) {
    if (plugin.name != call.text) continue;
    last = &plugin;
    bool fits = true;
    for (std::size_t i = 0; i < plugin.arguments.size() && fits; ++i) {
      const char wanted = plugin.arguments[i];
      if (wanted != 'v' && wanted != 'k') continue;
      fits = i < values &&
             (wanted == 'k' ? is_period(*call.children[i]) : !is_column(*call.children[i]));
    }
    if (fits) return &plugin;
  }
  return last;
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
  std::string left_out;  // $o
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
    } else if (text[i] == '$' && next == 'o') {
      out += words.left_out;
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
Checked<Relation> Binder::written(const std::string& text,
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

// new_activity_metrics(..., table): the users that were there before.
bool Binder::ends_with_table(const Expression& call, const Relation& input) const {
  if (call.text != "new_activity_metrics" || call.children.empty()) return false;
  const Expression& last = *call.children.back();
  if (last.kind == ExpressionKind::name &&
      std::ranges::any_of(input.columns,
                          [&](const plan::Column& column) { return column.name == last.text; }))
    return false;
  return is_tabular(last, scope_);
}

// The arguments as words of the text. Values that differ from row to row become columns.
Checked<Binder::PluginWords> Binder::plugin_words(const WrittenPlugin& plugin,
                                                  const Expression& call, Relation& input) {
  PluginWords found;
  Words& words = found.words;
  const std::size_t wanted = plugin.arguments.size() - (plugin.arguments.ends_with('d') ? 1 : 0);
  const std::size_t values = call.children.size() - (ends_with_table(call, input) ? 1 : 0);
  if (values < wanted && plugin.name != "schema_merge")
    return refuse("KQL203", call.span,
                  fmt::format("{} takes at least {} arguments", plugin.name, wanted));
  if (call.children.size() > wanted && !plugin.arguments.ends_with('d'))
    return refuse("KQL203", call.span, fmt::format("{} takes {} arguments", plugin.name, wanted));
  for (std::size_t i = 0; i < values; ++i) {
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
  if (values < call.children.size()) {  // the users that are not new
    Relation earlier = VEDETTE_TRY(relation(*call.children.back()));
    if (earlier.columns.empty())
      return refuse("KQL208", call.children.back()->span, "this table has no column of users");
    const auto named = std::ranges::find_if(
        earlier.columns, [&](const plan::Column& one) { return one.name == words.bare.front(); });
    plan::Column user = named == earlier.columns.end() ? earlier.columns.front() : *named;
    ColumnList list;
    const Bound id = plan::make_column(user);
    user.name = words.bare.front();
    list.add(user, id, false);
    found.bindings.emplace_back("_lookback", share(finish(std::move(earlier), std::move(list))));
    words.left_out = " | join kind=leftanti _lookback on " + words.names.front();
  }
  for (std::size_t i = values; i < wanted; ++i) {  // schema_merge: true
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
  Relation result = VEDETTE_TRY(
      written(filled(fmt::format("{}{}{}", plugin.text, plugin.rest, plugin.last), found.words),
              std::move(found.bindings), call.span));
  if (own_columns)
    std::erase_if(result.columns,
                  [&](const plan::Column& column) { return own_names.contains(column.name); });
  return result;
}

// sequence_detect(time, longest step, longest span, step = condition ..., column ...): every way to
// go through rows that meet the conditions one after another, within the columns' values.
Checked<Relation> Binder::sequence_detect(const Expression& call, Relation input) {
  const auto refused = [&](Span span) {
    return refuse("KQL208", span,
                  "sequence_detect takes a time column, two timespans, conditions and columns");
  };
  if (call.children.size() < 4 || call.children[0]->kind != ExpressionKind::name)
    return refused(call.span);
  const std::string& time = call.children[0]->text;
  std::vector<std::pair<std::string, Binding>> bindings;
  for (const auto& [place, name] : {std::pair(1, "_step"), std::pair(2, "_span")}) {
    const Expression& given = *call.children[static_cast<std::size_t>(place)];
    Bound longest = VEDETTE_TRY(scalar(given, {}));
    longest = VEDETTE_TRY(convert(std::move(longest), Type::timespan, given.span, call.text));
    bindings.emplace_back(name, ScalarBinding{longest});
  }
  std::vector<std::string> steps, slices;
  std::vector<plan::Assignment> items = pass_through(input.columns);
  Columns columns = input.columns;
  for (std::size_t i = 3; i < call.children.size(); ++i) {
    const Expression& given = *call.children[i];
    const bool named = given.kind == ExpressionKind::named;
    const Bound value = VEDETTE_TRY(scalar_in(input, named ? *given.children.front() : given));
    if (given.kind == ExpressionKind::name && value->type != Type::boolean) {
      slices.push_back(bracketed(given.text));
      continue;
    }
    if (named && value->type != Type::boolean) {
      slices.push_back(bracketed(given.text));
      columns.push_back(fresh(given.text, value->type));
      items.emplace_back(columns.back().id, value);
      std::erase_if(columns, [&](const plan::Column& column) {
        return column.name == given.text && column.id != columns.back().id;
      });
      continue;
    }
    if (value->type != Type::boolean) return refused(given.span);
    steps.push_back(named ? given.text : fmt::format("step{}", steps.size()));
    columns.push_back(fresh(fmt::format("_met{}", steps.size()), Type::boolean));
    items.emplace_back(columns.back().id, value);
  }
  if (steps.empty()) return refused(call.span);
  input = project(std::move(input), std::move(columns), std::move(items));
  bindings.emplace_back("_rows", share(std::move(input)));
  std::string by;
  for (const std::string& slice : slices) by += ", " + slice;
  const std::string rows = "_rows | where isnotnull(" + bracketed(time) + ")";
  std::string text;
  for (std::size_t i = 1; i <= steps.size(); ++i) {
    const std::string one = fmt::format("{} | where _met{} | distinct _key = 1, _t{} = {}{}", rows,
                                        i, i, bracketed(time), by);
    text += i == 1 ? one
                   : fmt::format(
                         " | lookup kind=inner ({}) on _key{} | where _t{} > _t{} and "
                         "_t{} - _t{} <= _step and _t{} - _t1 <= _span",
                         one, by, i, i - 1, i, i - 1, i);
  }
  text += " | sort by _t1 asc";
  for (std::size_t i = 2; i <= steps.size(); ++i) text += fmt::format(", _t{} asc", i);
  text += " | project ";
  for (const std::string& slice : slices) text += slice + ", ";
  for (std::size_t i = 1; i <= steps.size(); ++i)
    text += bracketed(fmt::format("{}_{}", steps[i - 1], time)) + fmt::format(" = _t{}, ", i);
  text += fmt::format("Duration = _t{} - _t1", steps.size());
  return written(text, std::move(bindings), call.span);
}

}  // namespace vedette::kql::bind
