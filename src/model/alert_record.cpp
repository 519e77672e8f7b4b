#include "model/alert_record.h"

#include <charconv>
#include <optional>

#include "base/encode.h"
#include "base/json.h"

namespace vedette::model {
namespace {

using base::Json;
using base::JsonWriter;

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (base::next_character(text, at) == U'\uFFFD' && at - before == 1) return false;
  }
  return true;
}

constexpr std::string_view digits = "0123456789abcdef";

int value_of_digit(char digit) {
  const auto at = digits.find(digit);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

void append_text(JsonWriter& writer, std::string_view text) {
  if (is_utf8(text)) {
    writer.string(text);
    return;
  }
  std::string hexadecimal;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hexadecimal.push_back(digits[byte >> 4]);
    hexadecimal.push_back(digits[byte & 15]);
  }
  writer.begin_object().key("hex").plain_string(hexadecimal).end_object();
}

void append_texts(JsonWriter& writer, std::string_view name,
                  const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const auto& text : texts) append_text(writer, text);
  writer.end_array();
}

void append_location(JsonWriter& writer, const Location& location) {
  writer.key("location").begin_object();
  append_text(writer.key("country_code"), location.country_code);
  append_text(writer.key("country"), location.country);
  append_text(writer.key("region"), location.region);
  append_text(writer.key("city"), location.city);
  if (location.has_coordinates)
    writer.key("latitude").real(location.latitude).key("longitude").real(location.longitude);
  writer.key("asn").number(static_cast<std::uint64_t>(location.autonomous_system));
  append_text(writer.key("organisation"), location.organisation);
  writer.end_object();
}

// Reads members and remembers the first that is not what it should be.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  void text(std::string_view name, std::string& out) {
    if (const Json& value = object_[name]; !value.is_null()) take(name, text_of(value), out);
  }
  void texts(std::string_view name, std::vector<std::string>& out) {
    each(name, [&](const Json& value) { take(name, text_of(value), out.emplace_back()); });
  }
  void id(std::string_view name, std::uint64_t& out) {
    if (const Json& value = object_[name]; !value.is_null()) take(name, id_of(value), out);
  }
  void ids(std::string_view name, std::vector<std::uint64_t>& out) {
    each(name, [&](const Json& value) { take(name, id_of(value), out.emplace_back()); });
  }
  void time(std::string_view name, base::Timestamp& out) {
    const Json& value = object_[name];
    if (const auto* ticks = value.as_integer())
      out.ticks = *ticks;
    else if (!value.is_null())
      wrong(name);
  }
  void real(std::string_view name, double& out) { out = object_[name].number_or(out); }
  template <typename Enum>
  void named(std::string_view name, std::optional<Enum> (*from_name)(std::string_view), Enum& out) {
    const std::string* word = object_[name].as_string();
    if (word != nullptr)
      take(name, from_name(*word), out);
    else if (!object_[name].is_null())
      wrong(name);
  }
  template <typename Visit>
  void each(std::string_view name, Visit visit) {
    if (object_[name].is_null()) return;
    const auto* values = object_[name].as_array();
    if (values == nullptr) return wrong(name);
    for (const Json& value : *values) visit(value);
  }
  void wrong(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }
  [[nodiscard]] const std::string& what_is_wrong() const { return wrong_; }

 private:
  static std::optional<std::string> text_of(const Json& value) {
    if (const auto* text = value.as_string()) return *text;
    const auto* hexadecimal = value["hex"].as_string();
    if (hexadecimal == nullptr || hexadecimal->size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < hexadecimal->size(); i += 2) {
      const int high = value_of_digit((*hexadecimal)[i]),
                low = value_of_digit((*hexadecimal)[i + 1]);
      if (high < 0 || low < 0) return std::nullopt;
      bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return bytes;
  }
  static std::optional<std::uint64_t> id_of(const Json& value) {
    const auto* text = value.as_string();
    if (text == nullptr || text->size() != 16) return std::nullopt;
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id, 16);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return id;
  }
  template <typename T>
  void take(std::string_view name, std::optional<T> value, T& out) {
    if (value)
      out = *std::move(value);
    else
      wrong(name);
  }

  const Json& object_;
  std::string wrong_;
};

void read_location(Reader& alert, const Json& json, Location& location) {
  if (json.is_null()) return;
  Reader reader(json);
  reader.text("country_code", location.country_code);
  reader.text("country", location.country);
  reader.text("region", location.region);
  reader.text("city", location.city);
  location.has_coordinates = !json["latitude"].is_null();
  reader.real("latitude", location.latitude);
  reader.real("longitude", location.longitude);
  const auto* number = json["asn"].as_integer();
  if (number != nullptr && *number >= 0 && *number <= UINT32_MAX)
    location.autonomous_system = static_cast<std::uint32_t>(*number);
  else if (!json["asn"].is_null())
    reader.wrong("asn");
  reader.text("organisation", location.organisation);
  if (!reader.what_is_wrong().empty()) alert.wrong("location");
}

}  // namespace

std::string write_alert(const Alert& alert) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("id").plain_string(format_id(alert.id));
  append_text(writer.key("rule"), alert.rule);
  append_text(writer.key("title"), alert.title);
  writer.member("severity", name_of(alert.severity)).member("status", name_of(alert.status));
  writer.key("entities").begin_array();
  for (const auto& entity : alert.entities) {
    writer.begin_object().member("type", name_of(entity.type));
    append_text(writer.key("value"), entity.value);
    writer.end_object();
  }
  writer.end_array();
  writer.key("first_event").number(alert.first_event.ticks);
  writer.key("last_event").number(alert.last_event.ticks);
  writer.key("event_count").plain_string(format_id(alert.event_count));
  writer.key("event_ids").begin_array();
  for (const auto id : alert.event_ids) writer.plain_string(format_id(id));
  writer.end_array();
  append_location(writer, alert.location);
  append_texts(writer, "techniques", alert.techniques);
  append_texts(writer, "reasons", alert.reasons);
  writer.key("created").number(alert.created.ticks);
  writer.key("updated").number(alert.updated.ticks);
  writer.key("closed").number(alert.closed.ticks);
  writer.key("merged_into").plain_string(format_id(alert.merged_into));
  if (alert.momentary) writer.key("momentary").boolean(true);
  writer.end_object();
  return writer.take();
}

base::Result<Alert> read_alert(std::string_view text) {
  const Json json = VEDETTE_TRY(base::parse_json(text));
  Alert alert;
  Reader reader(json);
  if (json["id"].is_null()) reader.wrong("id");
  reader.id("id", alert.id);
  reader.text("rule", alert.rule);
  reader.text("title", alert.title);
  reader.named("severity", &severity_named, alert.severity);
  reader.named("status", &alert_status_named, alert.status);
  reader.each("entities", [&](const Json& value) {
    Entity& entity = alert.entities.emplace_back();
    Reader member(value);
    member.named("type", &entity_type_named, entity.type);
    member.text("value", entity.value);
    if (!member.what_is_wrong().empty()) reader.wrong("entities");
  });
  reader.time("first_event", alert.first_event);
  reader.time("last_event", alert.last_event);
  reader.id("event_count", alert.event_count);
  reader.ids("event_ids", alert.event_ids);
  read_location(reader, json["location"], alert.location);
  reader.texts("techniques", alert.techniques);
  reader.texts("reasons", alert.reasons);
  reader.time("created", alert.created);
  reader.time("updated", alert.updated);
  reader.time("closed", alert.closed);
  reader.id("merged_into", alert.merged_into);
  if (const bool* momentary = json["momentary"].as_bool()) alert.momentary = *momentary;
  if (reader.what_is_wrong().empty()) return alert;
  return base::failure(base::ErrorCode::malformed,
                       "a kept alert cannot be read: its " + reader.what_is_wrong() + " is wrong");
}

}  // namespace vedette::model
