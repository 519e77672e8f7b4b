// Owns: what the web app's settings show and change of how long things are kept, as the API's JSON:
// the days that there are, their rows by table, what each change would delete. Promises: what would
// be deleted needs the sentence that was shown with it. Must not know: HTTP, roles. Any thread.
#pragma once

#include <functional>
#include <vector>

#include "app/data_layout.h"
#include "app/retention_settings.h"
#include "ports/clock.h"
#include "server/settings_desk.h"

namespace vedette::app {

class RetentionsDesk : public server::RetentionDesk {
 public:
  using Segments = std::function<base::Result<std::vector<ports::SegmentInformation>>()>;
  // All outlive it.
  RetentionsDesk(RetentionSettings& settings, Segments segments, DataLayout data,
                 const ports::Clock& clock)
      : settings_(settings),
        segments_(std::move(segments)),
        data_(std::move(data)),
        clock_(clock) {}

  [[nodiscard]] Answer show() override;
  [[nodiscard]] Answer change(const base::Json& body, const server::DeskNote& note) override;

 private:
  RetentionSettings& settings_;
  const Segments segments_;
  const DataLayout data_;
  const ports::Clock& clock_;
};

}  // namespace vedette::app
