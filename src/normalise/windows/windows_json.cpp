#include "normalise/windows/windows_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "normalise/windows/windows_xml.h"

namespace vedette::normalise::windows {
namespace {

using base::Duration;
using base::Json;
using base::Timestamp;

// What a member of the JSON tells of the record.
enum class Part : std::uint8_t {
  event_id,
  channel,
  provider,
  computer,
  agent_computer,  // of the machine that sent it: only where the record names no computer
  record_id,
  own_time,      // of the event
  sent_time,     // of the shipping, or of the event: only where there is no other
  receipt_time,  // of the forwarder, in the same zone as own_time
  version,
  level,
  task,
  opcode,
  keywords,
  process_id,
  thread_id,
  user_sid,
  activity_id,
  message,
  event_xml,  // the event's values as XML
  nothing,    // what forwarders add, and names that we make ourselves
};

struct Named {
  std::string_view name;  // lower case
  Part part;
};

// Sorted by name. In nested JSON the names of the objects stand before, with dots.
constexpr auto parts = std::to_array<Named>({
    {"@timestamp", Part::sent_time},
    {"@version", Part::nothing},
    {"account", Part::nothing},
    {"accounttype", Part::nothing},
    {"activity", Part::nothing},
    {"activity_id", Part::activity_id},
    {"activityid", Part::activity_id},
    {"category", Part::nothing},
    {"channel", Part::channel},
    {"computer", Part::computer},
    {"computer_name", Part::computer},
    {"computername", Part::computer},
    {"correlation", Part::activity_id},
    {"correlation.activityid", Part::activity_id},
    {"date", Part::sent_time},
    {"eventcategory", Part::nothing},
    {"eventdata", Part::event_xml},
    {"eventid", Part::event_id},
    {"eventid.#text", Part::event_id},
    {"eventid.value", Part::event_id},
    {"event_id", Part::event_id},
    {"event.code", Part::event_id},
    {"event.created", Part::nothing},
    {"event.provider", Part::provider},
    {"eventlevel", Part::level},
    {"eventlevelname", Part::nothing},
    {"eventlog", Part::channel},
    {"eventoriginid", Part::nothing},
    {"eventreceivedtime", Part::receipt_time},
    {"eventrecordid", Part::record_id},
    {"eventsourcename", Part::provider},
    {"eventtime", Part::own_time},
    {"eventtype", Part::nothing},
    {"execution.processid", Part::process_id},
    {"execution.threadid", Part::thread_id},
    {"executionprocessid", Part::process_id},
    {"executionthreadid", Part::thread_id},
    {"host", Part::agent_computer},
    {"host.hostname", Part::nothing},
    {"host.name", Part::agent_computer},
    {"hostname", Part::computer},
    {"id", Part::event_id},
    {"keywords", Part::keywords},
    {"level", Part::level},
    {"leveldisplayname", Part::nothing},
    {"log.level", Part::nothing},
    {"log_name", Part::channel},
    {"logname", Part::channel},
    {"logontypename", Part::nothing},
    {"machinename", Part::computer},
    {"managementgroupname", Part::nothing},
    {"message", Part::message},
    {"opcode", Part::opcode},
    {"opcodevalue", Part::nothing},
    {"parameterxml", Part::event_xml},
    {"port", Part::nothing},
    {"process.pid", Part::process_id},
    {"process.thread.id", Part::thread_id},
    {"process_id", Part::process_id},
    {"provider", Part::provider},
    {"provider.name", Part::provider},
    {"provider_name", Part::provider},
    {"providername", Part::provider},
    {"providerguid", Part::nothing},
    {"qualifiers", Part::nothing},
    {"recordid", Part::record_id},
    {"recordnumber", Part::record_id},
    {"record_id", Part::record_id},
    {"record_number", Part::record_id},
    {"renderedescription", Part::message},
    {"rendereddescription", Part::message},
    {"security.userid", Part::user_sid},
    {"severity", Part::nothing},
    {"severityvalue", Part::nothing},
    {"source", Part::provider},
    {"source_name", Part::provider},
    {"sourcemodulename", Part::nothing},
    {"sourcemoduletype", Part::nothing},
    {"sourcename", Part::provider},
    {"sourcesystem", Part::nothing},
    {"subjectaccount", Part::nothing},
    {"systemprocessid", Part::process_id},
    {"systemthreadid", Part::thread_id},
    {"systemtime", Part::own_time},
    {"systemuserid", Part::user_sid},
    {"targetaccount", Part::nothing},
    {"task", Part::task},
    {"tenantid", Part::nothing},
    {"thread_id", Part::thread_id},
    {"threadid", Part::thread_id},
    {"timecreated", Part::own_time},
    {"timecreated.systemtime", Part::own_time},
    {"timegenerated", Part::own_time},
    {"timestamp", Part::sent_time},
    {"time_created", Part::own_time},
    {"type", Part::nothing},
    {"user.identifier", Part::user_sid},
    {"userid", Part::user_sid},
    {"version", Part::version},
    {"_itemid", Part::nothing},
    {"_resourceid", Part::nothing},
    {"_timereceived", Part::nothing},
});

const Named* part_of(std::string_view name) {
  const auto found = std::ranges::find(parts, name, &Named::name);
  return found == parts.end() ? nullptr : &*found;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// Objects whose members are the event's own values.
bool holds_values(std::string_view name) {
  return is_one_of(name, {"event_data", "eventdata", "user_data", "userdata", "event_data_xml"});
}

// Objects that are only around the record's parts.
bool is_around(std::string_view name) {
  return is_one_of(name, {"winlog", "win", "system", "event", "log", "#attributes", "@attributes",
                          "_attributes", "attributes"});
}

// Objects whose names tell their members apart.
bool is_part(std::string_view name) {
  return is_one_of(name, {"provider", "eventid", "execution", "security", "timecreated",
                          "correlation", "host", "process", "thread", "user", "process.thread"});
}

// "@Name" and "Name" are the same member in JSON that was made of XML.
std::string member_name(std::string_view name) {
  std::string lower = base::to_lower_ascii(name);
  if (lower.size() > 1 && lower.front() == '@' && lower != "@timestamp" && lower != "@version")
    lower.erase(0, 1);
  return lower;
}

std::string text_of(const Json& value) {
  if (const auto* text = value.as_string()) return *text;
  return value.is_null() ? std::string() : base::format_json(value);
}

bool is_scalar(const Json& value) {
  return value.as_object() == nullptr && value.as_array() == nullptr;
}

// The XML's own text in JSON that was made of it: {"@Name":"X","#text":"..."}.
const Json* text_member(const Json& value) {
  for (const std::string_view name : {"#text", "_", "$", "Text", "Value"})
    if (const Json& text = value[name]; !text.is_null()) return &text;
  return nullptr;
}

class Reading {
 public:
  explicit Reading(WindowsRecord& record) : record_(record) {}

  void read(const Json& json) { read_parts(json, "", false); }
  [[nodiscard]] base::Result<void> finish(Duration zone_offset);

 private:
  void read_parts(const Json& object, const std::string& around, bool is_system);
  void read_member(const std::string& original, const Json& value, const std::string& around,
                   bool is_system);
  void read_values(const Json& value);
  void read_data_elements(const Json& value);
  void read_unnamed(const Json& array);
  bool read_dotted(std::string_view original, const Json& value, bool is_system);
  void take(Part part, std::string text);
  void take_event_id(const std::string& text);
  void add(std::string_view name, std::string value) {
    record_.data.emplace_back(name, std::move(value));
  }
  [[nodiscard]] Timestamp time(Duration zone_offset) const;

  WindowsRecord& record_;
  std::string agent_computer_, own_time_, sent_time_, receipt_time_;
  bool has_unnamed_ = false;
};

void Reading::read_parts(const Json& object, const std::string& around, bool is_system) {
  const auto* members = object.as_object();
  if (members == nullptr) return;
  // Forwarders that send values without names have the record's parts beside them, and a
  // `ProcessID` there is the writer's.
  has_unnamed_ = has_unnamed_ || object["StringInserts"].as_array() != nullptr ||
                 object["Properties"].as_array() != nullptr;
  for (const auto& [name, value] : *members) read_member(name, value, around, is_system);
}

void Reading::read_member(const std::string& original, const Json& value, const std::string& around,
                          bool is_system) {
  const std::string name = member_name(original);
  if (value.as_object() != nullptr) {
    if (holds_values(name)) return read_values(value);
    if (is_around(name)) return read_parts(value, around, true);
    if (const std::string path = around.empty() ? name : around + "." + name; is_part(path))
      read_parts(value, path, is_system);
    return;
  }
  if (const auto* array = value.as_array()) {
    if (is_one_of(name, {"stringinserts", "properties"})) return read_unnamed(value);
    if (name == "keywords" || name == "keywordsdisplaynames") {
      std::string all;
      for (const Json& each : *array) all += (all.empty() ? "" : ",") + text_of(each);
      if (name == "keywords") record_.keywords = std::move(all);
    }
    return;
  }
  if (around.empty() && name.find('.') != std::string::npos &&
      read_dotted(original, value, is_system))
    return;
  std::string path = around.empty() ? name : around + "." + name;
  // ECS says the event's id in event.code, and of other processes in process.pid.
  if (around.empty() && name == "code" && is_system) path = "event.code";
  const bool is_writers = is_system || has_unnamed_;
  if (around.empty() && name == "processid" && is_writers)
    return take(Part::process_id, text_of(value));
  if (path == "process.pid" && !is_system) return;
  const Named* known = part_of(path);
  if (name == "id" && record_.event_id != 0) known = nullptr;
  if (known != nullptr) return take(known->part, text_of(value));
  if (around.empty() && !is_system) add(original, text_of(value));
}

// "winlog.event_data.IpAddress": nested JSON that was flattened.
bool Reading::read_dotted(std::string_view original, const Json& value, bool is_system) {
  std::string name = member_name(original);
  for (const std::string_view around :
       {"winlog.", "win.", "_source.", "event.system.", "system."}) {
    if (!name.starts_with(around)) continue;
    name.erase(0, around.size());
    original.remove_prefix(around.size());
    is_system = true;
  }
  for (const std::string_view values : {"event_data.", "eventdata.", "user_data.", "userdata."}) {
    if (!name.starts_with(values)) continue;
    add(original.substr(original.rfind('.') + 1), text_of(value));
    return true;
  }
  const bool is_of_another = name == "process.pid" && !is_system;
  if (const Named* known = part_of(name); known != nullptr && !is_of_another)
    take(known->part, text_of(value));
  return true;
}

void Reading::read_values(const Json& value) {
  const auto* members = value.as_object();
  if (members == nullptr) return;
  for (const auto& [name, member] : *members) {
    const std::string lower = member_name(name);
    if (is_one_of(lower, {"xml_name", "xmlns", "#attributes", "binary"})) continue;
    if (lower == "data")
      read_data_elements(member);
    else if (member.as_object() == nullptr && member.as_array() == nullptr)
      add(name, text_of(member));
    else if (const Json* text = text_member(member))
      add(name, text_of(*text));
    else
      read_values(member);  // UserData's own element
  }
}

// {"Data":[{"@Name":"X","#text":"..."}]}, {"Data":["...","..."]}, {"Data":"..."}
void Reading::read_data_elements(const Json& value) {
  if (const auto* array = value.as_array()) {
    for (const Json& each : *array) read_data_elements(each);
    return;
  }
  std::string name;
  const Json* text = &value;
  if (value.as_object() != nullptr) {
    for (const std::string_view key : {"@Name", "Name", "_Name"})
      if (name.empty()) name = value[key].text();
    if (name.empty()) name = value["#attributes"]["Name"].text();
    text = text_member(value);
  }
  if (name.empty()) name = fmt::format("param{}", record_.data.size() + 1);
  add(name, text == nullptr ? std::string() : text_of(*text));
}

void Reading::read_unnamed(const Json& array) {
  std::size_t place = 0;
  for (const Json& each : *array.as_array()) {
    const Json* text = is_scalar(each) ? &each : text_member(each);
    add(fmt::format("param{}", ++place), text == nullptr ? std::string() : text_of(*text));
  }
}

void Reading::take_event_id(const std::string& text) {
  const auto number = read_number(text);
  // Old programs write the qualifiers into the upper half.
  if (number && *number >= 0) record_.event_id = static_cast<std::uint32_t>(*number & 0xFFFF);
}

void Reading::take(Part part, std::string text) {
  const auto keep = [&text](std::string& into) {
    if (!text.empty()) into = std::move(text);
  };
  const auto keep_number = [&text](std::optional<std::int64_t>& into) {
    if (const auto number = read_number(text)) into = number;
  };
  switch (part) {
    case Part::event_id:
      return take_event_id(text);
    case Part::channel:
      return keep(record_.channel);
    case Part::provider:
      return keep(record_.provider);
    case Part::computer:
      return keep(record_.computer);
    case Part::agent_computer:
      return keep(agent_computer_);
    case Part::record_id:
      record_.record_id = static_cast<std::uint64_t>(read_number(text).value_or(0));
      return;
    case Part::own_time:
      return keep(own_time_);
    case Part::sent_time:
      return keep(sent_time_);
    case Part::receipt_time:
      return keep(receipt_time_);
    case Part::version:
      return keep_number(record_.version);
    case Part::level:
      return keep_number(record_.level);
    case Part::task:
      return keep_number(record_.task);
    case Part::opcode:
      return keep(record_.opcode);
    case Part::keywords:
      return keep(record_.keywords);
    case Part::process_id:
      return keep_number(record_.process_id);
    case Part::thread_id:
      return keep_number(record_.thread_id);
    case Part::user_sid:
      return keep(record_.user_sid);
    case Part::activity_id:
      return keep(record_.activity_id);
    case Part::message:
      return keep(record_.message);
    case Part::event_xml:
      read_values_xml(text, record_.data);
      return;
    case Part::nothing:
      return;
  }
}

// A stamp without a zone is of the zone that the receipt, which the forwarder wrote twice, shows.
Timestamp Reading::time(Duration zone_offset) const {
  const auto sent = read_time(sent_time_);
  const auto received = read_time(receipt_time_);
  if (sent && received) {
    constexpr std::int64_t quarter = Duration::minutes(15).ticks, day = Duration::hours(14).ticks;
    const std::int64_t apart = (*received - *sent).ticks;
    const std::int64_t quarters = (apart + (apart < 0 ? -quarter : quarter) / 2) / quarter;
    if (quarters * quarter <= day && quarters * quarter >= -day)
      zone_offset = Duration{quarters * quarter};
  }
  if (const auto own = read_time(own_time_, zone_offset)) return *own;
  return sent.value_or(Timestamp{});
}

base::Result<void> Reading::finish(Duration zone_offset) {
  if (record_.event_id == 0) return base::failure(base::ErrorCode::malformed, "it has no event id");
  if (record_.computer.empty()) record_.computer = agent_computer_;
  record_.time = time(zone_offset);
  // Only these two write into it, and few forwarders of it say so.
  if (record_.channel.empty() && record_.provider.find("Security-Auditing") != std::string::npos)
    record_.channel = "Security";
  if (record_.provider.empty() && base::equals_ignoring_case(record_.channel, "Security"))
    record_.provider = "Microsoft-Windows-Security-Auditing";
  if (record_.channel.empty() && record_.provider.empty())
    return base::failure(base::ErrorCode::malformed, "it names neither its log nor its provider");
  name_values(record_);
  return {};
}

// What forwarders put around an event: [time, {...}], {"Event":{...}}, {"_source":{...}}.
const Json* within(const Json* json) {
  if (const auto* array = json->as_array(); array != nullptr && array->size() == 2)
    return &array->back();
  for (const std::string_view name : {"_source", "Event"}) {
    const Json& inner = (*json)[name];
    if (inner.as_object() != nullptr && json->as_object()->size() <= 8 &&
        (name == "_source" || inner["System"].as_object() != nullptr))
      return &inner;
  }
  return json;
}

}  // namespace

base::Result<WindowsRecord> read_windows_json(const Json& json, Duration zone_offset) {
  const Json& event = *within(&json);
  if (event.as_object() == nullptr)
    return base::failure(base::ErrorCode::malformed, "it is no JSON object");
  WindowsRecord record;
  Reading reading(record);
  reading.read(event);
  VEDETTE_TRY_VOID(reading.finish(zone_offset));
  return record;
}

}  // namespace vedette::normalise::windows
