#include "app/incident_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/text.h"
#include "notify/facts.h"

namespace vedette::app {
namespace {

using model::Incident;

// Longer texts are cut in a table's cell and in a page's line.
constexpr std::size_t cell_bytes_max = 200;
constexpr std::size_t line_bytes_max = 4'000;

std::string shown(std::string_view text, std::size_t bytes_max = cell_bytes_max) {
  return base::encode_terminal(text, bytes_max);
}

std::string time_text(base::Timestamp time) {
  return time.is_set() ? base::format_seconds(time) : "-";
}

// Characters, not bytes: near enough to columns for names of people.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The last column is as wide as it likes.
class Table {
 public:
  explicit Table(std::vector<std::string> head) { add(std::move(head)); }
  void add(std::vector<std::string> row) {
    widths_.resize(std::max(widths_.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths_[i] = std::max(widths_[i], width_of(row[i]));
    rows_.push_back(std::move(row));
  }
  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        out += row[i];
        if (i + 1 < row.size()) out.append(widths_[i] - width_of(row[i]) + 2, ' ');
      }
      out += '\n';
    }
    return out;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

std::string owner_text(const Incident& incident) {
  return incident.owner.empty() ? "nobody's" : shown(incident.owner) + "'s";
}

std::string status_text(const Incident& incident) {
  std::string text(model::name_of(incident.status));
  if (incident.status != model::IncidentStatus::closed) return text + ", " + owner_text(incident);
  text += fmt::format(" as {}", model::name_of(incident.classification));
  if (incident.merged_into != 0)
    text += fmt::format(", goes on as incident {}", incident.merged_into);
  if (!incident.closing_comment.empty()) text += ": " + shown(incident.closing_comment);
  return text;
}

void add_fact(std::string& out, std::string_view label, const std::string& value) {
  if (!value.empty()) out += fmt::format("  {:<13} {}\n", label, value);
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + value;
  return shown(text, line_bytes_max);
}

std::string facts_of(const Incident& incident) {
  const model::Alert all = model::combine(incident.alerts);
  std::string out;
  add_fact(out, "Status", status_text(incident));
  add_fact(out, "Severity",
           std::string(model::name_of(incident.severity)) +
               (incident.severity_set_by_person ? " (set by a person)" : ""));
  add_fact(out, "First event", time_text(incident.first_event));
  add_fact(out, "Last event", time_text(incident.last_event));
  add_fact(out, "Opened", time_text(incident.created));
  if (incident.acknowledged.is_set())
    add_fact(out, "Acknowledged", time_text(incident.acknowledged));
  if (incident.closed.is_set()) add_fact(out, "Closed", time_text(incident.closed));
  add_fact(out, "Attempts", base::group_thousands(all.event_count));
  using model::EntityType;
  add_fact(out, "Address", joined(notify::entity_values(all, EntityType::ip)));
  add_fact(out, "Network", joined(notify::entity_values(all, EntityType::network)));
  add_fact(out, "User", joined(notify::entity_values(all, EntityType::account)));
  add_fact(out, "Host", joined(notify::entity_values(all, EntityType::host)));
  add_fact(out, "File", joined(notify::entity_values(all, EntityType::file)));
  add_fact(out, "Place", shown(notify::place_text(all.location)));
  add_fact(out, "Operator", shown(notify::operator_text(all.location)));
  add_fact(out, "Techniques", joined(all.techniques));
  for (std::size_t i = 0; i < all.reasons.size(); ++i)
    out += fmt::format("  {:<13} {}\n", i == 0 ? "Why" : "", shown(all.reasons[i], line_bytes_max));
  for (std::size_t i = 0; i < incident.tasks.size(); ++i) {
    const model::IncidentTask& task = incident.tasks[i];
    out += fmt::format("  {:<13} {}. [{}] {}{}\n", i == 0 ? "Tasks" : "", i + 1,
                       task.done.is_set() ? "x" : " ", shown(task.text, line_bytes_max),
                       task.done.is_set() ? " (done by " + shown(task.done_by) + ")" : "");
  }
  return out;
}

std::string timeline_of(const std::vector<model::TimelineEntry>& timeline) {
  Table table({"  When", "Who", "What"});
  for (const auto& entry : timeline) {
    const base::Timestamp when = entry.event.is_set() ? entry.event : entry.at;
    const base::Duration later = entry.at - when;
    std::string what =
        fmt::format("{}: {}", model::name_of(entry.kind), shown(entry.text, line_bytes_max));
    std::ranges::replace(what.begin(), what.begin() + std::ssize(model::name_of(entry.kind)), '_',
                         ' ');
    if (later >= base::Duration::minutes(1))
      what += fmt::format(" (we learned it {} later)", base::format_duration(later));
    table.add({"  " + time_text(when), shown(entry.actor), std::move(what)});
  }
  return table.text();
}

std::string next_steps(const Incident& incident) {
  if (incident.status == model::IncidentStatus::closed)
    return incident.merged_into != 0
               ? fmt::format("\nNext: vedette incidents show {}\n", incident.merged_into)
               : fmt::format("\nNext: vedette incidents reopen {}\n", incident.number);
  const std::string first = incident.status == model::IncidentStatus::new_incident
                                ? fmt::format("ack {}, ", incident.number)
                                : "";
  return fmt::format(
      "\nNext: vedette incidents {0}assign {1}, comment {1} TEXT, close {1} --class CLASS\n", first,
      incident.number);
}

}  // namespace

std::string table_of_incidents(const std::vector<Incident>& incidents) {
  Table table({"Number", "Severity", "Status", "Last event", "Attempts", "Owner", "Title"});
  for (const Incident& incident : incidents) {
    std::uint64_t attempts = 0;
    for (const auto& alert : incident.alerts)
      if (alert.status != model::AlertStatus::withdrawn) attempts += alert.event_count;
    table.add({std::to_string(incident.number), std::string(model::name_of(incident.severity)),
               std::string(model::name_of(incident.status)), time_text(incident.last_event),
               base::group_thousands(attempts),
               incident.owner.empty() ? "-" : shown(incident.owner), shown(incident.title)});
  }
  return table.text();
}

std::string page_of_incident(const Incident& incident,
                             const std::vector<model::TimelineEntry>& timeline) {
  std::string out = fmt::format("Incident {}: {}\n\n", incident.number, shown(incident.title));
  if (!incident.alerts.empty()) out += facts_of(incident);
  Table alerts({"  Alert", "Rule", "Status", "First event", "Attempts", "Title"});
  for (const auto& alert : incident.alerts)
    alerts.add({"  " + model::format_id(alert.id), shown(alert.rule),
                std::string(model::name_of(alert.status)), time_text(alert.first_event),
                base::group_thousands(alert.event_count), shown(alert.title)});
  out += "\nAlerts\n" + alerts.text();
  out += "\nTimeline\n" + timeline_of(timeline);
  return out + next_steps(incident);
}

std::string table_of_messages(const std::vector<ports::OutboxMessage>& messages) {
  Table table({"Incident", "Channel", "Change", "State", "Attempts", "When", "What"});
  for (const auto& message : messages) {
    const base::Timestamp when = message.settled.is_set() ? message.settled : message.created;
    table.add({std::to_string(message.incident), shown(message.channel),
               std::string(model::name_of(message.change)), std::string(name_of(message.state)),
               std::to_string(message.attempts), time_text(when),
               message.error.empty() ? shown(message.alert.title) : shown(message.error)});
  }
  return table.text();
}

std::string line_of_incident(const Incident& incident) {
  return fmt::format("Incident {}: {}, {}: {}\n", incident.number, status_text(incident),
                     model::name_of(incident.severity), shown(incident.title));
}

}  // namespace vedette::app
