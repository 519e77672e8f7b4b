// Owns: templates of messages: text or JSON with fields in it, as in {{headline}}.
// Promises: a template has no logic, only fields; a field that is not known is an error with a
// "did you mean". What is filled in has gone through the sink's encoder. In a JSON template fields
// stand within strings, and what they hold stays within: the structure is the template's. A string
// that is one field and nothing else may become another JSON value (a list of facts, a colour); a
// member whose text comes out empty is left out; an element only where its field is of a part that
// the message has not.
// Must not know: sinks, files. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace vedette::notify {

// What stands for the fields in one message.
class FieldSource {
 public:
  virtual ~FieldSource() = default;
  // Encoded for the sink.
  [[nodiscard]] virtual std::string text(std::string_view field) const = 0;
  // The field is a JSON value of its own, where it is all of a string.
  [[nodiscard]] virtual bool is_json(std::string_view field) const = 0;
  virtual void append_json(std::string_view field, base::JsonWriter& writer) const = 0;
  // The message has no such part.
  [[nodiscard]] virtual bool is_absent(std::string_view) const { return false; }
};

// The fields that there are, whatever the sink (docs/guides/channels.md explains them).
[[nodiscard]] const std::vector<std::string_view>& template_fields();

enum class TemplateForm : std::uint8_t { text, json };

class Template {
 public:
  // `name` is how errors call it.
  [[nodiscard]] static base::Result<Template> parse(const std::string& name, std::string_view text,
                                                    TemplateForm form);
  [[nodiscard]] std::string fill(const FieldSource& fields) const;

 private:
  struct Piece {
    std::string text;
    bool is_field = false;
  };
  using Pieces = std::vector<Piece>;

  Template() = default;
  [[nodiscard]] static base::Result<Pieces> cut(const std::string& name, std::string_view text);
  [[nodiscard]] static std::string join(const Pieces& pieces, const FieldSource& fields);
  [[nodiscard]] static base::Result<void> check(const std::string& name, const base::Json& json);
  static bool append(base::JsonWriter& writer, const base::Json& json, const FieldSource& fields,
                     std::string_view key);

  Pieces pieces_;    // of a text
  base::Json json_;  // of JSON; its strings were checked
  TemplateForm form_ = TemplateForm::text;
};

}  // namespace vedette::notify
