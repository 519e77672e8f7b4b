#include "normalise/windows/windows_xml.h"

#include <expat.h>
#include <fmt/format.h>

#include <memory>

#include "base/limits.h"

namespace vedette::normalise::windows {
namespace {

namespace limits = base::limits;

struct FreeParser {
  void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<XML_ParserStruct, FreeParser>;

// Names with their prefix cut off: "e:Event" is "Event".
std::string_view local_name(const char* name) {
  const std::string_view text(name);
  return text.substr(text.rfind(':') + 1);
}

class Reading {
 public:
  // `values_only`: the text is not an event, but what one has in it.
  Reading(WindowsRecord& record, bool values_only) : record_(record), values_only_(values_only) {}

  base::Result<void> read(std::string_view xml) {
    if (xml.size() > limits::json_bytes_max)
      return base::failure(base::ErrorCode::malformed, "is longer than an event may be");
    const Parser parser(XML_ParserCreate("UTF-8"));
    if (!parser) return base::failure(base::ErrorCode::unavailable, "there is no memory for it");
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, &Reading::on_start, &Reading::on_end);
    XML_SetCharacterDataHandler(parser_, &Reading::on_text);
    XML_SetStartDoctypeDeclHandler(parser_, &Reading::on_document_type);
    const auto parsed = XML_Parse(parser_, xml.data(), static_cast<int>(xml.size()), XML_TRUE);
    if (parsed == XML_STATUS_OK) return {};
    return base::failure(
        base::ErrorCode::malformed,
        stopped_ != nullptr
            ? std::string(stopped_)
            : fmt::format("is no XML ({})", XML_ErrorString(XML_GetErrorCode(parser_))));
  }

 private:
  static void on_start(void* self, const char* name, const char** attributes) {
    static_cast<Reading*>(self)->start(local_name(name), attributes);
  }
  static void on_end(void* self, const char* /*name*/) { static_cast<Reading*>(self)->end(); }
  static void on_text(void* self, const char* text, int size) {
    static_cast<Reading*>(self)->text_.append(text, static_cast<std::size_t>(size));
  }
  static void on_document_type(void* self, const char* /*name*/, const char* /*system*/,
                               const char* /*public*/, int /*has_internal*/) {
    static_cast<Reading*>(self)->stop("has a document type, which is never read");
  }

  void stop(const char* why) {
    stopped_ = why;
    XML_StopParser(parser_, XML_FALSE);
  }
  void start(std::string_view name, const char** attributes) {
    if (path_.size() >= limits::json_depth_max) return stop("is nested too deep");
    if (!path_.empty()) path_.back().has_children = true;
    path_.push_back({std::string(name), {}, false});
    text_.clear();
    for (; *attributes != nullptr; attributes += 2)
      attribute(local_name(attributes[0]), attributes[1]);
  }
  void end() {
    const Element element = std::move(path_.back());
    path_.pop_back();
    if (!element.has_children) leaf(element);
    text_.clear();
  }

  void attribute(std::string_view name, const char* value) {
    Element& element = path_.back();
    if (name == "Name" && element.name == "Data") element.value_name = value;
    if (!is_in_system()) return;
    if (element.name == "Provider" && (name == "Name" || name == "EventSourceName"))
      record_.provider = name == "Name" || record_.provider.empty() ? value : record_.provider;
    if (element.name == "TimeCreated" && (name == "SystemTime" || name == "RawTime"))
      record_.time = read_time(value).value_or(record_.time);
    if (element.name == "Correlation" && name == "ActivityID") record_.activity_id = value;
    if (element.name == "Execution" && name == "ProcessID") record_.process_id = read_number(value);
    if (element.name == "Execution" && name == "ThreadID") record_.thread_id = read_number(value);
    if (element.name == "Security" && name == "UserID") record_.user_sid = value;
  }
  [[nodiscard]] bool is_in_system() const { return path_.size() == 3 && path_[1].name == "System"; }

  struct Element {
    std::string name, value_name;
    bool has_children = false;
  };

  void leaf(const Element& element) {
    if (path_.size() == 2 && path_[1].name == "System") return system(element.name);
    if (path_.size() == 2 && path_[1].name == "RenderingInfo" && element.name == "Message")
      record_.message = text_;
    const bool has_values =
        values_only_ ||
        (path_.size() >= 2 && (path_[1].name == "EventData" || path_[1].name == "UserData"));
    if (has_values) value(element);
  }
  void value(const Element& element) {
    if (record_.data.size() >= limits::json_members_max) return stop("has too many values");
    if (element.name == "Binary" || element.name == "values" || element.name == "EventData") return;
    std::string name = element.value_name;
    if (name.empty())
      name = element.name == "Data" || element.name == "Param"
                 ? fmt::format("param{}", record_.data.size() + 1)
                 : element.name;
    record_.data.emplace_back(std::move(name), text_);
  }
  void system(std::string_view name) {
    const auto number = read_number(text_);
    if (name == "EventID")
      record_.event_id = static_cast<std::uint32_t>(number.value_or(0) & 0xFFFF);
    if (name == "Version") record_.version = number;
    if (name == "Level") record_.level = number;
    if (name == "Task") record_.task = number;
    if (name == "Opcode") record_.opcode = text_;
    if (name == "Keywords") record_.keywords = text_;
    if (name == "EventRecordID") record_.record_id = static_cast<std::uint64_t>(number.value_or(0));
    if (name == "Channel") record_.channel = text_;
    if (name == "Computer") record_.computer = text_;
  }

  WindowsRecord& record_;
  const bool values_only_;
  XML_Parser parser_ = nullptr;
  std::vector<Element> path_;
  std::string text_;
  const char* stopped_ = nullptr;
};

bool begins_event(std::string_view text, std::size_t at) {
  constexpr std::size_t name_bytes = std::string_view("<Event").size();
  if (at + name_bytes >= text.size()) return false;
  const char next = text[at + name_bytes];
  return next == ' ' || next == '>' || next == '\t' || next == '\r' || next == '\n' || next == '/';
}

}  // namespace

std::string_view first_windows_event(std::string_view text) {
  constexpr std::string_view begin = "<Event", end = "</Event>";
  std::size_t at = text.find(begin);
  while (at != std::string_view::npos && !begins_event(text, at))
    at = text.find(begin, at + begin.size());
  if (at == std::string_view::npos) return {};
  const std::size_t closes = text.find(end, at);
  return text.substr(at, closes == std::string_view::npos ? closes : closes + end.size() - at);
}

std::vector<std::string_view> split_windows_xml(std::string_view text) {
  std::vector<std::string_view> events;
  for (;;) {
    const std::string_view event = first_windows_event(text);
    if (event.empty()) return events;
    events.push_back(event);
    text.remove_prefix(static_cast<std::size_t>(event.data() - text.data()) + event.size());
  }
}

base::Result<WindowsRecord> read_windows_xml(std::string_view event) {
  WindowsRecord record;
  VEDETTE_TRY_VOID(Reading(record, false).read(event));
  if (record.event_id == 0) return base::failure(base::ErrorCode::malformed, "has no event id");
  if (record.provider.empty() && record.channel.empty())
    return base::failure(base::ErrorCode::malformed, "names neither its log nor its provider");
  record.bytes = event;
  name_values(record);
  return record;
}

void read_values_xml(std::string_view xml, std::vector<std::pair<std::string, std::string>>& data) {
  if (base::trim(xml).empty() || xml.size() > limits::json_bytes_max) return;
  WindowsRecord record;
  // Bare elements need one around them.
  const std::string whole = fmt::format("<values>{}</values>", xml);
  if (!Reading(record, true).read(whole)) return;
  for (auto& each : record.data) data.push_back(std::move(each));
}

}  // namespace vedette::normalise::windows
