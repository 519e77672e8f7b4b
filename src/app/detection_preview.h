// Owns: the answer to "what would have been told with these settings": the identity detections run
// over the sign-ins and changes that are in the tables, once with the settings as they are and once
// as they would be, beside the pipeline and without touching what it knows. Promises: the same
// normaliser and the same detections as live; people are learned from what is stored before the
// days that are asked for; bounded in events, and says what it left out; ends soon after a stop.
// Must not know: HTTP, how settings are kept. Any thread; one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "app/hunt_request.h"
#include "base/result.h"
#include "base/time.h"
#include "detect/identity/identity_watch.h"
#include "model/tenant_directory.h"
#include "ports/clock.h"

namespace vedette::app {

struct PreviewedAlert {
  std::string rule, title;
  base::Timestamp time;
};

// Of the people to whom one line of working_hours belongs, or none of them.
struct PreviewedHours {
  std::string who;                       // empty: who no line names
  int people = 0;                        // that the directory knows
  int came = 0, came_outside = 0;        // people who came in at all, and outside of these hours
  int log_ins = 0, log_ins_outside = 0;  // of theirs
  int alerts = 0;                        // of after_hours
};

struct PreviewReport {
  std::map<std::string, int> now, then;  // alerts that people are told of, by rule
  std::vector<PreviewedAlert> added, removed;
  std::vector<PreviewedHours> hours;  // as they would be: the lines in their order, then the rest
  base::Timestamp first_event;        // of what is stored; unset: there is nothing
  int days = 0, learned_days = 0;
  std::uint64_t events = 0;
  bool is_cut = false;  // more is stored than was looked at
};

struct PreviewGround {
  HuntRunner run;
  std::function<model::TenantDirectory()> directory;
  std::function<detect::identity::PlaceOf()> place_of;
  std::shared_ptr<const detect::identity::PublicHolidays> holidays;  // may be null
  ports::Clock& clock;
};

class DetectionPreview {
 public:
  using Settings = detect::identity::IdentitySettings;

  explicit DetectionPreview(PreviewGround ground) : ground_(std::move(ground)) {}
  [[nodiscard]] base::Result<PreviewReport> compare(const Settings& now, const Settings& then,
                                                    int days, const std::stop_token& stop) const;

 private:
  const PreviewGround ground_;
};

}  // namespace vedette::app
