// A hunt's file → hunt::Hunt: our own form, and Sentinel's hunting queries and rules.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "base/text.h"
#include "hunt/hunt.h"
#include "hunt/hunt_limits.h"
#include "hunt/parameter_literal.h"
#include "hunt/saved_function.h"
#include "kql/moment.h"

namespace vedette::hunt {
namespace {

using base::Result;
using yaml::check_members;
using yaml::wrong;
using yaml::YamlNode;

constexpr yaml::YamlLimits file_limits{hunt_bytes_max, hunt_depth_max, hunt_nodes_max};
// When a test does not say when it is.
constexpr std::string_view test_now = "2026-06-01T12:00:00Z";

Result<std::string> text_of_node(const YamlNode& node, std::size_t bytes_max) {
  if (node.kind != YamlNode::Kind::text) return wrong(node, "this must be one text");
  if (node.text.size() > bytes_max)
    return wrong(node, fmt::format("this is longer than {} bytes", bytes_max));
  return node.text;
}

Result<std::string> text_at(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  if (found == nullptr) return std::string();
  return text_of_node(*found, hunt_text_bytes_max);
}

// One text, or a list of them; nothing for an empty value.
Result<std::vector<std::string>> texts_at(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  std::vector<std::string> texts;
  if (found == nullptr || (found->kind == YamlNode::Kind::text && found->text.empty()))
    return texts;
  if (found->kind == YamlNode::Kind::text)
    return std::vector{VEDETTE_TRY(text_of_node(*found, hunt_text_bytes_max))};
  if (found->kind != YamlNode::Kind::list)
    return wrong(*found, fmt::format("{} is a list of texts", key));
  if (found->items.size() > hunt_list_max)
    return wrong(*found, fmt::format("{} has more than {} entries", key, hunt_list_max));
  for (const YamlNode& item : found->items)
    texts.push_back(VEDETTE_TRY(text_of_node(item, hunt_text_bytes_max)));
  return texts;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// "Password Spray (v2)" → "password-spray-v2".
std::string name_of_title(std::string_view title) {
  std::string name;
  for (const char c : base::to_lower_ascii(title)) {
    if (is_word(c))
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  name.resize(std::min(name.size(), hunt_name_bytes_max));
  while (name.ends_with('-')) name.pop_back();
  return name;
}

Result<Parameter> read_parameter(const YamlNode& node) {
  VEDETTE_TRY_VOID(check_members(node, {"name", "type", "default", "description"}));
  Parameter parameter;
  parameter.name = VEDETTE_TRY(text_at(node, "name"));
  if (!is_identifier(parameter.name))
    return wrong(node, "a parameter needs a name of letters, digits and _");
  const std::string type = VEDETTE_TRY(text_at(node, "type"));
  const auto known = kql::type_of_name(type.empty() ? "string" : type);
  if (!known)
    return wrong(node,
                 "type is one of: bool, int, long, real, datetime, timespan, guid, string, "
                 "dynamic");
  parameter.type = *known;
  parameter.description = VEDETTE_TRY(text_at(node, "description"));
  const YamlNode* value = node.find("default");
  if (value == nullptr) return parameter;
  parameter.value = VEDETTE_TRY(text_at(node, "default"));
  if (const auto literal = literal_of(parameter, *parameter.value); !literal)
    return wrong(*value, literal.error().message);
  return parameter;
}

Result<void> read_parameters(const YamlNode& root, Hunt& hunt) {
  const YamlNode* list = root.find("parameters");
  if (list == nullptr) return {};
  if (list->kind != YamlNode::Kind::list)
    return wrong(*list, "parameters is a list (- name: threshold ...)");
  if (list->items.size() > hunt_parameters_max)
    return wrong(*list, fmt::format("a hunt has at most {} parameters", hunt_parameters_max));
  for (const YamlNode& item : list->items) {
    Parameter parameter = VEDETTE_TRY(read_parameter(item));
    if (std::ranges::find(hunt.parameters, parameter.name, &Parameter::name) !=
        hunt.parameters.end())
      return wrong(item, fmt::format("there are two parameters {}", parameter.name));
    hunt.parameters.push_back(std::move(parameter));
  }
  return {};
}

// entities: {account: UserPrincipalName, ip: [IPAddress, ClientIP]}
Result<void> read_entities(const YamlNode& root, Hunt& hunt) {
  const YamlNode* map = root.find("entities");
  if (map == nullptr) return {};
  VEDETTE_TRY_VOID(check_members(*map, {"account", "ip", "host", "network", "file"}));
  for (const std::string& key : map->keys)
    for (const std::string& column : VEDETTE_TRY(texts_at(*map, key)))
      hunt.entities.push_back({*model::entity_type_named(key), column});
  return {};
}

Result<HuntTest> read_test(const YamlNode& node) {
  VEDETTE_TRY_VOID(check_members(node, {"name", "now", "parameters", "rows", "finds"}));
  HuntTest test;
  test.line = node.line;
  test.name = VEDETTE_TRY(text_at(node, "name"));
  if (test.name.empty()) return wrong(node, "a test needs a name: what it shows");
  const std::string now = VEDETTE_TRY(text_at(node, "now"));
  const auto ticks = kql::parse_datetime(now.empty() ? test_now : now);
  if (!ticks) return wrong(node, "now is a time such as 2026-06-01T12:00:00Z");
  test.now_ticks = *ticks;
  if (const YamlNode* values = node.find("parameters")) {
    if (values->kind != YamlNode::Kind::map)
      return wrong(*values, "parameters are names and values");
    for (std::size_t i = 0; i < values->keys.size(); ++i)
      test.parameters.emplace_back(
          values->keys[i], VEDETTE_TRY(text_of_node(values->items[i], hunt_text_bytes_max)));
  }
  const YamlNode* rows = node.find("rows");
  if (rows == nullptr || rows->kind != YamlNode::Kind::map)
    return wrong(node, "a test needs rows: tables and what stands in them");
  for (std::size_t i = 0; i < rows->keys.size(); ++i) {
    if (rows->items[i].kind != YamlNode::Kind::list)
      return wrong(rows->items[i], "a table is a list of rows (- {TimeGenerated: -1h, ...})");
    test.tables.emplace_back(rows->keys[i], rows->items[i]);
  }
  const YamlNode* finds = node.find("finds");
  if (finds == nullptr || finds->kind != YamlNode::Kind::list)
    return wrong(node, "a test needs finds: the rows of the answer, [] for none");
  for (const YamlNode& row : finds->items) {
    if (row.kind != YamlNode::Kind::map)
      return wrong(row, "a row of finds is names and values ({UserPrincipalName: ...})");
    test.finds.push_back(row);
  }
  return test;
}

Result<void> read_tests(const YamlNode& root, Hunt& hunt) {
  const YamlNode* list = root.find("tests");
  if (list == nullptr) return {};
  if (list->kind != YamlNode::Kind::list) return wrong(*list, "tests is a list (- name: ...)");
  if (list->items.size() > hunt_list_max)
    return wrong(*list, fmt::format("a hunt has at most {} tests", hunt_list_max));
  for (const YamlNode& item : list->items) hunt.tests.push_back(VEDETTE_TRY(read_test(item)));
  return {};
}

Result<void> read_query(const YamlNode& root, Hunt& hunt) {
  const YamlNode* query = root.find("query");
  if (query == nullptr) return wrong(root, "a hunt needs query: the KQL that is run");
  hunt.query = VEDETTE_TRY(text_of_node(*query, hunt_bytes_max));
  if (base::trim(hunt.query).empty()) return wrong(*query, "the query is empty");
  return {};
}

Result<void> read_severity(const YamlNode& root, Hunt& hunt) {
  const YamlNode* severity = root.find("severity");
  if (severity == nullptr) return {};
  const auto named = model::severity_named(severity->text);
  if (!named) return wrong(*severity, "severity is one of: Informational, Low, Medium, High");
  hunt.severity = *named;
  return {};
}

// entityMappings: [{entityType: Account, fieldMappings: [{identifier, columnName}]}]. Kinds that
// Vedette has no word for are left out.
void read_mappings(const YamlNode& root, Hunt& hunt) {
  const YamlNode* mappings = root.find("entityMappings");
  if (mappings == nullptr) return;
  for (const YamlNode& mapping : mappings->items) {
    const YamlNode* kind = mapping.find("entityType");
    const YamlNode* fields = mapping.find("fieldMappings");
    const auto type = kind == nullptr ? std::nullopt : model::entity_type_named(kind->text);
    if (!type || fields == nullptr) continue;
    for (const YamlNode& field : fields->items)
      if (const YamlNode* column = field.find("columnName");
          column != nullptr && hunt.entities.size() < hunt_list_max)
        hunt.entities.push_back({*type, column->text});
  }
}

// As Sentinel's repository has them. What it says beside is for Sentinel, and is passed over.
Result<Hunt> read_sentinel(const YamlNode& root) {
  Hunt hunt;
  hunt.is_sentinel = true;
  hunt.title = VEDETTE_TRY(text_at(root, "name"));
  hunt.name = name_of_title(hunt.title);
  if (hunt.name.empty()) return wrong(root, "a hunting query needs a name");
  if (const YamlNode* description = root.find("description"))
    hunt.description = VEDETTE_TRY(text_of_node(*description, hunt_bytes_max));
  hunt.tactics = VEDETTE_TRY(texts_at(root, "tactics"));
  hunt.techniques = VEDETTE_TRY(texts_at(root, "relevantTechniques"));
  VEDETTE_TRY_VOID(read_severity(root, hunt));
  VEDETTE_TRY_VOID(read_query(root, hunt));
  read_mappings(root, hunt);
  VEDETTE_TRY_VOID(read_tests(root, hunt));
  return hunt;
}

Result<Hunt> read_own(const YamlNode& root) {
  VEDETTE_TRY_VOID(
      check_members(root, {"name", "title", "description", "tactics", "techniques", "severity",
                           "parameters", "query", "entities", "every", "tests"}));
  Hunt hunt;
  hunt.name = VEDETTE_TRY(text_at(root, "name"));
  if (!is_hunt_name(hunt.name))
    return wrong(root, "a hunt needs a name of small letters, digits and dashes");
  hunt.title = VEDETTE_TRY(text_at(root, "title"));
  if (hunt.title.empty()) hunt.title = hunt.name;
  hunt.description = VEDETTE_TRY(text_at(root, "description"));
  hunt.tactics = VEDETTE_TRY(texts_at(root, "tactics"));
  hunt.techniques = VEDETTE_TRY(texts_at(root, "techniques"));
  VEDETTE_TRY_VOID(read_severity(root, hunt));
  VEDETTE_TRY_VOID(read_parameters(root, hunt));
  VEDETTE_TRY_VOID(read_query(root, hunt));
  VEDETTE_TRY_VOID(read_entities(root, hunt));
  if (const YamlNode* every = root.find("every")) {
    hunt.every = base::parse_duration(every->text);
    if (!hunt.every || *hunt.every < least_interval || *hunt.every > greatest_interval)
      return wrong(*every, "every is a time such as 15m, 6h or 1d, from 1m to 31d");
  }
  VEDETTE_TRY_VOID(read_tests(root, hunt));
  return hunt;
}

bool is_of_sentinel(const YamlNode& root) {
  static constexpr std::array<std::string_view, 5> theirs{
      "id", "requiredDataConnectors", "relevantTechniques", "entityMappings", "queryFrequency"};
  return std::ranges::any_of(theirs, [&](auto key) { return root.find(key) != nullptr; });
}

}  // namespace

bool is_hunt_name(std::string_view name) {
  return !name.empty() && name.size() <= hunt_name_bytes_max &&
         std::ranges::all_of(name, [](char c) { return is_word(c) || c == '-'; });
}

Result<Hunt> read_hunt(std::string_view text, const std::string& file) {
  const auto tree = yaml::parse_yaml(text, file_limits);
  if (!tree) return std::unexpected(base::Error(tree.error()).within(file));
  auto hunt = is_of_sentinel(*tree) ? read_sentinel(*tree) : read_own(*tree);
  if (!hunt) return std::unexpected(std::move(hunt).error().within(file));
  return hunt;
}

}  // namespace vedette::hunt
