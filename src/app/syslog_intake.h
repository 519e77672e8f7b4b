// Owns: syslog from the network → journal: a thread for each door. Promises: a door is read on only
// when what it gave is on the disk; without room its senders wait. A stop lets nobody in any more,
// and takes what has arrived, within a second. Must not know: what messages say. Started and
// stopped by one thread; `counts` from any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/intake.h"
#include "app/syslog_setting.h"
#include "collect/syslog_door.h"

namespace vedette::app {

struct NamedDoorCounts {
  std::string name;
  collect::SyslogDoorCounts counts;
};

class SyslogIntake {
 public:
  // The intake is the way into the journal; it and the clock outlive this.
  SyslogIntake(Intake& intake, ports::Clock& clock,
               std::function<void(collect::NoticeLevel level, const std::string& text)> notice)
      : intake_(intake), clock_(clock), notice_(std::move(notice)) {}
  ~SyslogIntake();

  // Opens the door; the port it listens on.
  [[nodiscard]] base::Result<std::uint16_t> open(const SyslogSetting& setting);
  void stop();
  [[nodiscard]] std::vector<NamedDoorCounts> counts() const;

 private:
  struct Lane {
    std::string source;
    std::unique_ptr<collect::SyslogDoor> door;
    std::jthread thread;
  };

  void run(Lane& lane, const std::stop_token& stop);
  void take_the_rest(Lane& lane);
  void tell(Lane& lane);
  [[nodiscard]] ports::RawRecord record_of(const Lane& lane, std::string payload) const;

  Intake& intake_;
  ports::Clock& clock_;
  const std::function<void(collect::NoticeLevel level, const std::string& text)> notice_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace vedette::app
