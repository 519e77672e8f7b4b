// Owns: what the routes of connections ask for: mail, channels, tenants and log files that are set
// up on pages, their tests before and after, and simulated data in their place.
// Promises: answers are JSON objects as the API's document describes them; what changes or sends
// something is noted in the audit log before; no answer holds a secret. Must not know: HTTP, roles.
// Any thread. Body: app/connections_desk.h.
#pragma once

#include "base/json.h"
#include "server/settings_desk.h"
#include "server/settings_refusal.h"

namespace vedette::server {

class ConnectionDesk {
 public:
  virtual ~ConnectionDesk() = default;
  // What is shown is simulated.
  [[nodiscard]] virtual bool is_simulated() const = 0;
  [[nodiscard]] virtual std::string show() = 0;
  // The settings of the detections that look at hosts.
  [[nodiscard]] virtual std::string show_host_detections() = 0;
  [[nodiscard]] virtual SettingsAnswer change(const base::Json& body, const DeskNote& note) = 0;
  // Tries out what would be kept; takes as long as the services there do.
  [[nodiscard]] virtual SettingsAnswer test(const base::Json& body, const DeskNote& note) = 0;
  // Shows a simulated company in the place of what there is, or ends it.
  [[nodiscard]] virtual SettingsAnswer simulate(bool is_wanted, const DeskNote& note) = 0;
};

}  // namespace vedette::server
