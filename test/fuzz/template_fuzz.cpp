// A template that somebody wrote, filled with texts that mean something to JSON: "TEMPLATE\0VALUE".
// What is no template is refused; what is one gives JSON of the template's own members (some left
// out, none added), and a text template gives its own text around the values.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "notify/template.h"

namespace {

using namespace vedette;
using base::Json;

void require(bool truth) {
  if (!truth) std::abort();
}

class Fields : public notify::FieldSource {
 public:
  explicit Fields(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] std::string text(std::string_view) const override { return value_; }
  [[nodiscard]] bool is_json(std::string_view field) const override { return field == "facts"; }
  void append_json(std::string_view, base::JsonWriter& writer) const override {
    writer.begin_array().string(value_).end_array();
  }

 private:
  const std::string value_;
};

// Each member of `filled` is one of the template's, in a place of the same kind.
void check_members(const Json& filled, const Json& written) {
  if (const auto* object = filled.as_object()) {
    const auto* known = written.as_object();
    require(known != nullptr && object->size() <= known->size());
    for (const auto& [key, value] : *object) {
      const auto place =
          std::ranges::find(*known, key, [](const auto& member) { return member.first; });
      require(place != known->end());
      check_members(value, place->second);
    }
  } else if (const auto* array = filled.as_array()) {
    if (written.as_string() != nullptr) return;  // {{facts}} became a list
    const auto* known = written.as_array();
    require(known != nullptr && array->size() == known->size());
    for (std::size_t i = 0; i < array->size(); ++i) check_members((*array)[i], (*known)[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = std::min(all.find('\0'), all.size());
  const std::string_view text = all.substr(0, cut);
  const Fields fields(std::string(all.substr(std::min(cut + 1, all.size()))));

  const auto plain = notify::Template::parse("t", text, notify::TemplateForm::text);
  if (plain && text.find("{{") == std::string_view::npos) require(plain->fill(fields) == text);
  if (plain) std::ignore = plain->fill(fields);

  const auto json = notify::Template::parse("t", text, notify::TemplateForm::json);
  if (!json) return 0;
  const auto written = base::parse_json(text);
  require(written.has_value());
  const auto filled = base::parse_json(json->fill(fields));
  // Malformed UTF-8 in a value is the encoders' to mend; what comes out is JSON all the same.
  require(filled.has_value());
  check_members(*filled, *written);
  return 0;
}
