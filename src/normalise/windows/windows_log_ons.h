// Owns: what a Windows record says of log-ins and of accounts: a record → the normalised events.
// Promises: the events' views are of the record, or of what this reader keeps until the next
// `begin`. Names that only a record before it tells (an account's, where a group's new member is a
// number) are remembered, in bounds. Must not know: where records come from. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/change_event.h"
#include "model/windows_log_on.h"
#include "normalise/windows/windows_record.h"

namespace vedette::normalise::windows {

class WindowsLogOns {
 public:
  // A new batch: the views of the last one are no longer used.
  void begin();
  // `id` is the record's identity. Nothing: the record speaks of no log-in.
  [[nodiscard]] std::optional<model::WindowsLogOn> read(const WindowsRecord& record,
                                                        std::uint64_t id);
  [[nodiscard]] std::optional<model::ChangeEvent> read_change(const WindowsRecord& record,
                                                              std::uint64_t id);

 private:
  void learn_name(const WindowsRecord& record);
  [[nodiscard]] std::string_view member_of(const WindowsRecord& record) const;

  std::unordered_map<std::string, std::string> names_;  // of accounts, by SID
};

// "WS5" of "WS5.example.com", in lower case: the same machine in every record.
[[nodiscard]] std::string short_host(std::string_view computer);

}  // namespace vedette::normalise::windows
