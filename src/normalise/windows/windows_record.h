// Owns: one record of a Windows event log, whatever it was sent as: XML, or the JSON of any
// forwarder.
// Promises: plain data that owns its text; `data` has the event's own values under the names that
// Windows gives them, in their order. Must not know: what the event means. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time.h"

namespace vedette::normalise::windows {

struct WindowsRecord {
  std::string provider, channel, computer;
  std::uint32_t event_id = 0;
  std::optional<std::int64_t> version, level, task, process_id, thread_id;
  std::uint64_t record_id = 0;  // of its log; 0: it does not say
  std::string opcode, keywords, user_sid, activity_id, message;
  base::Timestamp time;  // unset: it has none that can be read
  std::vector<std::pair<std::string, std::string>> data;
  std::string_view bytes;  // as it came; of the batch

  // The value of that name, whatever its case; empty where there is none, or Windows' "-".
  [[nodiscard]] std::string_view value(std::string_view name) const {
    for (const auto& [known, text] : data)
      if (base::equals_ignoring_case(known, name)) return text == "-" ? std::string_view() : text;
    return {};
  }
};

// Windows writes numbers as 12, 0xc and "0x000000000000000c".
[[nodiscard]] std::optional<std::int64_t> read_number(std::string_view text);
// Times as forwarders write them: ISO with or without zone and fraction, a blank before the zone,
// seconds, milliseconds or 100 ns since 1970 or 1601, /Date(ms)/. `zone_offset`: that of stamps
// that name none.
[[nodiscard]] std::optional<base::Timestamp> read_time(std::string_view text,
                                                       base::Duration zone_offset = {});
// Names the values that came without names (`param1` ...), where it is known what they are; and
// those of messages that came as text alone.
void name_values(WindowsRecord& record);

}  // namespace vedette::normalise::windows
