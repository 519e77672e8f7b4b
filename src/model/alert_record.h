// Owns: an alert as it is kept: one JSON text with every field (what people and programs are shown
// is model::append_json, which leaves some out).
// Promises: read_alert(write_alert(alert)) is that alert, whatever bytes its texts hold: text that
// is not UTF-8 is kept in hexadecimal. Members that a later version adds are passed over, and those
// an earlier one did not write keep their defaults. Must not know: where it is kept. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/alert.h"

namespace vedette::model {

[[nodiscard]] std::string write_alert(const Alert& alert);
// malformed: not what write_alert wrote.
[[nodiscard]] base::Result<Alert> read_alert(std::string_view text);

}  // namespace vedette::model
