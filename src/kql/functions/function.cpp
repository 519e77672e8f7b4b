#include "kql/functions/function.h"

#include <array>
#include <cassert>
#include <map>
#include <unordered_map>

#include "base/text.h"

namespace vedette::kql::functions {

namespace {

struct Register {
  std::vector<const Function*> rows;
  std::array<std::unordered_map<std::string_view, std::vector<const Function*>>, 4> by_name;
  std::unordered_map<const Function*, std::vector<Parameter>> parameters;
  std::unordered_map<const Function*, std::string> sql_names;
};

std::vector<Parameter> read_parameters(std::string_view text) {
  std::vector<Parameter> list;
  if (text.empty()) return list;
  for (std::string_view word : base::split(text, ',')) {
    word = base::trim(word);
    Parameter parameter;
    if (word.ends_with('*')) parameter.repeats = true;
    if (word.ends_with('?')) parameter.optional = true;
    if (parameter.repeats || parameter.optional) word.remove_suffix(1);
    static constexpr std::array<std::pair<std::string_view, ParameterKind>, 8> kinds{
        {{"any", ParameterKind::any},
         {"text", ParameterKind::text},
         {"number", ParameterKind::number},
         {"integer", ParameterKind::integer},
         {"json", ParameterKind::json},
         {"common", ParameterKind::common},
         {"ordered", ParameterKind::ordered},
         {"summable", ParameterKind::summable}}};
    bool known = false;
    for (const auto& [name, kind] : kinds)
      if (name == word) {
        parameter.kind = kind;
        known = true;
      }
    if (!known) {
      const auto type = type_of_name(word);
      assert(type && "a function's row names a parameter type that is none");
      parameter.kind = ParameterKind::type;
      parameter.type = *type;
    }
    list.push_back(parameter);
  }
  return list;
}

Register build() {
  Register built;
  for (const std::span<const Function> family :
       {operator_rows(),    conversion_rows(),  text_rows(),     match_rows(),
        regex_rows(),       encoding_rows(),    number_rows(),   bin_rows(),
        moment_rows(),      dynamic_rows(),     array_rows(),    bag_rows(),
        address_rows(),     parsing_rows(),     series_rows(),   series_season_rows(),
        series_fill_rows(), series_fit_rows(),  unit_rows(),     punycode_rows(),
        user_agent_rows(),  compression_rows(), sketch_rows(),   hash_rows(),
        geo_rows(),         aggregate_rows(),   sequence_rows(), geohash_rows(),
        graph_rows(),       reduce_rows(),      frequent_rows(), window_rows(),
        geo_derived_rows()})
    for (const Function& row : family) built.rows.push_back(&row);
  std::map<std::string, int> used;
  for (const Function* row : built.rows) {
    for (const std::string_view name : base::split(row->name, ' '))
      built.by_name[static_cast<std::size_t>(row->use)][name].push_back(row);
    built.parameters.emplace(row, read_parameters(row->parameters));
    if (row->body == nullptr) continue;
    std::string name = "kql_" + std::string(first_name(*row));
    const int number = used[name]++;
    if (number > 0) name += "_" + std::to_string(number + 1);
    built.sql_names.emplace(row, std::move(name));
  }
  return built;
}

const Register& registered() {
  static const Register instance = build();
  return instance;
}

}  // namespace

const std::vector<const Function*>& find(std::string_view name, Use use) {
  static const std::vector<const Function*> none;
  const auto& names = registered().by_name[static_cast<std::size_t>(use)];
  const auto found = names.find(name);
  return found == names.end() ? none : found->second;
}

const Function& internal(std::string_view name) {
  const auto& rows = find(name, Use::internal);
  assert(!rows.empty() && "an internal function is missing from its family");
  return *rows.front();
}

std::vector<std::string_view> names(Use use) {
  std::vector<std::string_view> list;
  for (const auto& [name, rows] : registered().by_name[static_cast<std::size_t>(use)])
    list.push_back(name);
  return list;
}

const std::vector<Parameter>& parameters_of(const Function& function) {
  return registered().parameters.at(&function);
}

std::span<const Function* const> all() {
  return registered().rows;
}

std::string_view first_name(const Function& function) {
  return function.name.substr(0, function.name.find(' '));
}

const std::string& sql_name(const Function& function) {
  return registered().sql_names.at(&function);
}

}  // namespace vedette::kql::functions
