#include "kql_test/random_query.h"

#include <algorithm>

#include "base/hash.h"
#include "fmt/format.h"

namespace vedette::test {

using kql::Type;

namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

std::vector<std::string> names_of(const std::vector<RandomField>& fields) {
  std::vector<std::string> names;
  for (const RandomField& field : fields) names.push_back(field.name);
  return names;
}

bool is_ordered(Type type) {
  return type != Type::dynamic;
}

}  // namespace

const std::vector<std::pair<std::string, std::vector<RandomField>>>& RandomQueries::tables() {
  static const std::vector<std::pair<std::string, std::vector<RandomField>>> all{
      {"SigninLogs",
       {{"TimeGenerated", Type::datetime},
        {"CorrelationId", Type::string},
        {"UserPrincipalName", Type::string},
        {"IPAddress", Type::string},
        {"ResultType", Type::string},
        {"Location", Type::string},
        {"UserAgent", Type::string},
        {"DurationMs", Type::int64},
        {"CreatedDateTime", Type::datetime},
        {"IsInteractive", Type::boolean},
        {"DeviceDetail", Type::dynamic},
        {"LocationDetails", Type::dynamic}}},
      {"AuditLogs",
       {{"TimeGenerated", Type::datetime},
        {"CorrelationId", Type::string},
        {"OperationName", Type::string},
        {"Category", Type::string},
        {"Identity", Type::string},
        {"Result", Type::string},
        {"DurationMs", Type::int64},
        {"ActivityDateTime", Type::datetime},
        {"InitiatedBy", Type::dynamic},
        {"TargetResources", Type::dynamic}}}};
  return all;
}

std::uint64_t RandomQueries::any(std::uint64_t below) {
  state_ = base::hash_words(state_, 0x51ED);
  return (state_ >> 11) % below;
}

std::string RandomQueries::pick(std::initializer_list<const char*> words) {
  return *(words.begin() + any(words.size()));
}

std::string RandomQueries::column(const Fields& fields, Type type) {
  std::vector<std::string> fitting;
  for (const RandomField& field : fields)
    if (field.type == type) fitting.push_back(field.name);
  return fitting.empty() ? std::string() : fitting[any(fitting.size())];
}

std::string RandomQueries::value(const Fields& fields, Type type, int depth) {
  switch (type) {
    case Type::int64:
      return number_value(fields, depth);
    case Type::datetime:
      return moment_value(fields, depth);
    case Type::dynamic:
      return dynamic_value(fields, depth);
    case Type::boolean:
      return "(" + condition(fields, depth) + ")";
    case Type::real:
      return fmt::format("round({} / 7.0, 3)", number_value(fields, depth - 1));
    case Type::timespan:
      return fmt::format("({} - datetime(2026-04-27))", moment_value(fields, depth - 1));
    default:
      return text_value(fields, depth);
  }
}

std::string RandomQueries::text_value(const Fields& fields, int depth) {
  const std::string name = column(fields, Type::string);
  if (depth <= 0 || chance(35)) {
    if (!name.empty() && chance(80)) return name;
    return pick({"'alice@contoso.com'", "'0'", "'DE'", "''", "'a\\'b'", "'50126'", "@'c:\\x'"});
  }
  const std::string a = text_value(fields, depth - 1);
  switch (any(9)) {
    case 0:
      return fmt::format("strcat({}, {}, {})", a, pick({"'-'", "''", "'/'"}),
                         text_value(fields, depth - 1));
    case 1:
      return fmt::format("{}({})", pick({"tolower", "toupper", "tostring", "reverse"}), a);
    case 2:
      return fmt::format("substring({}, {}, {})", a, any(4), any(5));
    case 3:
      return fmt::format("iff({}, {}, {})", condition(fields, depth - 1), a,
                         text_value(fields, depth - 1));
    case 4:
      return fmt::format("tostring({})", dynamic_value(fields, depth - 1));
    case 5:
      return fmt::format("tostring({})", number_value(fields, depth - 1));
    case 6:
      return fmt::format("case({}, {}, {}, {}, 'other')", condition(fields, depth - 1), a,
                         condition(fields, depth - 1), text_value(fields, depth - 1));
    case 7:
      return fmt::format("replace_string({}, {}, {})", a, pick({"'a'", "'0'", "'.'"}),
                         pick({"'b'", "''", "'xx'"}));
    default:
      return fmt::format("tostring(split({}, {})[{}])", a, pick({"'@'", "'.'"}), any(3));
  }
}

std::string RandomQueries::number_value(const Fields& fields, int depth) {
  const std::string name = column(fields, Type::int64);
  if (depth <= 0 || chance(35)) {
    if (!name.empty() && chance(75)) return name;
    return pick({"0", "1", "7", "250", "long(null)", "9223372036854775807", "(-3)"});
  }
  const std::string a = number_value(fields, depth - 1);
  switch (any(9)) {
    case 0:
    case 1:
      return fmt::format("({} {} {})", a, pick({"+", "-", "*"}), number_value(fields, depth - 1));
    case 2:
      return fmt::format("strlen({})", text_value(fields, depth - 1));
    case 3:
      return fmt::format("tolong({})", text_value(fields, depth - 1));
    case 4:
      return fmt::format("iff({}, {}, {})", condition(fields, depth - 1), a,
                         number_value(fields, depth - 1));
    case 5:
      return fmt::format("({} % {})", a, pick({"5", "13", "(-4)"}));
    case 6:
      return fmt::format("bin({}, {})", a, pick({"10", "60"}));
    case 7:
      return fmt::format("array_length({})", dynamic_value(fields, depth - 1));
    default:
      return fmt::format("coalesce({}, {})", a, number_value(fields, depth - 1));
  }
}

std::string RandomQueries::moment_value(const Fields& fields, int depth) {
  const std::string name = column(fields, Type::datetime);
  if (depth <= 0 || name.empty() || chance(50)) {
    if (!name.empty() && chance(85)) return name;
    return pick({"datetime(2026-04-28T12:00:00Z)", "datetime(null)", "ago(2d)", "now()"});
  }
  const std::string a = moment_value(fields, depth - 1);
  switch (any(4)) {
    case 0:
      return fmt::format("({} {} {})", a, pick({"+", "-"}), pick({"1h", "2d", "90s", "400000d"}));
    case 1:
      return fmt::format("{}({})", pick({"startofday", "endofday", "startofmonth"}), a);
    case 2:
      return fmt::format("bin({}, {})", a, pick({"1h", "1d", "5m"}));
    default:
      return fmt::format("coalesce({}, {})", a, moment_value(fields, depth - 1));
  }
}

std::string RandomQueries::dynamic_value(const Fields& fields, int depth) {
  const std::string name = column(fields, Type::dynamic);
  if (!name.empty() && chance(60))
    return name +
           pick({"", ".operatingSystem", ".user.ip", "[0]", "[0].name", ".geo.city", "['a b']"});
  if (depth <= 0) return pick({"dynamic([1, 2])", "dynamic({'a': 1})", "dynamic(null)"});
  switch (any(3)) {
    case 0:
      return fmt::format("pack_array({}, {})", text_value(fields, depth - 1),
                         number_value(fields, depth - 1));
    case 1:
      return fmt::format("bag_pack('k', {}, 'n', {})", text_value(fields, depth - 1),
                         number_value(fields, depth - 1));
    default:
      return fmt::format("split({}, '.')", text_value(fields, depth - 1));
  }
}

std::string RandomQueries::text_condition(const Fields& fields, int depth) {
  const std::string a = text_value(fields, depth - 1);
  const std::string word =
      pick({"'alice'", "'contoso'", "'DE'", "'203.0.113.7'", "'mozilla'", "'50126'", "''", "'É'"});
  switch (any(6)) {
    case 0:
      return fmt::format("{} {} {}", a,
                         pick({"has", "!has", "has_cs", "contains", "!contains", "startswith",
                               "endswith", "hasprefix", "contains_cs"}),
                         word);
    case 1:
      return fmt::format("{} {} {}", a, pick({"==", "!=", "=~", "!~"}), word);
    case 2:
      return fmt::format("{} {} ({}, 'bob@contoso.com', '0')", a,
                         pick({"in", "!in", "in~", "has_any"}), word);
    case 3:
      return fmt::format("{} matches regex @'^[a-d]+\\d*@?'", a);
    case 4:
      return fmt::format("{}({})", pick({"isempty", "isnotempty"}), a);
    default:
      return fmt::format("{} == {}", a, text_value(fields, depth - 1));
  }
}

std::string RandomQueries::condition(const Fields& fields, int depth) {
  if (depth > 0 && chance(25))
    return fmt::format("({} {} {})", condition(fields, depth - 1), pick({"and", "or"}),
                       condition(fields, depth - 1));
  if (depth > 0 && chance(10)) return fmt::format("not({})", condition(fields, depth - 1));
  switch (any(6)) {
    case 0:
      return fmt::format("{} {} {}", number_value(fields, depth - 1),
                         pick({"<", ">", "==", "!=", "<=", ">="}), number_value(fields, depth - 1));
    case 1:
      return fmt::format("{} {} {}", moment_value(fields, depth - 1), pick({"<", ">", ">="}),
                         moment_value(fields, depth - 1));
    case 2:
      return fmt::format("{} between ({} .. {})", number_value(fields, depth - 1), any(50),
                         50 + any(400));
    case 3:
      return fmt::format("{}({})", pick({"isnull", "isnotnull"}), number_value(fields, depth - 1));
    default:
      return text_condition(fields, depth);
  }
}

RandomQueries::Rows RandomQueries::source(int depth) {
  const auto& [table, fields] = tables()[any(tables().size())];
  Rows rows{table, fields};
  if (chance(50))
    rows.text += fmt::format(
        "\n| where TimeGenerated {}",
        pick({"> ago(2d)", "between (datetime(2026-04-26T06:00Z) .. datetime(2026-04-28T05:00Z))",
              "< datetime(2026-04-28)", ">= datetime(2026-04-27) and strlen(CorrelationId) > 1",
              "> ago(3d) or DurationMs > 200", ">= startofday(ago(1d))"}));
  if (depth > 0 && chance(15)) rows.text = "(" + rows.text + ")";
  return rows;
}

void RandomQueries::filter(Rows& rows, int depth) {
  const std::string name = column(rows.fields, Type::string);
  if (depth > 0 && !name.empty() && chance(20)) {
    const Rows other = pipeline(depth - 1, 1);
    const std::string wanted = column(other.fields, Type::string);
    if (!wanted.empty()) {
      rows.text += fmt::format("\n| where {} {} (({}) | project {})", name,
                               pick({"in", "!in", "in~"}), other.text, wanted);
      return;
    }
  }
  rows.text += "\n| where " + condition(rows.fields, 2);
}

void RandomQueries::extend(Rows& rows) {
  static constexpr Type types[] = {Type::string,  Type::int64, Type::datetime, Type::boolean,
                                   Type::dynamic, Type::real,  Type::timespan};
  const Type type = types[any(std::size(types))];
  // A name that is there already is given a new meaning, of the same type.
  const std::string known = column(rows.fields, type);
  const bool again = !known.empty() && known != "TimeGenerated" && chance(25);
  const std::string name = again ? known : fresh();
  rows.text += fmt::format("\n| extend {} = {}", name, value(rows.fields, type, 3));
  if (again) return;
  rows.fields.push_back({name, type});
}

void RandomQueries::project(Rows& rows) {
  Fields kept;
  std::vector<std::string> items;
  for (const RandomField& field : rows.fields) {
    if (chance(40)) continue;
    if (chance(20)) {
      const std::string name = fresh();
      items.push_back(name + " = " + field.name);
      kept.push_back({name, field.type});
    } else {
      items.push_back(field.name);
      kept.push_back(field);
    }
  }
  if (kept.empty()) return;
  rows.text += "\n| project " + list_of(items);
  rows.fields = kept;
}

void RandomQueries::summarize(Rows& rows) {
  Fields given;
  std::vector<std::string> keys, items;
  for (const RandomField& field : rows.fields) {
    if (keys.size() >= 3 || !chance(25) || field.type == Type::real) continue;
    if (field.type == Type::datetime) {
      keys.push_back(fmt::format("bin({0}, 6h)", field.name));
      given.push_back(field);
    } else if (is_ordered(field.type)) {
      keys.push_back(field.name);
      given.push_back(field);
    }
  }
  for (std::uint64_t i = 0, count = 1 + any(3); i < count; ++i) {
    const std::string name = fresh();
    const std::string number = number_value(rows.fields, 1), word = text_value(rows.fields, 1);
    switch (any(7)) {
      case 0:
        items.push_back(name + " = count()");
        given.push_back({name, Type::int64});
        break;
      case 1:
        items.push_back(fmt::format("{} = countif({})", name, condition(rows.fields, 1)));
        given.push_back({name, Type::int64});
        break;
      case 2:
        items.push_back(fmt::format("{} = {}({})", name, pick({"sum", "min", "max"}), number));
        given.push_back({name, Type::int64});
        break;
      case 3:
        items.push_back(fmt::format("{} = dcount({})", name, word));
        given.push_back({name, Type::int64});
        break;
      case 4:
        items.push_back(fmt::format("{} = {}({})", name, pick({"min", "max"}), word));
        given.push_back({name, Type::string});
        break;
      case 5:
        items.push_back(
            fmt::format("{} = {}({})", name, pick({"min", "max"}), moment_value(rows.fields, 1)));
        given.push_back({name, Type::datetime});
        break;
      default:
        items.push_back(fmt::format("{} = array_sort_asc(make_set({}))", name, word));
        given.push_back({name, Type::dynamic});
    }
  }
  rows.text += "\n| summarize " + list_of(items);
  if (!keys.empty()) rows.text += " by " + list_of(keys);
  rows.fields = given;
}

void RandomQueries::distinct(Rows& rows) {
  Fields kept;
  for (const RandomField& field : rows.fields)
    if (is_ordered(field.type) && chance(40)) kept.push_back(field);
  if (kept.empty()) return;
  rows.text += "\n| distinct " + list_of(names_of(kept));
  rows.fields = kept;
}

void RandomQueries::join(Rows& rows, int depth) {
  Rows other = pipeline(depth - 1, 2);
  const std::string left = column(rows.fields, Type::string);
  const std::string right = column(other.fields, Type::string);
  if (left.empty() || right.empty()) return;
  const std::string kind = pick({"inner", "leftouter", "rightouter", "fullouter", "leftanti",
                                 "leftsemi", "rightanti", "rightsemi", "innerunique"});
  const std::string key = fresh();
  Fields renamed;
  std::vector<std::string> items;
  for (const RandomField& field : other.fields) {
    if (items.size() >= 4 && field.name != right) continue;
    const std::string name = field.name == right ? key : fresh();
    items.push_back(name + " = " + field.name);
    renamed.push_back({name, field.type});
  }
  // Which row of a key an innerunique join keeps is not fixed, so there is only one.
  if (kind == "innerunique") {
    rows.text += "\n| distinct " + left;
    rows.fields = {{left, Type::string}};
  }
  rows.text += fmt::format("\n| join kind={} (({})\n| project {}) on $left.{} == $right.{}", kind,
                           other.text, list_of(items), left, key);
  if (kind == "rightanti" || kind == "rightsemi") rows.fields = renamed;
  if (kind != "leftanti" && kind != "leftsemi" && kind != "rightanti" && kind != "rightsemi")
    rows.fields.insert(rows.fields.end(), renamed.begin(), renamed.end());
}

void RandomQueries::unite(Rows& rows, int depth) {
  const Rows other = pipeline(depth - 1, 2);
  rows.text += fmt::format("\n| union ({})", other.text);
  Fields common;  // what has the same type on both sides keeps its name
  for (const RandomField& field : rows.fields)
    for (const RandomField& theirs : other.fields)
      if (theirs.name == field.name && theirs.type == field.type) common.push_back(field);
  if (common.empty()) {
    rows.text += "\n| summarize x0 = count()";
    common = {{"x0", Type::int64}};
  } else {
    rows.text += "\n| project " + list_of(names_of(common));
  }
  rows.fields = common;
}

void RandomQueries::expand(Rows& rows) {
  const std::string name = column(rows.fields, Type::dynamic);
  if (name.empty()) return;
  if (chance(50)) {
    const std::string one = fresh();
    rows.text += fmt::format("\n| mv-expand {} = {} to typeof(string)", one, name);
    rows.fields.push_back({one, Type::string});
  } else {
    rows.text += "\n| mv-expand " + name;
  }
}

// Rows that are equal in all columns may change places.
void RandomQueries::order(Rows& rows) {
  std::erase_if(rows.fields, [](const RandomField& field) { return !is_ordered(field.type); });
  if (rows.fields.empty()) {
    rows.text += "\n| summarize x0 = count()";
    rows.fields = {{"x0", Type::int64}};
    return;
  }
  std::vector<std::string> keys = names_of(rows.fields);
  rows.text += "\n| project " + list_of(keys);
  for (std::string& key : keys) key += pick({"", " asc", " desc", " asc nulls last"});
  rows.text += "\n| sort by " + list_of(keys);
  if (chance(50)) rows.text += fmt::format("\n| take {}", 1 + any(30));
  if (chance(50)) {
    const std::string name = fresh();
    const std::string word = column(rows.fields, Type::string);
    rows.text += word.empty() || chance(50)
                     ? fmt::format("\n| extend {} = tostring(row_number())", name)
                     : fmt::format("\n| extend {} = {}({}, {})", name, pick({"prev", "next"}), word,
                                   1 + any(3));
    rows.fields.push_back({name, Type::string});
  }
}

void RandomQueries::parse(Rows& rows) {
  const std::string name = column(rows.fields, Type::string);
  if (name.empty()) return;
  const std::string a = fresh(), b = fresh();
  rows.text += fmt::format("\n| parse {} with {} '{}' {}", name, a, pick({"@", ".", " "}), b);
  rows.fields.push_back({a, Type::string});
  rows.fields.push_back({b, Type::string});
}

void RandomQueries::add_operator(Rows& rows, int depth) {
  switch (any(depth > 0 ? 14 : 11)) {
    case 0:
    case 1:
    case 2:
      return filter(rows, depth);
    case 3:
    case 4:
      return extend(rows);
    case 5:
      return project(rows);
    case 6:
      return summarize(rows);
    case 7:
      return distinct(rows);
    case 8:
      return expand(rows);
    case 9:
      return order(rows);
    case 10:
      return parse(rows);
    case 11:
    case 12:
      return join(rows, depth);
    default:
      return unite(rows, depth);
  }
}

RandomQueries::Rows RandomQueries::pipeline(int depth, int operators) {
  Rows rows = source(depth);
  for (int i = 0; i < operators; ++i) add_operator(rows, depth);
  return rows;
}

std::string RandomQueries::next() {
  names_ = 0;
  return pipeline(2, 1 + static_cast<int>(any(6))).text;
}

}  // namespace vedette::test
