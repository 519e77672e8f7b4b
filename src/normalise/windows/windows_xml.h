// Owns: Windows events as XML (`wevtutil`, Windows Event Forwarding, what EVTX files hold) →
// records. Promises: each event is read by itself, so that one that is broken costs none of its
// neighbours; a document type and its entities are never read, nothing is fetched; depth and size
// are bounded. Must not know: what events mean, which library reads (fenced in windows_xml.cpp).
// Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "normalise/windows/windows_record.h"

namespace vedette::normalise::windows {

// The first event of a text; empty: none begins in it. What has no end goes to the text's.
[[nodiscard]] std::string_view first_windows_event(std::string_view text);
// The events of a text, in order, each from its "<Event" to its end. What has no end is the last
// one.
[[nodiscard]] std::vector<std::string_view> split_windows_xml(std::string_view text);
// malformed: it is no XML, or no event, and why.
[[nodiscard]] base::Result<WindowsRecord> read_windows_xml(std::string_view event);
// The values of an <EventData> or of <Data> elements that stand by themselves; what cannot be read
// adds nothing.
void read_values_xml(std::string_view xml, std::vector<std::pair<std::string, std::string>>& data);

}  // namespace vedette::normalise::windows
