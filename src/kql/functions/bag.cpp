// Functions on dynamic property bags.
#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;
using native::JsonKind;

bool is_bag(std::string_view json) {
  return native::kind_of(json) == JsonKind::object;
}

// Keys and values in turn, the keys as text. The first of repeated keys stays.
void pack(Call& call, bool skip_empty) {
  std::set<std::string_view> seen;
  JsonBuilder out(call.give_text());
  out.open('{');
  for (std::size_t i = 0; i + 1 < call.size(); i += 2) {
    const std::string_view value = call.is_null(i + 1) ? "null" : call.text(i + 1);
    if (skip_empty && (value == "null" || value == "\"\"")) continue;
    if (!seen.insert(call.text(i)).second) continue;
    out.key(call.text(i));
    out.value(value);
  }
  out.close('}');
}
void pack_pairs(Call& call) {
  pack(call, false);
}
void pack_filled(Call& call) {
  pack(call, true);
}

void keys(Call& call) {
  if (!is_bag(call.text(0))) return;
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const auto& [key, value] : native::members_of(call.text(0))) out.value(key);
  out.close(']');
}

void merge(Call& call) {
  std::set<std::string_view> seen;
  std::string result;
  JsonBuilder out(result);
  out.open('{');
  bool any = false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (!is_bag(call.text(i))) continue;
    any = true;
    for (const auto& [key, value] : native::members_of(call.text(i)))
      if (seen.insert(key).second) {
        out.quoted_key(key);
        out.value(value);
      }
  }
  out.close('}');
  if (any) call.give_text(result);
}
// make_bag: the bags of a group, as one array.
void merge_list(Call& call) {
  std::set<std::string> seen;
  JsonBuilder out(call.give_text());
  out.open('{');
  const std::int64_t most = call.integer(1, base::limits::array_elements_max);
  for (const std::string_view bag : native::elements_of(call.text(0)))
    for (const auto& [key, value] : native::members_of(bag))
      if (static_cast<std::int64_t>(seen.size()) < most && seen.emplace(key).second) {
        out.quoted_key(key);
        out.value(value);
      }
  out.close('}');
}

// $.a.b, $['a'].b and plain keys. Nothing for $ alone and for a path with an array's index: these
// lead to no key of a bag.
std::vector<std::string> key_path(std::string_view text) {
  std::vector<std::string> steps;
  if (text == "$") return {};
  if (!text.starts_with("$.") && !text.starts_with("$[")) return {std::string(text)};
  for (std::size_t at = 1; at < text.size();) {
    if (text[at] == '.') {
      const std::size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      steps.emplace_back(text.substr(at + 1, end - at - 1));
      at = end;
      continue;
    }
    const char quote = text[at] == '[' && at + 1 < text.size() ? text[at + 1] : '\0';
    if (quote != '\'' && quote != '"') return {};
    const std::size_t end = text.find(std::string{quote, ']'}, at + 2);
    if (end == std::string_view::npos) return {};
    steps.emplace_back(text.substr(at + 2, end - at - 2));
    at = end + 2;
  }
  return steps;
}

void has_key(Call& call) {
  std::optional<std::string_view> at = call.text(0);
  if (!is_bag(*at)) return;
  const std::vector<std::string> steps = key_path(call.text(1));
  if (steps.empty()) return call.give(false);
  for (const std::string& step : steps) {
    at = native::find_member(*at, step);
    if (!at) return call.give(false);
  }
  call.give(true);
}

void without(std::string& out, std::string_view bag,
             const std::vector<std::vector<std::string>>& paths) {
  JsonBuilder builder(out);
  builder.open('{');
  for (const auto& [key, value] : native::members_of(bag)) {
    const std::string name = native::unescaped(key);
    bool dropped = false;
    std::vector<std::vector<std::string>> deeper;
    for (const auto& path : paths) {
      if (path.front() != name) continue;
      if (path.size() == 1) dropped = true;
      if (path.size() > 1) deeper.emplace_back(path.begin() + 1, path.end());
    }
    if (dropped) continue;
    builder.quoted_key(key);
    if (deeper.empty() || !is_bag(value)) {
      builder.value(value);
    } else {
      std::string inner;
      without(inner, value, deeper);
      builder.value(inner);
    }
  }
  builder.close('}');
}
void remove_keys(Call& call) {
  if (!is_bag(call.text(0))) return;
  std::vector<std::vector<std::string>> paths;
  for (const std::string_view element : native::elements_of(call.text(1)))
    if (native::kind_of(element) == JsonKind::string)
      paths.push_back(key_path(native::unescaped(element)));
  std::erase_if(paths, [](const auto& path) { return path.empty(); });
  without(call.give_text(), call.text(0), paths);
}

void set_path(std::string& out, std::string_view bag, const std::vector<std::string>& path,
              std::size_t depth, std::string_view value) {
  JsonBuilder builder(out);
  builder.open('{');
  bool done = false;
  const auto place = [&](std::string_view old) {
    if (depth + 1 == path.size()) return builder.value(value);
    std::string inner;
    set_path(inner, is_bag(old) ? old : std::string_view("{}"), path, depth + 1, value);
    builder.value(inner);
  };
  for (const auto& [key, old] : native::members_of(bag)) {
    builder.quoted_key(key);
    if (!done && native::unescaped(key) == path[depth]) {
      place(old);
      done = true;
    } else {
      builder.value(old);
    }
  }
  if (!done) {
    builder.key(path[depth]);
    place("{}");
  }
  builder.close('}');
}
void set_key(Call& call) {
  const std::vector<std::string> steps = key_path(call.text(1));
  if (!call.is_null(0) && is_bag(call.text(0)) && !steps.empty())
    set_path(call.give_text(), call.text(0), steps, 0, call.is_null(2) ? "null" : call.text(2));
}

void zip(Call& call) {
  const auto names = native::elements_of(call.text(0));
  const auto values = native::elements_of(call.text(1));
  if (native::kind_of(call.text(0)) != JsonKind::array) return;
  JsonBuilder out(call.give_text());
  out.open('{');
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (native::kind_of(names[i]) != JsonKind::string || !seen.insert(names[i]).second) continue;
    out.quoted_key(names[i]);
    out.value(i < values.size() ? values[i] : "null");
  }
  out.close('}');
}

// Every path in a dynamic value, those of a value before those inside it.
void add_paths(JsonBuilder& out, std::string_view json, const std::string& path) {
  if (native::kind_of(json) == JsonKind::object) {
    for (const auto& [key, value] : native::members_of(json)) {
      std::string inner = path + "['";
      native::append_unescaped(inner, key);
      inner += "']";
      out.text(inner);
      add_paths(out, value, inner);
    }
  } else if (native::kind_of(json) == JsonKind::array) {
    std::set<std::string> seen;
    for (const std::string_view element : native::elements_of(json)) {
      std::string inside = "[";
      JsonBuilder below(inside);
      add_paths(below, element, path + "[0]");
      inside += ']';
      if (seen.empty()) out.text(path + "[0]");
      seen.insert("");
      for (const std::string_view known : native::elements_of(inside))
        if (seen.insert(std::string(known)).second) out.value(known);
    }
  }
}
void tree_path(Call& call) {
  JsonBuilder out(call.give_text());
  out.open('[');
  add_paths(out, call.text(0), "");
  out.close(']');
}

std::string_view type_word(std::string_view json) {
  switch (native::kind_of(json)) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "bool";
    case JsonKind::integer:
      return "long";
    case JsonKind::real:
      return "real";
    case JsonKind::string:
      return "string";
    default:
      return "dynamic";
  }
}
// For bag_unpack: ["key","type"] for each property.
void key_types(Call& call) {
  std::vector<std::string>& list = call.give_list();
  for (const auto& [key, value] : native::members_of(call.text(0))) {
    std::string one = "[";
    one += key;
    one += ",\"";
    one += type_word(value);
    one += "\"]";
    list.push_back(std::move(one));
  }
}

// buildschema: the types seen at each place, over an array of values.
struct Schema {
  std::set<std::string> types;
  std::map<std::string, Schema> properties;
  std::vector<Schema> items;
};
void learn(Schema& schema, std::string_view json, int depth) {
  if (depth > 32) return;
  switch (native::kind_of(json)) {
    case JsonKind::object:
      for (const auto& [key, value] : native::members_of(json))
        learn(schema.properties[native::unescaped(key)], value, depth + 1);
      schema.types.insert("{");
      break;
    case JsonKind::array:
      if (schema.items.empty()) schema.items.emplace_back();
      for (const std::string_view element : native::elements_of(json))
        learn(schema.items.front(), element, depth + 1);
      break;
    case JsonKind::null:
      break;
    case JsonKind::boolean:
      schema.types.insert("bool");
      break;
    case JsonKind::integer:
      schema.types.insert("long");
      break;
    case JsonKind::real:
      schema.types.insert("double");
      break;
    case JsonKind::string:
      schema.types.insert("string");
      break;
  }
}
void show(std::string& out, const Schema& schema) {
  std::vector<std::string> parts;
  for (const std::string& type : schema.types)
    if (type != "{") native::append_quoted(parts.emplace_back(), type);
  if (schema.types.contains("{") || !schema.items.empty()) {
    std::string& bag = parts.emplace_back();
    JsonBuilder builder(bag);
    builder.open('{');
    for (const auto& [key, inner] : schema.properties) {
      builder.key(key);
      std::string text;
      show(text, inner);
      builder.value(text);
    }
    if (!schema.items.empty()) {
      builder.key("`indexer`");
      std::string text;
      show(text, schema.items.front());
      builder.value(text);
    }
    builder.close('}');
  }
  if (parts.size() == 1) {
    out += parts.front();
    return;
  }
  JsonBuilder builder(out);
  builder.open('[');
  for (const std::string& part : parts) builder.value(part);
  builder.close(']');
}
void build_schema(Call& call) {
  Schema schema;
  for (const std::string_view value : native::elements_of(call.text(0))) learn(schema, value, 0);
  show(call.give_text(), schema);
}

constexpr Function inner(std::string_view name, std::string_view parameters,
                         std::string_view result, native::Body run) {
  return internal_row(name, parameters, result, run, sees_nulls);
}

constexpr Function rows[] = {
    {.name = "bag_keys",
     .parameters = "dynamic",
     .result = "dynamic",
     .body = keys,
     .example = "bag_keys(dynamic({'a': 1, 'b': 2}))",
     .gives = "[\"a\",\"b\"]"},
    {.name = "bag_merge",
     .parameters = "dynamic*",
     .result = "dynamic",
     .body = merge,
     .example = "bag_merge(dynamic({'a': 1}), dynamic({'b': 2, 'a': 3}))",
     .gives = "{\"a\":1,\"b\":2}",
     .traits = sees_nulls},
    {.name = "bag_has_key",
     .parameters = "dynamic, string",
     .result = "bool",
     .body = has_key,
     .example = "bag_has_key(dynamic({'a': {'b': 1}}), '$.a.b')",
     .gives = "true"},
    {.name = "bag_remove_keys",
     .parameters = "dynamic, dynamic",
     .result = "dynamic",
     .body = remove_keys,
     .example = "bag_remove_keys(dynamic({'a': 1, 'b': 2}), dynamic(['a']))",
     .gives = "{\"b\":2}"},
    {.name = "bag_set_key",
     .parameters = "dynamic, string, json",
     .result = "dynamic",
     .body = set_key,
     .example = "bag_set_key(dynamic({'a': 1}), 'b', 2)",
     .gives = "{\"a\":1,\"b\":2}",
     .traits = sees_nulls},
    {.name = "bag_zip",
     .parameters = "dynamic, dynamic",
     .result = "dynamic",
     .body = zip,
     .example = "bag_zip(dynamic(['a', 'b']), dynamic([1, 2]))",
     .gives = "{\"a\":1,\"b\":2}"},
    {.name = "treepath",
     .parameters = "dynamic",
     .result = "dynamic",
     .body = tree_path,
     .example = "treepath(parse_json('{\"a\":\"b\",\"c\":123}'))",
     .gives = "[\"['a']\",\"['c']\"]",
     .naming = Naming::prefixed,
     .prefix = "tree"},
    {.name = "bag_pack pack pack_dictionary pack_all bag_pack_columns",
     .parameters = "any*",
     .result = "dynamic",
     .duckdb = "$1",
     .example = "bag_pack('a', 1, 'b', 'x')",
     .gives = "{\"a\":1,\"b\":\"x\"}"},
    inner("pack_pairs", "string*", "dynamic", pack_pairs),
    inner("pack_filled", "string*", "dynamic", pack_filled),
    inner("merge_bags", "dynamic, long", "dynamic", merge_list),
    inner("bag_key_types", "dynamic", "list", key_types),
    inner("build_schema_of", "dynamic", "dynamic", build_schema),
};

}  // namespace

std::span<const Function> bag_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
