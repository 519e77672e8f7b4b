#include "kql/native/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "kql/moment.h"

namespace vedette::kql::native {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_string(std::string_view json, std::size_t at) {
  ++at;
  while (at < json.size()) {
    if (json[at] == '\\') {
      at += 2;
    } else if (json[at++] == '"') {
      break;
    }
  }
  return std::min(at, json.size());
}

// Reads JSON from outside and writes the canonical form.
class Canonicaliser {
 public:
  Canonicaliser(std::string_view text, std::string& out) : text_(text), out_(out) {}

  bool run() {
    const std::size_t start = out_.size();
    skip_space();
    const bool good = value(0);
    skip_space();
    if (good && at_ == text_.size()) return true;
    out_.resize(start);
    return false;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) return false;
    at_ += expected.size();
    out_ += expected;
    return true;
  }

  bool value(std::size_t depth) {
    skip_space();
    if (at_ >= text_.size() || depth > base::limits::json_depth_max) return false;
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        std::string text;
        if (!string(text)) return false;
        append_quoted(out_, text);
        return true;
      }
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool array(std::size_t depth) {
    ++at_;
    out_ += '[';
    if (take(']')) {
      out_ += ']';
      return true;
    }
    while (true) {
      if (!value(depth + 1)) return false;
      if (take(']')) break;
      if (!take(',')) return false;
      out_ += ',';
    }
    out_ += ']';
    return true;
  }

  bool object(std::size_t depth) {
    ++at_;
    const std::size_t begin = out_.size();
    out_ += '{';
    std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> seen;
    bool repeated = false;
    if (take('}')) {
      out_ += '}';
      return true;
    }
    while (true) {
      skip_space();
      std::string key;
      if (at_ >= text_.size() || text_[at_] != '"' || !string(key) || !take(':')) return false;
      const std::size_t start = out_.size();
      append_quoted(out_, key);
      key.assign(out_, start);  // as written: broken characters may have made two keys one
      out_ += ':';
      if (!value(depth + 1)) return false;
      const auto [place, fresh] = seen.try_emplace(std::move(key), start, out_.size());
      if (!fresh) {
        repeated = true;
        place->second = {start, out_.size()};
      }
      if (take('}')) break;
      if (!take(',')) return false;
      out_ += ',';
    }
    out_ += '}';
    if (repeated) keep_last(begin, seen);
    return true;
  }

  void keep_last(std::size_t begin,
                 const std::unordered_map<std::string, std::pair<std::size_t, std::size_t>>& seen) {
    std::vector<std::pair<std::size_t, std::size_t>> kept;
    for (const auto& [key, place] : seen) kept.push_back(place);
    std::sort(kept.begin(), kept.end());
    std::string fresh = "{";
    for (const auto& [from, to] : kept) {
      if (fresh.size() > 1) fresh += ',';
      fresh.append(out_, from, to - from);
    }
    fresh += '}';
    out_.replace(begin, std::string::npos, fresh);
  }

  bool string(std::string& text) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (c != '\\') {
        text += c;
        continue;
      }
      if (at_ >= text_.size() || !escape(text)) return false;
    }
    return false;
  }

  bool escape(std::string& text) {
    const char c = text_[at_++];
    switch (c) {
      case 'n':
        text += '\n';
        return true;
      case 't':
        text += '\t';
        return true;
      case 'r':
        text += '\r';
        return true;
      case 'b':
        text += '\b';
        return true;
      case 'f':
        text += '\f';
        return true;
      case '"':
      case '\\':
      case '/':
        text += c;
        return true;
      case 'u':
        break;
      default:
        return false;
    }
    const auto high = hexadecimal();
    if (!high) return false;
    char32_t code = *high;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      const std::size_t back = at_;
      at_ += 2;
      const auto low = hexadecimal();
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
      } else {
        at_ = back;
      }
    }
    base::append_utf8(text, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return true;
  }

  std::optional<char32_t> hexadecimal() {
    if (at_ + 4 > text_.size()) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + at_ + 4, value, 16);
    if (error != std::errc{} || end != text_.data() + at_ + 4) return std::nullopt;
    at_ += 4;
    return static_cast<char32_t>(value);
  }

  bool number() {
    const std::size_t start = at_;
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    const std::size_t digits = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ == digits || (text_[digits] == '0' && at_ > digits + 1)) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
      const std::size_t point = at_++;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      if (at_ == point + 1) return false;
    }
    if (at_ < text_.size() && (text_[at_] | 32) == 'e') {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      const std::size_t power = at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      if (at_ == power) return false;
    }
    out_ += text_.substr(start, at_ - start);
    return true;
  }

  std::string_view text_;
  std::string& out_;
  std::size_t at_ = 0;
};

}  // namespace

JsonKind kind_of(std::string_view json) {
  if (json.empty()) return JsonKind::null;
  switch (json.front()) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return json.find_first_of(".eE") == std::string_view::npos ? JsonKind::integer
                                                                 : JsonKind::real;
  }
}

bool is_json_null(std::string_view json) {
  return json.empty() || json == "null";
}

std::size_t skip_value(std::string_view json, std::size_t at) {
  if (at >= json.size()) return at;
  const char c = json[at];
  if (c == '"') return skip_string(json, at);
  if (c != '{' && c != '[') {
    while (at < json.size() && json[at] != ',' && json[at] != '}' && json[at] != ']') ++at;
    return at;
  }
  std::size_t depth = 0;
  while (at < json.size()) {
    const char d = json[at];
    if (d == '"') {
      at = skip_string(json, at);
      continue;
    }
    ++at;
    if (d == '{' || d == '[') ++depth;
    if ((d == '}' || d == ']') && --depth == 0) break;
  }
  return at;
}

bool canonicalise(std::string_view text, std::string& out) {
  return Canonicaliser(text, out).run();
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> list;
  if (array.size() < 2 || array.front() != '[') return list;
  for (std::size_t at = 1; at < array.size() && array[at] != ']';) {
    const std::size_t end = skip_value(array, at);
    list.push_back(array.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

std::size_t count_elements(std::string_view array) {
  std::size_t count = 0;
  if (array.size() < 2 || array.front() != '[') return 0;
  for (std::size_t at = 1; at < array.size() && array[at] != ']';) {
    at = skip_value(array, at) + 1;
    ++count;
  }
  return count;
}

std::vector<Member> members_of(std::string_view object) {
  std::vector<Member> list;
  if (object.size() < 2 || object.front() != '{') return list;
  for (std::size_t at = 1; at < object.size() && object[at] != '}';) {
    const std::size_t colon = skip_string(object, at);
    const std::size_t end = skip_value(object, colon + 1);
    list.emplace_back(object.substr(at, colon - at), object.substr(colon + 1, end - colon - 1));
    at = end + 1;
  }
  return list;
}

std::optional<std::string_view> find_member(std::string_view object, std::string_view key) {
  if (object.size() < 2 || object.front() != '{') return std::nullopt;
  for (std::size_t at = 1; at < object.size() && object[at] != '}';) {
    const std::size_t colon = skip_string(object, at);
    const std::string_view quoted = object.substr(at + 1, colon - at - 2);
    const std::size_t end = skip_value(object, colon + 1);
    const bool same = quoted.find('\\') == std::string_view::npos
                          ? quoted == key
                          : unescaped(object.substr(at, colon - at)) == key;
    if (same) return object.substr(colon + 1, end - colon - 1);
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<std::string_view> element_at(std::string_view array, std::int64_t index) {
  if (array.size() < 2 || array.front() != '[') return std::nullopt;
  if (index < 0) {
    index += static_cast<std::int64_t>(count_elements(array));
    if (index < 0) return std::nullopt;
  }
  for (std::size_t at = 1; at < array.size() && array[at] != ']';) {
    const std::size_t end = skip_value(array, at);
    if (index-- == 0) return array.substr(at, end - at);
    at = end + 1;
  }
  return std::nullopt;
}

void append_unescaped(std::string& out, std::string_view quoted) {
  const std::string_view body = quoted.substr(1, quoted.size() - 2);
  if (body.find('\\') == std::string_view::npos) {
    out += body;
    return;
  }
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (body[at] != '\\' || at + 1 >= body.size()) {
      out += body[at];
      continue;
    }
    switch (body[++at]) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'u': {
        std::uint32_t code = 0;
        std::from_chars(body.data() + at + 1, body.data() + std::min(at + 5, body.size()), code,
                        16);
        base::append_utf8(out, static_cast<char32_t>(code));
        at += 4;
        break;
      }
      default:
        out += body[at];
    }
  }
}

std::string unescaped(std::string_view quoted) {
  std::string out;
  append_unescaped(out, quoted);
  return out;
}

void append_quoted(std::string& out, std::string_view text) {
  base::append_json_string(out, text);
}

std::string text_of_real(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return "0";
  std::array<char, 64> buffer{};
  auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::scientific);
  std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(),
                  exponent);
  if (exponent >= 15 || exponent <= -5) {
    std::string out(text.substr(0, e));
    out += exponent < 0 ? "E-" : "E+";
    const std::string digits = std::to_string(std::abs(exponent));
    return out + (digits.size() < 2 ? "0" : "") + digits;
  }
  std::array<char, 64> fixed{};
  const auto done =
      std::to_chars(fixed.data(), fixed.data() + fixed.size(), value, std::chars_format::fixed);
  return {fixed.data(), done.ptr};
}

void append_json_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    append_quoted(out, text_of_real(value));
    return;
  }
  std::array<char, 64> buffer{};
  const auto done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(done.ptr - buffer.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void append_as_text(std::string& out, std::string_view json) {
  switch (kind_of(json)) {
    case JsonKind::null:
      return;
    case JsonKind::string:
      append_unescaped(out, json);
      return;
    case JsonKind::real:
      if (const auto number = read_real(json)) {
        out += text_of_real(*number);
        return;
      }
      out += json;
      return;
    default:
      out += json;
      return;
  }
}

std::optional<std::int64_t> read_long(std::string_view text) {
  text = base::trim(text);
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!hexadecimal && value > (1ULL << 63) - (negative ? 0 : 1)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~value + 1 : value);
}

std::optional<double> read_real(std::string_view text) {
  text = base::trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    const auto whole = read_long(text);
    if (!whole) return std::nullopt;
    return static_cast<double>(*whole);
  }
  if (base::equals_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (base::equals_ignoring_case(text, "infinity") || base::equals_ignoring_case(text, "inf"))
    return HUGE_VAL;
  if (base::equals_ignoring_case(text, "-infinity") || base::equals_ignoring_case(text, "-inf"))
    return -HUGE_VAL;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    return text.find("e-") == std::string_view::npos ? HUGE_VAL : 0.0;
  if (error != std::errc{} || std::isnan(value) || std::isinf(value)) return std::nullopt;
  return value;
}

std::optional<double> number_of(std::string_view json) {
  switch (kind_of(json)) {
    case JsonKind::integer:
    case JsonKind::real:
      return read_real(json);
    case JsonKind::boolean:
      return json == "true" ? 1.0 : 0.0;
    case JsonKind::string:
      return read_real(unescaped(json));
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> integer_of(std::string_view json) {
  const JsonKind kind = kind_of(json);
  if (kind == JsonKind::integer)
    if (const auto whole = read_long(json)) return whole;
  if (kind == JsonKind::boolean) return json == "true" ? 1 : 0;
  if (kind == JsonKind::string) return read_long(unescaped(json));
  if (kind != JsonKind::real && kind != JsonKind::integer) return std::nullopt;
  const auto number = read_real(json);
  if (!number || !(*number > -9.3e18 && *number < 9.2e18)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::string json_of(const Constant& constant) {
  if (constant.is_null) return "null";
  std::string out;
  switch (constant.type) {
    case Type::boolean:
      return constant.boolean ? "true" : "false";
    case Type::int32:
    case Type::int64:
      return std::to_string(constant.integer);
    case Type::real:
      append_json_real(out, constant.real);
      return out;
    case Type::datetime:
      append_quoted(out, format_datetime_full(constant.integer));
      return out;
    case Type::timespan:
      append_quoted(out, format_timespan_full(constant.integer));
      return out;
    case Type::dynamic:
      return constant.text;
    case Type::decimal:
    case Type::guid:
    case Type::string:
      append_quoted(out, constant.text);
      return out;
  }
  return out;
}

}  // namespace vedette::kql::native
