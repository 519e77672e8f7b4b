// Owns: what the routes of settings ask for: channels and their previews and tests, how long things
// are kept, and what people keep of the web app. Promises: answers are JSON objects as the API's
// document describes them; what changes or sends something is noted in the audit log before.
// Must not know: HTTP, roles. Any thread. Bodies: app/channels_desk.h, app/retention_desk.h,
// app/preferences.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace vedette::server {

// Into the audit log, with the caller's name.
using DeskNote = std::function<base::Result<void>(std::string_view action, std::string_view object,
                                                  std::string_view detail)>;

class ChannelDesk {
 public:
  using Answer = base::Result<std::string>;
  struct Wish {
    std::string channel;         // its name, or a kind
    std::string change;          // "opened" ... "policy"
    std::uint64_t incident = 0;  // 0: a made-up one
  };

  virtual ~ChannelDesk() = default;
  [[nodiscard]] virtual Answer show() = 0;
  [[nodiscard]] virtual Answer preview(const Wish& wish) = 0;
  // A mail's body as a page.
  [[nodiscard]] virtual Answer preview_page(const Wish& wish) = 0;
  // Sends one message now; takes as long as the service there does.
  [[nodiscard]] virtual Answer test(const std::string& channel, const DeskNote& note) = 0;
};

class RetentionDesk {
 public:
  using Answer = base::Result<std::string>;

  virtual ~RetentionDesk() = default;
  [[nodiscard]] virtual Answer show() = 0;
  [[nodiscard]] virtual Answer change(const base::Json& body, const DeskNote& note) = 0;
};

// Copies of all that is kept, made while the service runs.
class BackupDesk {
 public:
  using Answer = base::Result<std::string>;

  virtual ~BackupDesk() = default;
  [[nodiscard]] virtual Answer show() = 0;
  // In the background; `show` tells of it.
  [[nodiscard]] virtual Answer begin(const DeskNote& note) = 0;
  [[nodiscard]] virtual Answer remove(const std::string& name, const DeskNote& note) = 0;
};

class PreferenceDesk {
 public:
  using Answer = base::Result<std::string>;

  virtual ~PreferenceDesk() = default;
  // What that person keeps; an empty object at first.
  [[nodiscard]] virtual Answer of(const std::string& person) = 0;
  // In the place of what was there: the text of a JSON object.
  [[nodiscard]] virtual Answer keep(const std::string& person, const std::string& text) = 0;
};

}  // namespace vedette::server
