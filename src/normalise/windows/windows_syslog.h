// Owns: a Windows event that came as a syslog message: Snare's tabs, CEF (ArcSight's connectors and
// their like), or XML or JSON as it is.
// Promises: what is none of these is none. Must not know: who sent it. Pure; any thread.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "normalise/windows/windows_record.h"

namespace vedette::normalise::windows {

// From where on the message claims to be one, whatever stands before it; empty: it does not.
[[nodiscard]] std::string_view windows_part(std::string_view message);
// Of such a part. malformed: it is none, and why. `zone_offset`: of stamps that name no zone.
[[nodiscard]] base::Result<WindowsRecord> read_windows_message(std::string_view part,
                                                               base::Duration zone_offset = {});

}  // namespace vedette::normalise::windows
