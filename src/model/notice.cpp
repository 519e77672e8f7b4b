#include "model/notice.h"

#include "base/json.h"

namespace vedette::model {
namespace {

template <typename Of, typename Visit>
void each_text(Of& notice, Visit visit) {
  visit("policy", notice.policy);
  visit("subject", notice.subject);
  visit("incident_id", notice.incident_id);
  visit("incident_type", notice.incident_type);
  visit("affected", notice.affected);
  visit("action", notice.action);
}

}  // namespace

std::string write_notice(const Notice& notice) {
  base::JsonWriter out;
  out.begin_object();
  each_text(notice,
            [&](std::string_view name, const std::string& text) { out.member(name, text); });
  out.key("detected").number(notice.detected.ticks);
  out.key("deadline").number(notice.deadline.ticks);
  out.key("can_acknowledge").boolean(notice.can_acknowledge);
  out.key("notes").begin_array();
  for (const auto& note : notice.notes) out.string(note);
  return out.end_array().end_object().take();
}

base::Result<Notice> read_notice(std::string_view text) {
  const base::Json object = VEDETTE_TRY(base::parse_json(text));
  if (object.as_object() == nullptr)
    return base::failure(base::ErrorCode::malformed, "a notice is no object");
  Notice notice;
  each_text(notice, [&](std::string_view name, std::string& out) {
    if (const auto* value = object[name].as_string()) out = *value;
  });
  if (const auto* ticks = object["detected"].as_integer()) notice.detected.ticks = *ticks;
  if (const auto* ticks = object["deadline"].as_integer()) notice.deadline.ticks = *ticks;
  if (const auto* can = object["can_acknowledge"].as_bool()) notice.can_acknowledge = *can;
  if (const auto* notes = object["notes"].as_array())
    for (const auto& each : *notes)
      if (const auto* note = each.as_string()) notice.notes.push_back(*note);
  return notice;
}

}  // namespace vedette::model
