#include "notify/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::notify {
namespace {

using base::ErrorCode;
using base::Json;
using base::Result;

constexpr std::string_view field_begin = "{{";
constexpr std::string_view field_end = "}}";

std::unexpected<base::Error> wrong(const std::string& name, const std::string& what) {
  return base::failure(ErrorCode::invalid_argument, name + ": " + what);
}

// A number, true, false or null, as the template has it.
void append_plain(base::JsonWriter& writer, const Json& json) {
  if (const auto* integer = json.as_integer())
    writer.number(*integer);
  else if (const auto* real = std::get_if<double>(&json.value()))
    writer.real(*real);
  else if (const auto* boolean = json.as_bool())
    writer.boolean(*boolean);
  else
    writer.null();
}

}  // namespace

const std::vector<std::string_view>& template_fields() {
  static const std::vector<std::string_view> fields{
      "headline", "summary", "title", "severity", "change", "status", "number", "reasons", "facts",
      "lines", "footer", "colour", "rule", "alert", "incident", "key", "first", "last", "attempts",
      "addresses", "networks", "users", "hosts", "place", "operator", "techniques", "project",
      "issue_type", "urgency",
      // Of a policy's message; empty in others.
      "subject", "incident_id", "incident_type", "affected", "detected", "deadline", "action",
      "notes", "acknowledge"};
  return fields;
}

Result<Template::Pieces> Template::cut(const std::string& name, std::string_view text) {
  Pieces pieces;
  while (!text.empty()) {
    const std::size_t begin = text.find(field_begin);
    if (begin != 0) pieces.push_back({std::string(text.substr(0, begin)), false});
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin + field_begin.size());
    const std::size_t end = text.find(field_end);
    if (end == std::string_view::npos) return wrong(name, "a {{ has no }} behind it");
    const std::string_view field = base::trim(text.substr(0, end));
    const auto& known = template_fields();
    if (std::ranges::find(known, field) == known.end()) {
      const std::string_view near = base::nearest(field, known);
      return wrong(name,
                   fmt::format("there is no field {{{{{}}}}}; {}", base::encode_terminal(field, 60),
                               near.empty() ? fmt::format("there are: {}", fmt::join(known, ", "))
                                            : fmt::format("did you mean {}?", near)));
    }
    pieces.push_back({std::string(field), true});
    text.remove_prefix(end + field_end.size());
  }
  return pieces;
}

std::string Template::join(const Pieces& pieces, const FieldSource& fields) {
  std::string out;
  for (const Piece& piece : pieces) out += piece.is_field ? fields.text(piece.text) : piece.text;
  return out;
}

// Every text of the tree is one that can be filled; the names of members hold no field.
Result<void> Template::check(const std::string& name, const Json& json) {
  if (const auto* text = json.as_string())
    if (auto pieces = cut(name, *text); !pieces) return std::unexpected(std::move(pieces).error());
  if (const auto* array = json.as_array())
    for (const Json& each : *array) VEDETTE_TRY_VOID(check(name, each));
  if (const auto* object = json.as_object()) {
    for (const auto& [key, value] : *object) {
      if (key.empty()) return wrong(name, "a member has no name");
      if (key.find(field_begin) != std::string::npos)
        return wrong(name, "the name of a member holds a field; fields stand in values only");
      VEDETTE_TRY_VOID(check(name, value));
    }
  }
  return {};
}

Result<Template> Template::parse(const std::string& name, std::string_view text,
                                 TemplateForm form) {
  if (text.size() > base::limits::template_bytes_max)
    return wrong(name, fmt::format("is larger than {} bytes", base::limits::template_bytes_max));
  Template made;
  made.form_ = form;
  if (form == TemplateForm::text) {
    made.pieces_ = VEDETTE_TRY(cut(name, text));
    return made;
  }
  auto json = base::parse_json(text);
  if (!json) return wrong(name, "is no JSON: " + json.error().message);
  if (json->as_object() == nullptr) return wrong(name, "must be a JSON object");
  VEDETTE_TRY_VOID(check(name, *json));
  made.json_ = *std::move(json);
  return made;
}

std::string Template::fill(const FieldSource& fields) const {
  if (form_ == TemplateForm::text) return join(pieces_, fields);
  base::JsonWriter writer;
  append(writer, json_, fields, {});
  return writer.take();
}

// Behind `key` where it is a member. False: nothing was written, since there is nothing to say.
bool Template::append(base::JsonWriter& writer, const Json& json, const FieldSource& fields,
                      std::string_view key) {
  const auto here = [&]() -> base::JsonWriter& { return key.empty() ? writer : writer.key(key); };
  if (const auto* text = json.as_string()) {
    const auto pieces = cut({}, *text);
    const bool is_one_field = pieces && pieces->size() == 1 && pieces->front().is_field;
    if (is_one_field && fields.is_absent(pieces->front().text)) return false;
    if (is_one_field && fields.is_json(pieces->front().text)) {
      fields.append_json(pieces->front().text, here());
      return true;
    }
    const std::string filled = pieces ? join(*pieces, fields) : std::string();
    if (filled.empty() && !key.empty()) return false;
    here().string(filled);
    return true;
  }
  if (const auto* array = json.as_array()) {
    here().begin_array();
    for (const Json& each : *array) append(writer, each, fields, {});
    writer.end_array();
    return true;
  }
  if (const auto* object = json.as_object()) {
    here().begin_object();
    for (const auto& [name, value] : *object) append(writer, value, fields, name);
    writer.end_object();
    return true;
  }
  append_plain(here(), json);
  return true;
}

}  // namespace vedette::notify
