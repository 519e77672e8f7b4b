// Owns: one Windows event as JSON → a record: the shapes of winlogbeat (ECS, and its older ones),
// NXLog, Fluent Bit, the Azure Monitor agent's tables, `Get-WinEvent | ConvertTo-Json`, Wazuh, and
// JSON made of the XML ({"Event":{"System":...}}).
// Promises: names are found whatever their case and nesting; a value that belongs to no known part
// of a record is one of the event's own. Must not know: what events mean. Pure; any thread.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "normalise/windows/windows_record.h"

namespace vedette::normalise::windows {

// malformed: it is no Windows event, and why. `zone_offset`: of stamps without a zone, where the
// record itself does not show it.
[[nodiscard]] base::Result<WindowsRecord> read_windows_json(const base::Json& json,
                                                            base::Duration zone_offset = {});

}  // namespace vedette::normalise::windows
