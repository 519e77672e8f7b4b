#include "notify/message_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "notify/webhook.h"

namespace vedette::notify {
namespace {

using model::AlertChange;
using model::EntityType;

constexpr std::size_t word_max = 100;  // a rule's name, a key

std::size_t place_of(model::Severity severity) {
  return static_cast<std::size_t>(severity);
}

// ServiceNow's and its kin's: 1 is the most urgent.
std::string_view urgency_of(model::Severity severity) {
  constexpr std::array<std::string_view, 4> urgencies{"3", "3", "2", "1"};
  return urgencies.at(place_of(severity));
}

std::string iso_seconds(base::Timestamp time) {
  if (!time.is_set()) return {};
  return base::format_iso(base::Timestamp::from_unix_seconds(time.unix_seconds()));
}

std::string join(const std::vector<std::string>& lines, std::string_view between) {
  std::string out;
  for (const auto& line : lines) {
    if (!out.empty()) out += between;
    out += line;
  }
  return out;
}

}  // namespace

std::string MessageFields::title() const {
  const bool is_update = style_.says_update && message_.change == AlertChange::updated;
  return (is_update ? "Update: " : "") + headline(message_.change, message_.alert);
}

// As many as fit, each encoded; how many did not is said.
std::vector<std::string> MessageFields::reasons() const {
  std::vector<std::string> texts = message_.alert.reasons;
  if (texts.empty()) texts.push_back(status_text(message_.change, message_.alert));
  return listed_lines(std::move(texts));
}

std::vector<std::string> MessageFields::listed_lines(std::vector<std::string> texts) const {
  constexpr std::size_t rest_units = 40;  // " and 4294967295 more"
  std::vector<std::string> lines;
  std::size_t units = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string line = encoded(texts[i], style_.reason_max);
    units += utf16_units(line) + utf16_units(style_.reasons.before) +
             utf16_units(style_.reasons.after) + utf16_units(style_.reasons.between);
    if (units + (i + 1 < texts.size() ? rest_units : 0) > style_.reasons_max && i > 0) {
      lines.push_back(fmt::format("and {} more", texts.size() - i));
      break;
    }
    lines.push_back(std::move(line));
  }
  for (std::string& line : lines)
    line = fmt::format("{}{}{}", style_.reasons.before, line, style_.reasons.after);
  return lines;
}

std::string MessageFields::value_of(const Fact& fact) const {
  const bool list = fact.values.size() > 1;
  const std::size_t most = fact.about_users ? style_.users_max : style_.value_max;
  return encode_list(fact.values, style_.encode, most, list ? style_.item_max : style_.value_max);
}

std::vector<std::string> MessageFields::lines() const {
  std::vector<std::string> all{encoded(title(), style_.title_max)};
  for (std::string& reason : reasons()) all.push_back(std::move(reason));
  for (const Fact& fact : facts(message_.change, message_.alert))
    all.push_back(fmt::format("{}: {}", encoded(fact.label, word_max), value_of(fact)));
  all.push_back(encoded(footer_text(message_.incident, message_.alert), style_.footer_max));
  return all;
}

std::string MessageFields::listed(EntityType type) const {
  const auto values = entity_values(message_.alert, type);
  if (values.empty()) return {};
  return encode_list(values, style_.encode, style_.users_max, style_.item_max);
}

std::string MessageFields::notice_text(const model::Notice& notice, std::string_view field) const {
  const auto moment = [](base::Timestamp time) {
    return time.is_set() ? base::format_seconds(time) : std::string("-");
  };
  if (field == "subject") return encoded(notice.subject, style_.title_max);
  if (field == "incident_id") return encoded(notice.incident_id, style_.value_max);
  if (field == "incident_type") return encoded(notice.incident_type, style_.value_max);
  if (field == "affected") return encoded(notice.affected, style_.users_max);
  if (field == "detected") return moment(notice.detected);
  if (field == "deadline") return moment(notice.deadline);
  if (field == "action") return encoded(notice.action, style_.reasons_max);
  if (field == "notes") return join(listed_lines(notice.notes), style_.reasons.between);
  return {};
}

std::string MessageFields::text(std::string_view field) const {
  const model::Alert& alert = message_.alert;
  const auto in_words = [&](std::string_view words) { return encoded(words, word_max); };
  if (field == "headline") return encoded(title(), style_.title_max);
  if (field == "summary")
    return (style_.encode_summary != nullptr ? style_.encode_summary : style_.encode)(
        title(), style_.summary_max);
  if (field == "title") return encoded(alert.title, style_.title_max);
  if (field == "reasons") return join(reasons(), style_.reasons.between);
  if (field == "lines") return join(lines(), "\n");
  if (field == "facts") {
    std::vector<std::string> rows;
    for (const Fact& fact : facts(message_.change, alert))
      rows.push_back(fmt::format("{}{}{}{}{}", style_.facts.before, encoded(fact.label, word_max),
                                 style_.facts.middle, value_of(fact), style_.facts.after));
    return join(rows, style_.facts.between);
  }
  if (field == "footer") return encoded(footer_text(message_.incident, alert), style_.footer_max);
  if (field == "colour") return std::string(style_.colours.at(place_of(alert.severity)));
  if (field == "severity") return std::string(model::name_of(alert.severity));
  if (field == "urgency") return std::string(urgency_of(alert.severity));
  if (field == "change") return std::string(model::name_of(message_.change));
  if (field == "status") return in_words(status_text(message_.change, alert));
  if (field == "number")
    return message_.incident == 0 ? "" : fmt::format("[#{}] ", message_.incident);
  if (field == "incident") return message_.incident == 0 ? "" : std::to_string(message_.incident);
  if (field == "rule") return in_words(alert.rule);
  if (field == "alert") return model::format_id(alert.id);
  if (field == "key")
    return in_words(message_.key.empty() ? Webhook::message_id(message_.change, alert)
                                         : message_.key);
  if (field == "first") return iso_seconds(alert.first_event);
  if (field == "last") return iso_seconds(alert.last_event);
  if (field == "attempts") return std::to_string(alert.event_count);
  if (field == "addresses") return listed(EntityType::ip);
  if (field == "networks") return listed(EntityType::network);
  if (field == "users") return listed(EntityType::account);
  if (field == "hosts") return listed(EntityType::host);
  if (field == "place") return encoded(place_text(alert.location), style_.value_max);
  if (field == "operator") return encoded(operator_text(alert.location), style_.value_max);
  if (field == "techniques" && !alert.techniques.empty())
    return encode_list(alert.techniques, style_.encode, style_.value_max, style_.item_max);
  if (field == "acknowledge" && !message_.acknowledge.empty())
    return fmt::format("{}{}{}", style_.acknowledge.before, message_.acknowledge,
                       style_.acknowledge.after);
  if (message_.notice != nullptr) return notice_text(*message_.notice, field);
  return {};  // a field of another kind of sink ({{project}}) or message
}

}  // namespace vedette::notify
