// Conversions and the small constructors that all of binding uses.
#include <cmath>
#include <limits>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

namespace {

// Constants that a conversion turns into another constant, so that names and sizes stay known.
std::optional<Constant> convert_constant(const Constant& value, Type type) {
  if (value.is_null && type != Type::string) return Constant::null(type);
  if (is_integer(value.type)) {
    if (type == Type::int64) return Constant::of_integer(type, value.integer);
    if (type == Type::int32 && value.integer <= std::numeric_limits<std::int32_t>::max() &&
        value.integer >= std::numeric_limits<std::int32_t>::min())
      return Constant::of_integer(type, value.integer);
    if (type == Type::real) return Constant::of_real(static_cast<double>(value.integer));
    if (type == Type::decimal) return Constant::of_text(type, std::to_string(value.integer));
  }
  if (value.type == Type::dynamic && type == Type::string && !value.is_null) {
    std::string text;
    native::append_as_text(text, value.text);
    return Constant::of_text(type, std::move(text));
  }
  if (type == Type::dynamic && !value.is_null && value.type != Type::dynamic)
    return Constant::of_text(type, native::json_of(value));
  return std::nullopt;
}

std::string_view conversion_word(Type type) {
  return name_of(type);
}

}  // namespace

Binder::Bound Binder::make_internal(std::string_view name, Type type, Arguments arguments) {
  ++nodes_;
  return plan::make_call(functions::internal(name), type, std::move(arguments));
}

Binder::Bound Binder::text_constant(std::string text) {
  return plan::make_constant(Constant::of_text(Type::string, std::move(text)));
}
Binder::Bound Binder::long_constant(std::int64_t value) {
  return plan::make_constant(Constant::of_integer(Type::int64, value));
}
Binder::Bound Binder::null_of(Type type) {
  return plan::make_constant(Constant::null(type));
}

Binder::Bound Binder::must_convert(const Bound& value, Type type) {
  if (value->type == type) return value;
  if (value->kind == plan::ExpressionKind::constant)
    if (auto constant = convert_constant(value->constant, type))
      return plan::make_constant(std::move(*constant));
  if (value->kind == plan::ExpressionKind::constant && value->constant.is_null)
    return null_of(type);
  const std::string name =
      fmt::format("{}_to_{}", conversion_word(value->type), conversion_word(type));
  // What has no way of its own goes by its text: a conversion that fails is null, and no query may
  // stop the program.
  if (functions::find(name, functions::Use::internal).empty())
    return must_convert(must_convert(value, Type::string), type);
  return make_internal(name, type, {value});
}

Checked<Binder::Bound> Binder::convert(Bound value, Type type, Span span, std::string_view why) {
  if (value->type == type) return value;
  const std::string name =
      fmt::format("{}_to_{}", conversion_word(value->type), conversion_word(type));
  const bool is_null = value->kind == plan::ExpressionKind::constant && value->constant.is_null;
  if (!is_null && functions::find(name, functions::Use::internal).empty())
    return refuse(
        "KQL208", span,
        fmt::format("{} needs {}, and this is {}", why, name_of(type), name_of(value->type)));
  return must_convert(value, type);
}

std::optional<Type> Binder::common_type(const Arguments& values, bool ignore_dynamic) const {
  std::optional<Type> common;
  for (const Bound& value : values) {
    const Type type = value->type;
    if (type == Type::dynamic && ignore_dynamic) continue;
    if (!common || *common == type) {
      common = type;
    } else if (is_number(*common) && is_number(type)) {
      const auto rank = [](Type t) {
        return t == Type::decimal ? 3 : t == Type::real ? 2 : t == Type::int64 ? 1 : 0;
      };
      if (rank(type) > rank(*common)) common = type;
    } else {
      return std::nullopt;
    }
  }
  if (!common && ignore_dynamic && !values.empty()) return Type::dynamic;
  return common;
}

}  // namespace vedette::kql::bind
