// Owns: what the web app's page Detections shows and changes, as the API's JSON. Promises: what is
// shown comes from the tables that the settings file is read by; a value that does not fit is
// refused with its setting's name; one preview at a time, a newer one ends the one that runs. Must
// not know: HTTP, who asks. Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "app/detection_preview.h"
#include "app/detection_settings.h"
#include "server/api.h"

namespace vedette::app {

class DetectionsDesk : public server::DetectionDesk {
 public:
  DetectionsDesk(DetectionSettings& settings, PreviewGround ground)
      : settings_(settings), directory_(ground.directory), preview_(std::move(ground)) {}

  [[nodiscard]] std::string show() const override;
  [[nodiscard]] Answer change(
      const base::Json& body,
      const std::function<base::Result<void>(std::string_view detail)>& note) override;
  [[nodiscard]] Answer preview(const base::Json& body) override;
  void end_preview() override;

 private:
  // Of a new preview; the one before it ends.
  [[nodiscard]] std::stop_token begin_preview();

  DetectionSettings& settings_;
  const std::function<model::TenantDirectory()> directory_;
  const DetectionPreview preview_;
  std::mutex preview_mutex_;  // held while one runs
  std::mutex stop_mutex_;
  std::stop_source preview_stop_;  // guarded by stop_mutex_
};

}  // namespace vedette::app
