#include "model/alert.h"

#include "base/json.h"
#include "base/text.h"

namespace vedette::model {
namespace {

void append_time(base::JsonWriter& writer, std::string_view name, base::Timestamp t) {
  writer.key(name);
  if (t.is_set())
    writer.plain_string(base::format_iso(t));
  else
    writer.null();
}

void append_text_or_null(base::JsonWriter& writer, std::string_view name, const std::string& text) {
  writer.key(name);
  if (text.empty())
    writer.null();
  else
    writer.string(text);
}

void append_list(base::JsonWriter& writer, std::string_view name,
                 const std::vector<std::string>& values) {
  writer.key(name).begin_array();
  for (const auto& value : values) writer.string(value);
  writer.end_array();
}

template <typename Enum>
std::optional<Enum> find_named(std::string_view name, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (base::equals_ignoring_case(name_of(static_cast<Enum>(i)), name))
      return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::informational:
      return "Informational";
    case Severity::low:
      return "Low";
    case Severity::medium:
      return "Medium";
    case Severity::high:
      return "High";
  }
  return "Medium";
}

std::string_view name_of(AlertStatus status) {
  switch (status) {
    case AlertStatus::open:
      return "open";
    case AlertStatus::closed:
      return "closed";
    case AlertStatus::withdrawn:
      return "withdrawn";
  }
  return "open";
}

std::string_view name_of(AlertChange change) {
  switch (change) {
    case AlertChange::opened:
      return "opened";
    case AlertChange::updated:
      return "updated";
    case AlertChange::withdrawn:
      return "withdrawn";
    case AlertChange::closed:
      return "closed";
  }
  return "updated";
}

std::string_view name_of(EntityType type) {
  switch (type) {
    case EntityType::ip:
      return "ip";
    case EntityType::account:
      return "account";
    case EntityType::host:
      return "host";
    case EntityType::network:
      return "network";
    case EntityType::file:
      return "file";
  }
  return "ip";
}

std::optional<Severity> severity_named(std::string_view name) {
  return find_named(name, Severity::high);
}

std::optional<AlertStatus> alert_status_named(std::string_view name) {
  return find_named(name, AlertStatus::withdrawn);
}

std::optional<EntityType> entity_type_named(std::string_view name) {
  return find_named(name, EntityType::file);
}

std::string format_id(std::uint64_t id) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i > 0; id >>= 4) text[--i] = digits[id & 15];
  return text;
}

void append_json(base::JsonWriter& writer, const Alert& alert, const AlertChange* change) {
  writer.begin_object();
  if (change != nullptr) writer.member("change", name_of(*change));
  append_members(writer, alert, name_of(alert.status));
  writer.end_object();
}

void append_members(base::JsonWriter& writer, const Alert& alert, std::string_view status) {
  writer.key("id").hexadecimal(alert.id);
  writer.member("rule", alert.rule);
  writer.member("title", alert.title);
  writer.member("severity", name_of(alert.severity));
  writer.member("status", status);
  writer.key("entities").begin_array();
  for (const auto& entity : alert.entities) {
    writer.begin_object();
    writer.member("type", name_of(entity.type)).member("value", entity.value);
    writer.end_object();
  }
  writer.end_array();
  append_time(writer, "first_event", alert.first_event);
  append_time(writer, "last_event", alert.last_event);
  writer.key("event_count").number(alert.event_count);
  writer.key("event_ids").begin_array();
  for (const auto id : alert.event_ids) writer.hexadecimal(id);
  writer.end_array();
  append_text_or_null(writer, "country", alert.location.country_code);
  append_text_or_null(writer, "city", alert.location.city);
  writer.key("asn");
  if (alert.location.autonomous_system == 0)
    writer.null();
  else
    writer.number(static_cast<std::uint64_t>(alert.location.autonomous_system));
  append_list(writer, "techniques", alert.techniques);
  append_list(writer, "reasons", alert.reasons);
  append_time(writer, "created", alert.created);
  append_time(writer, "updated", alert.updated);
  append_time(writer, "closed", alert.closed);
}

}  // namespace vedette::model
