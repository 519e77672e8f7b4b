// Owns: hunts that run again and again in a running `serve`: [[scheduled_hunt]] of the settings,
// and files with `every`. Promises: one at a time; what a run finds that the last one did not is an
// alert, and nothing else is; the last run is remembered in the data folder, so a restart repeats
// nothing; a hunt that fails is told once for each reason and tried again. Must not know: who is
// told. One thread of its own; started and stopped by one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "app/data_layout.h"
#include "app/function_files.h"
#include "app/hunt_request.h"
#include "base/result.h"
#include "hunt/hunt.h"
#include "hunt/test_rows.h"

namespace vedette::app {

// A hunt, and how often it runs.
struct PlannedHunt {
  hunt::Hunt hunt;
  ScheduledHunt plan;
};
// Of the settings and the files. An error: a name that there is not, a value that is none.
[[nodiscard]] base::Result<std::vector<PlannedHunt>> planned_hunts(
    const Configuration& configuration);

struct HuntGround {
  const Configuration& configuration;  // they outlive the schedule
  const FunctionFolder& functions;
  DataLayout data;
  ports::Clock& clock;
  SignInWorld sign_in;
  HuntRunner run;  // here
  std::function<void(bool is_problem, const std::string& text)> notice;
  std::function<void()> messages_wait;
};

class HuntSchedule {
 public:
  // Null when nothing is planned.
  [[nodiscard]] static base::Result<std::unique_ptr<HuntSchedule>> start(const HuntGround& ground);
  HuntSchedule(const HuntGround& ground, std::vector<PlannedHunt> planned);  // for start
  ~HuntSchedule() { stop(); }
  HuntSchedule(const HuntSchedule&) = delete;
  HuntSchedule& operator=(const HuntSchedule&) = delete;
  void stop();

 private:
  struct Entry {
    PlannedHunt planned;
    base::Timestamp due;
    std::string trouble;  // of the last run, when it failed
  };

  void run(const std::stop_token& stop);
  void run_one(Entry& entry, const std::stop_token& stop);
  [[nodiscard]] base::Result<void> find(const PlannedHunt& planned, hunt::KeptRows& answer,
                                        const std::stop_token& stop) const;
  [[nodiscard]] base::Result<void> tell_new(const PlannedHunt& planned,
                                            const hunt::KeptRows& answer, base::Timestamp now);

  const HuntGround ground_;
  std::vector<Entry> entries_;
  std::jthread thread_;
};

}  // namespace vedette::app
