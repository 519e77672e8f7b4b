#include "notify/terminal.h"

#include <fmt/format.h>

#include "base/text.h"
#include "notify/chat_text.h"
#include "notify/facts.h"

namespace vedette::notify {
namespace {

using model::AlertChange;
using model::Severity;

constexpr std::string_view indent = "                      ";  // under the first line's severity
constexpr std::size_t title_bytes_max = 400;
constexpr std::size_t place_bytes_max = 300;
constexpr std::size_t line_units_max = 900;
constexpr std::size_t reason_bytes_max = 400;
constexpr std::size_t reasons_shown_max = 5;

std::string encode(std::string_view text, std::size_t units_max) {
  return visible_text(text, units_max);
}

std::string_view colour_of(AlertChange change, Severity severity) {
  if (change == AlertChange::closed || change == AlertChange::withdrawn) return "\x1b[2m";
  switch (severity) {
    case Severity::high:
      return "\x1b[1;31m";
    case Severity::medium:
      return "\x1b[1;33m";
    case Severity::low:
      return "\x1b[36m";
    case Severity::informational:
      break;
  }
  return "\x1b[34m";
}

std::string_view word_of(AlertChange change, Severity severity) {
  switch (change) {
    case AlertChange::closed:
      return "closed";
    case AlertChange::withdrawn:
      return "undone";
    case AlertChange::updated:
      return "update";
    case AlertChange::opened:
      break;
  }
  switch (severity) {
    case Severity::high:
      return "HIGH";
    case Severity::medium:
      return "MEDIUM";
    case Severity::low:
      return "LOW";
    case Severity::informational:
      break;
  }
  return "INFO";
}

std::string names(const model::Alert& alert, model::EntityType type, std::string_view one,
                  std::string_view many) {
  const auto values = entity_values(alert, type);
  if (values.empty()) return {};
  return fmt::format("; {} {}", values.size() == 1 ? one : many,
                     encode_list(values, &encode, line_units_max));
}

std::string where(const model::Alert& alert) {
  const std::string place = visible_text(place_text(alert.location), place_bytes_max);
  const std::string network = visible_text(operator_text(alert.location), place_bytes_max);
  if (place.empty() && network.empty()) return {};
  return fmt::format(" ({}{}{})", place, place.empty() || network.empty() ? "" : "; ", network);
}

}  // namespace

std::string format_for_terminal(const TerminalStyle& style, AlertChange change,
                                const model::Alert& alert) {
  const std::string_view on = style.colour ? colour_of(change, alert.severity) : "";
  const std::string_view off = style.colour ? "\x1b[0m" : "";
  const std::string time =
      alert.last_event.is_set() ? base::format_seconds(alert.last_event) : std::string(20, ' ');
  std::string out =
      fmt::format("{:<20}  {}{:<6}  {}{}{}\n", time, on, word_of(change, alert.severity),
                  visible_text(alert.title, title_bytes_max), off, where(alert));
  const std::string_view one = alert.momentary ? "account" : "user tried";
  const std::string_view many = alert.momentary ? "accounts" : "users tried";
  const std::string_view event = alert.momentary ? "event" : "attempt";
  out += fmt::format("{}{} {}{}, {}{}{}\n", indent, base::group_thousands(alert.event_count), event,
                     alert.event_count == 1 ? "" : "s", status_text(change, alert),
                     names(alert, model::EntityType::host, "host", "hosts"),
                     names(alert, model::EntityType::account, one, many));
  if (change == AlertChange::updated) return out;
  for (std::size_t i = 0; i < alert.reasons.size() && i < reasons_shown_max; ++i)
    out += fmt::format("{}why: {}\n", indent, visible_text(alert.reasons[i], reason_bytes_max));
  if (!alert.techniques.empty())
    out += fmt::format("{}ATT&CK {}, rule {}\n", indent,
                       encode_list(alert.techniques, &encode, 200), visible_text(alert.rule, 100));
  return out;
}

}  // namespace vedette::notify
