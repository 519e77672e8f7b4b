#include "intel/indicator_document.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/json_records.h"
#include "base/text.h"
#include "intel/intel_limits.h"

namespace vedette::intel {
namespace {

using base::ErrorCode;
using base::Json;

constexpr base::JsonCaps caps{limits::object_bytes_max, limits::object_members_max};

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return base::trim(text);
}

// Each record of that array as its own JSON; false: there is no such array, or it is empty.
bool each_record(std::string_view text, std::string_view records_at, std::string_view member,
                 const TakeIndicator& take,
                 const std::function<void(std::string_view json)>& found) {
  base::JsonPaths paths;
  const std::size_t slot = paths.slot(member);
  base::JsonRecords records(paths, records_at, caps);
  bool any = false;
  records.read(
      text,
      [&](const base::JsonRecord& record) {
        if (record.slots[slot].kind != base::JsonKind::composite) return;
        any = true;
        found(record.slots[slot].text);
      },
      [&](const base::JsonRejection& rejection) {
        any = true;
        take(base::failure(ErrorCode::malformed, std::string(rejection.reason)));
      });
  return any;
}

// Parsed, or refused.
void with_json(std::string_view text, const TakeIndicator& take,
               const std::function<void(const Json& json)>& found) {
  const auto json = base::parse_json(text);
  if (json)
    found(*json);
  else
    take(base::failure(ErrorCode::malformed, "no JSON that can be read"));
}

void read_stix(std::string_view text, const IndicatorDefaults& defaults, const TakeIndicator& take,
               const TakeObject& take_object) {
  const auto object = [&](std::string_view json) {
    with_json(json, take, [&](const Json& parsed) {
      auto indicator = read_stix_indicator(parsed, defaults);
      const bool is_other = !indicator && indicator.error().code == ErrorCode::not_found;
      if (is_other && take_object) take_object(parsed);
      take(std::move(indicator));
    });
  };
  if (text.starts_with('[')) {
    each_record(text, "", "", take, object);
    return;
  }
  if (!each_record(text, "objects", "", take, object)) each_record(text, ".", "", take, object);
}

bool read_attributes(std::string_view text, std::string_view records_at, const Json& event_tags,
                     const IndicatorDefaults& defaults, const TakeIndicator& take) {
  return each_record(text, records_at, "", take, [&](std::string_view json) {
    with_json(json, take, [&](const Json& attribute) {
      take(read_misp_attribute(attribute, event_tags, defaults));
    });
  });
}

// Its own attributes, and those of its objects.
void read_event(std::string_view text, const IndicatorDefaults& defaults,
                const TakeIndicator& take) {
  Json tags;
  each_record(text, ".", "Tag", take, [&](std::string_view json) {
    with_json(json, take, [&](const Json& parsed) { tags = parsed; });
  });
  read_attributes(text, "Attribute", tags, defaults, take);
  each_record(text, "Object", "Attribute", take, [&](std::string_view attributes) {
    read_attributes(attributes, "", tags, defaults, take);
  });
}

// Of restSearch the answer to events is a list of them, that to attributes an object.
bool response_is_list(std::string_view text) {
  constexpr std::string_view name = "\"response\"";
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return false;
  const std::size_t value = text.find_first_not_of(" \t\r\n:", at + name.size());
  return value != std::string_view::npos && text[value] == '[';
}

void read_misp(std::string_view text, const IndicatorDefaults& defaults,
               const TakeIndicator& take) {
  const auto event = [&](std::string_view json) { read_event(json, defaults, take); };
  if (text.starts_with('[')) {
    each_record(text, "", "Event", take, event);
    return;
  }
  if (response_is_list(text)) {
    each_record(text, "response", "Event", take, event);
    return;
  }
  if (read_attributes(text, "response.Attribute", {}, defaults, take)) return;
  if (each_record(text, ".", "Event", take, event)) return;
  read_attributes(text, "Attribute", {}, defaults, take);
}

void each_line(std::string_view text, const std::function<void(std::string_view line)>& found) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    found(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::optional<DocumentFormat> document_format_named(std::string_view name) {
  if (name == "stix") return DocumentFormat::stix;
  if (name == "misp") return DocumentFormat::misp;
  if (name == "list") return DocumentFormat::list;
  if (name == "csv") return DocumentFormat::csv;
  return std::nullopt;
}

std::optional<DocumentFormat> format_of_document(std::string_view text) {
  constexpr std::size_t looked_at = 16 * 1024;
  text = without_mark(text).substr(0, looked_at);
  if (!text.starts_with('{') && !text.starts_with('[')) return DocumentFormat::list;
  const auto has = [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  };
  if (has("\"bundle\"") || has("\"spec_version\"") || has("\"indicator--"))
    return DocumentFormat::stix;
  if (has("\"Attribute\"") || has("\"Event\"") || has("\"response\"")) return DocumentFormat::misp;
  return std::nullopt;
}

void read_document(DocumentFormat format, std::string_view text, const IndicatorDefaults& defaults,
                   const TakeIndicator& take, const TakeObject& take_object) {
  text = without_mark(text);
  switch (format) {
    case DocumentFormat::stix:
      return read_stix(text, defaults, take, take_object);
    case DocumentFormat::misp:
      return read_misp(text, defaults, take);
    case DocumentFormat::list:
      return each_line(text, [&](std::string_view line) { take(read_list_line(line, defaults)); });
    case DocumentFormat::csv:
      return each_line(text, [&](std::string_view line) { read_csv_line(line, defaults, take); });
  }
}

}  // namespace vedette::intel
