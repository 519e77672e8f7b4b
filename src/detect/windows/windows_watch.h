// Owns: the detections on Windows hosts that are no guessing: rdp_login (somebody sits before the
// desktop from elsewhere), explicit_credentials, account_lockouts, audit_log_cleared. Each is
// something that happened, so its alert is opened and over at once (`momentary`).
// Promises: pure but for its state: the same events give the same alerts, live or replayed. What
// several records say of one session (4624 of type 10, 7 or, under network-level authentication, 3
// with 1149; 4778; 21 and 25) is one alert. State is bounded, what was not heard of for longest
// leaves first. Must not know: how records are parsed, channels, the wall clock. The pipeline's
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "detect/alert_book.h"
#include "detect/allow_list.h"
#include "detect/state_blob.h"
#include "detect/windows/timed_keys.h"
#include "detect/windows/windows_settings.h"
#include "model/windows_log_on.h"

namespace vedette::detect::windows {

inline constexpr std::string_view rdp_login = "rdp_login",
                                  explicit_credentials = "explicit_credentials",
                                  account_lockouts = "account_lockouts",
                                  audit_log_cleared = "audit_log_cleared";

class WindowsWatch {
 public:
  // The settings must have passed `check`; the allow list must outlive this.
  WindowsWatch(const WindowsSettings& settings, const AllowList& allow_list)
      : settings_(settings), allow_list_(allow_list) {}

  // The events of one batch, by time. `now` is processing time, for the alerts' own stamps.
  void run(std::span<const model::WindowsLogOn> log_ons, base::Timestamp now,
           std::vector<ChangedAlert>& out);

  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

 private:
  struct Failure {
    base::Timestamp time;
    std::uint64_t count = 0;  // up to then, each within the lookback of the one before
  };
  struct LockedOut {
    base::Timestamp time;
    std::uint64_t id = 0, user_hash = 0;
    std::string user;
  };

  void judge(const model::WindowsLogOn& log_on, base::Timestamp now,
             std::vector<ChangedAlert>& out);
  void note_failure(const model::WindowsLogOn& log_on);
  [[nodiscard]] std::uint64_t failures_before(std::uint64_t key, base::Timestamp time) const;
  [[nodiscard]] bool is_desktop(const model::WindowsLogOn& log_on);
  void judge_desktop(const model::WindowsLogOn& log_on, base::Timestamp now,
                     std::vector<ChangedAlert>& out);
  void judge_explicit(const model::WindowsLogOn& log_on, base::Timestamp now,
                      std::vector<ChangedAlert>& out);
  void judge_lock_out(const model::WindowsLogOn& log_on, base::Timestamp now,
                      std::vector<ChangedAlert>& out);
  void judge_cleared(const model::WindowsLogOn& log_on, base::Timestamp now,
                     std::vector<ChangedAlert>& out);
  [[nodiscard]] bool is_learning(const model::WindowsLogOn& log_on) const;
  static void tell(model::Alert alert, base::Timestamp now, std::vector<ChangedAlert>& out);

  static constexpr std::size_t keys_max = 32'768, hosts_max = 4'096;

  const WindowsSettings settings_;
  const AllowList& allow_list_;
  TimedKeys hosts_{hosts_max};                           // when each was first heard of
  TimedKeys pairs_{keys_max};                            // person, address and host of a session
  TimedKeys told_{keys_max};                             // what people were told of
  TimedKeys connections_{keys_max};                      // 1149, by the same three
  TimedKeys network_{keys_max};                          // 4624 of type 3, by the same three
  TimedKeys privileged_{keys_max};                       // sessions with an administrator's rights
  TimedKeys uses_{keys_max};                             // who used whose credentials by what
  std::unordered_map<std::uint64_t, Failure> failures_;  // by address, and by account and host
  std::unordered_map<std::uint64_t, std::deque<LockedOut>> lock_outs_;  // by host
};

}  // namespace vedette::detect::windows
