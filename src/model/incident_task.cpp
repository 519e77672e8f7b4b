#include "model/incident_task.h"

#include "base/json.h"

namespace vedette::model {

std::string write_tasks(const std::vector<IncidentTask>& tasks) {
  if (tasks.empty()) return {};
  base::JsonWriter out;
  out.begin_array();
  for (const IncidentTask& task : tasks) {
    out.begin_object().member("text", task.text).member("added_by", task.added_by);
    out.member("done_by", task.done_by).key("added").number(task.added.ticks);
    out.key("done").number(task.done.ticks).end_object();
  }
  return out.end_array().take();
}

base::Result<std::vector<IncidentTask>> read_tasks(std::string_view text) {
  std::vector<IncidentTask> tasks;
  if (text.empty()) return tasks;
  const base::Json kept = VEDETTE_TRY(base::parse_json(text));
  const auto* array = kept.as_array();
  if (array == nullptr)
    return base::failure(base::ErrorCode::malformed, "an incident's tasks are no list");
  for (const base::Json& each : *array) {
    const auto time_at = [&](std::string_view name) {
      const auto* ticks = each[name].as_integer();
      return base::Timestamp{ticks == nullptr ? 0 : *ticks};
    };
    tasks.push_back({each["text"].text(), each["added_by"].text(), each["done_by"].text(),
                     time_at("added"), time_at("done")});
  }
  return tasks;
}

}  // namespace vedette::model
