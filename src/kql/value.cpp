#include "kql/value.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace vedette::kql {

namespace {

constexpr std::array<std::pair<std::string_view, Type>, 20> type_names{{
    {"bool", Type::boolean},      {"int", Type::int32},       {"long", Type::int64},
    {"real", Type::real},         {"decimal", Type::decimal}, {"datetime", Type::datetime},
    {"timespan", Type::timespan}, {"guid", Type::guid},       {"string", Type::string},
    {"dynamic", Type::dynamic},   {"boolean", Type::boolean}, {"double", Type::real},
    {"date", Type::datetime},     {"time", Type::timespan},   {"uniqueid", Type::guid},
    {"uuid", Type::guid},         {"int32", Type::int32},     {"int64", Type::int64},
    {"float", Type::real},        {"uint", Type::int32},
}};

}  // namespace

std::string_view name_of(Type type) {
  return type_names[static_cast<std::size_t>(type)].first;
}

std::optional<Type> type_of_name(std::string_view name) {
  for (const auto& [known, type] : type_names)
    if (base::equals_ignoring_case(known, name)) return type;
  return std::nullopt;
}

}  // namespace vedette::kql
