// Owns: what the web app's pages show, change and try out of what is connected, as the API's JSON:
// mail, channels, tenants, log files; and simulated data in their place. Promises: no answer holds
// a secret; what is tried out is not kept; one test at a time. Must not know: HTTP, roles. Any
// thread.
#pragma once

#include <mutex>
#include <stop_token>

#include "app/channels_desk.h"
#include "app/connection_settings.h"
#include "app/serve_control.h"
#include "server/connection_desk.h"

namespace vedette::app {

class ConnectionsDesk : public server::ConnectionDesk {
 public:
  // What `ground` names, `settings` and `control` outlive it. A null `control`: nothing can be
  // changed. `stop` ends a test that runs.
  ConnectionsDesk(ChannelsGround ground, ConnectionSettings& settings, const ServeControl* control,
                  std::stop_token stop)
      : ground_(std::move(ground)),
        settings_(settings),
        control_(control),
        stop_(std::move(stop)) {}

  [[nodiscard]] bool is_simulated() const override {
    return control_ != nullptr && control_->is_simulated;
  }
  [[nodiscard]] std::string show() override;
  [[nodiscard]] std::string show_host_detections() override;
  [[nodiscard]] server::SettingsAnswer change(const base::Json& body,
                                              const server::DeskNote& note) override;
  [[nodiscard]] server::SettingsAnswer test(const base::Json& body,
                                            const server::DeskNote& note) override;
  [[nodiscard]] server::SettingsAnswer simulate(bool is_wanted,
                                                const server::DeskNote& note) override;

 private:
  [[nodiscard]] base::Result<std::string> run_test(const ConnectionChange& change,
                                                   const ConnectionSettings::Trial& trial,
                                                   const std::string& to,
                                                   const server::DeskNote& note);

  const ChannelsGround ground_;
  ConnectionSettings& settings_;
  const ServeControl* const control_;
  const std::stop_token stop_;
  std::mutex test_mutex_;
};

}  // namespace vedette::app
