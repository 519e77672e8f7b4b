// Owns: what the web app's settings show of channels, as the API's JSON: rules, previews, and a
// test message that is really sent. Promises: a preview sends nothing; one test at a time. Must not
// know: HTTP, roles. Any thread.
#pragma once

#include <filesystem>
#include <mutex>

#include "app/configuration.h"
#include "ports/clock.h"
#include "ports/incident_store.h"
#include "ports/random.h"
#include "server/settings_desk.h"

namespace vedette::app {

// All outlive it.
struct ChannelsGround {
  const Configuration& configuration;
  ports::IncidentStore& incidents;
  ports::Clock& clock;
  ports::Random& random;
  std::filesystem::path data_folder;
};

class ChannelsDesk : public server::ChannelDesk {
 public:
  explicit ChannelsDesk(ChannelsGround ground) : ground_(std::move(ground)) {}

  [[nodiscard]] Answer show() override;
  [[nodiscard]] Answer preview(const Wish& wish) override;
  [[nodiscard]] Answer preview_page(const Wish& wish) override;
  [[nodiscard]] Answer test(const std::string& channel, const server::DeskNote& note) override;

 private:
  const ChannelsGround ground_;
  std::mutex test_mutex_;
};

}  // namespace vedette::app
