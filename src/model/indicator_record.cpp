#include "model/indicator_record.h"

#include <algorithm>

#include "base/json.h"

namespace vedette::model {

std::string indicator_payload(const IndicatorRecord& record, std::string_view document) {
  base::JsonWriter head;
  head.begin_object().member("source", record.source).member("form", record.form);
  head.key("confidence").number(std::int64_t{record.confidence});
  head.key("for_detection_only").boolean(record.for_detection_only);
  if (record.hold_hours > 0) head.key("hold_hours").number(std::int64_t{record.hold_hours});
  if (record.form == "csv") head.member("columns", record.columns);
  if (record.form == "csv") head.member("delimiter", record.delimiter);
  head.end_object();
  std::string payload = head.take() + "\n";
  return payload.append(document);
}

base::Result<IndicatorPayload> read_indicator_payload(std::string_view payload) {
  const std::size_t end = payload.find('\n');
  const auto head = base::parse_json(payload.substr(0, end));
  if (!head || end == std::string_view::npos || (*head)["form"].text().empty())
    return base::failure(base::ErrorCode::malformed, "the record does not say what it holds");
  IndicatorPayload read;
  read.record.source = (*head)["source"].text();
  read.record.form = (*head)["form"].text();
  if (const auto* number = (*head)["confidence"].as_integer())
    read.record.confidence = static_cast<int>(std::clamp<std::int64_t>(*number, 0, 100));
  if (const auto* flag = (*head)["for_detection_only"].as_bool())
    read.record.for_detection_only = *flag;
  constexpr std::int64_t hours_max = 24L * 3650;
  if (const auto* hours = (*head)["hold_hours"].as_integer())
    read.record.hold_hours = static_cast<int>(std::clamp<std::int64_t>(*hours, 0, hours_max));
  read.record.columns = (*head)["columns"].text();
  if (const auto& text = (*head)["delimiter"].text(); text.size() == 1)
    read.record.delimiter = text;
  read.document = payload.substr(end + 1);
  return read;
}

}  // namespace vedette::model
