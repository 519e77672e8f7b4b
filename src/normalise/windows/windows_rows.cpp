#include "normalise/windows/windows_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "normalise/windows/windows_words.h"

namespace vedette::normalise::windows {
namespace {

using kql::Type;
using model::TableBatch;

enum class Kind : std::uint8_t { security, event, windows_event };
constexpr std::array<std::string_view, 3> table_names{"SecurityEvent", "Event", "WindowsEvent"};

Kind kind_of(const WindowsRecord& record) {
  if (base::equals_ignoring_case(record.channel, "Security")) return Kind::security;
  const bool is_sysmon = record.channel.find("Sysmon") != std::string::npos;
  const bool is_classic = record.channel.find('/') == std::string::npos;
  return is_sysmon || is_classic ? Kind::event : Kind::windows_event;
}

void append_xml(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
}

// As the Azure Monitor agent writes what has no column.
class EventDataXml {
 public:
  void add(std::string_view name, std::string_view value) {
    if (text_.empty())
      text_ = R"(<EventData xmlns="http://schemas.microsoft.com/win/2004/08/events/event">)";
    text_ += "<Data Name=\"";
    append_xml(text_, name);
    text_ += "\">";
    append_xml(text_, value);
    text_ += "</Data>";
  }
  [[nodiscard]] std::string take() {
    return text_.empty() ? std::string() : std::exchange(text_, {}) + "</EventData>";
  }

 private:
  std::string text_;
};

// DOMAIN\name, or the name alone.
std::string account(std::string_view domain, std::string_view name) {
  if (name.empty()) return {};
  return domain.empty() ? std::string(name) : fmt::format("{}\\{}", domain, name);
}

bool has_user(std::uint32_t event_id) {
  constexpr auto ids =
      std::to_array<std::uint32_t>({4624, 4625, 4634, 4647, 4740, 4768, 4769, 4771, 4776});
  return std::ranges::find(ids, event_id) != ids.end();
}

}  // namespace

struct WindowsRows::Table {
  struct Column {
    std::string name;
    Type type = Type::string;
    std::size_t place = unused;  // among the batch's columns
    static constexpr std::size_t unused = SIZE_MAX;
  };

  Table(const kql::Catalogue& catalogue, std::string_view name, bool seeks)
      : rows(std::string(name)) {
    seeks_everywhere = seeks;
    if (seeks) rows.seek_everywhere();
    const kql::CatalogueTable* known = catalogue.table(name);
    if (known == nullptr) return;
    for (const auto& column : known->columns) {
      by_name.emplace(base::to_lower_ascii(column.name), columns.size());
      columns.push_back({column.name, column.type});
    }
  }

  Column* column_of(std::string_view name) {
    // What every row has is nobody's to say.
    if (name.starts_with('_')) return nullptr;
    const auto found = by_name.find(base::to_lower_ascii(name));
    if (found == by_name.end()) return nullptr;
    return &columns[found->second];
  }
  bool is_set(const Column& column) const {
    if (column.place == Column::unused) return false;
    const auto& rows_set = rows.columns()[column.place].rows;
    return !rows_set.empty() && rows_set.back() + 1 == rows.row_count();
  }
  std::size_t place_of(Column& column) {
    if (column.place == Column::unused) column.place = rows.column(column.name);
    return column.place;
  }
  // Each column of a row is set once: the first value stays. False: it is set already, there is
  // none of that name, or the value is none of its type.
  bool set(std::string_view name, std::string_view value) {
    Column* column = column_of(name);
    if (column == nullptr || is_set(*column)) return false;
    if (column->type == Type::string || column->type == Type::guid) {
      if (!value.empty()) rows.set_text(place_of(*column), value);
      return column->type == Type::string;
    }
    if (column->type == Type::dynamic) {
      rows.set_text(place_of(*column), value);
      return true;
    }
    if (column->type != Type::int32 && column->type != Type::int64) return false;
    const auto number = read_number(value);
    if (!number || (column->type == Type::int32 && *number != static_cast<std::int32_t>(*number)))
      return value.empty() || value == "-";
    rows.set(place_of(*column), *number);
    return true;
  }
  void set(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) set(name, std::string_view(std::to_string(*value)));
  }
  void take(std::vector<TableBatch>& taken) {
    if (rows.row_count() == 0) return;
    TableBatch fresh{std::string(rows.table())};
    if (seeks_everywhere) fresh.seek_everywhere();
    taken.push_back(std::exchange(rows, std::move(fresh)));
    for (Column& column : columns) column.place = Column::unused;
  }

  TableBatch rows;
  bool seeks_everywhere = false;
  std::vector<Column> columns;
  std::unordered_map<std::string, std::size_t> by_name;  // lower case
};

WindowsRows::WindowsRows(const kql::Catalogue& catalogue) {
  for (const bool seeks : {false, true})
    for (const std::string_view name : table_names)
      tables_.push_back(std::make_unique<Table>(catalogue, name, seeks));
}
WindowsRows::~WindowsRows() = default;

void WindowsRows::add(const WindowsRecord& record, const model::RowHead& head,
                      bool seeks_everywhere) {
  const Kind kind = kind_of(record);
  Table& table =
      *tables_[static_cast<std::size_t>(kind) + (seeks_everywhere ? table_names.size() : 0)];
  table.rows.add_row(head);
  table.set("Computer", record.computer);
  table.set("EventID", std::int64_t{record.event_id});
  if (record.level) table.set("EventLevelName", level_name(*record.level));
  switch (kind) {
    case Kind::security:
      return add_security(record, table);
    case Kind::event:
      return add_event(record, table);
    case Kind::windows_event:
      return add_windows_event(record, table);
  }
}

void WindowsRows::add_security(const WindowsRecord& record, Table& table) {
  table.set("EventSourceName", record.provider);
  table.set("Channel", "Security");
  if (const auto words = activity_of(record.event_id); !words.empty())
    table.set("Activity", fmt::format("{} - {}", record.event_id, words));
  table.set("Task", record.task);
  if (record.level) table.set("Level", std::to_string(*record.level));
  table.set("Opcode", record.opcode);
  table.set("Keywords", record.keywords);
  table.set("EventRecordId", std::to_string(record.record_id));
  table.set("SystemProcessId", record.process_id);
  table.set("SystemThreadId", record.thread_id);
  table.set("SystemUserId", record.user_sid);
  table.set("Correlation", record.activity_id);
  table.set("Version", record.version);
  const auto subject = account(record.value("SubjectDomainName"), record.value("SubjectUserName"));
  const auto target = account(record.value("TargetDomainName"), record.value("TargetUserName"));
  table.set("SubjectAccount", subject);
  table.set("TargetAccount", target);
  const bool is_of_target = has_user(record.event_id) || subject.empty();
  std::string whole = is_of_target ? target : subject;
  if (whole.empty()) whole = account(record.value("AccountDomain"), record.value("AccountName"));
  table.set("Account", whole);
  if (!whole.empty()) table.set("AccountType", whole.ends_with('$') ? "Machine" : "User");
  EventDataXml others;
  for (const auto& [name, value] : record.data) {
    if (base::equals_ignoring_case(name, "LogonType")) {
      const auto type = read_log_on_type(value);
      if (!type) others.add(name, value);
      table.set("LogonType", type);
      if (const auto words = log_on_type_name(type.value_or(-1)); !words.empty())
        table.set("LogonTypeName", fmt::format("{} - {}", *type, words));
    } else if (!table.set(name, value)) {
      others.add(name, value);
    }
  }
  const std::string_view program = record.value("NewProcessName").empty()
                                       ? record.value("ProcessName")
                                       : record.value("NewProcessName");
  table.set("Process", program.substr(program.rfind('\\') + 1));
  table.set("EventData", others.take());
}

void WindowsRows::add_event(const WindowsRecord& record, Table& table) {
  table.set("Source", record.provider);
  table.set("EventLog", record.channel);
  table.set("EventLevel", record.level);
  table.set("EventCategory", record.task);
  table.set("RenderedDescription", record.message);
  table.set("UserName", record.user_sid);
  EventDataXml values;
  for (const auto& [name, value] : record.data) values.add(name, value);
  table.set("EventData", values.take());
}

void WindowsRows::add_windows_event(const WindowsRecord& record, Table& table) {
  table.set("Provider", record.provider);
  table.set("Channel", record.channel);
  table.set("EventLevel", record.level);
  table.set("EventRecordId", std::to_string(record.record_id));
  table.set("Keywords", record.keywords);
  table.set("Opcode", record.opcode);
  table.set("SystemProcessId", record.process_id);
  table.set("SystemThreadId", record.thread_id);
  table.set("SystemUserId", record.user_sid);
  table.set("Task", record.task);
  table.set("Version", record.version);
  table.set("Correlation", record.activity_id);
  base::JsonWriter values;
  values.begin_object();
  for (auto each = record.data.begin(); each != record.data.end(); ++each) {
    const bool is_repeat = std::any_of(
        record.data.begin(), each, [&](const auto& known) { return known.first == each->first; });
    if (!is_repeat) values.member(each->first, each->second);
  }
  values.end_object();
  table.set("EventData", values.text());
}

void WindowsRows::take(std::vector<TableBatch>& taken) {
  for (const auto& table : tables_) table->take(taken);
}

}  // namespace vedette::normalise::windows
