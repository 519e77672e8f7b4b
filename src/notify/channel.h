// Owns: what every channel to a service over HTTP has in common: one change of an alert becomes one
// request, and the service's answer becomes one of five outcomes.
// Promises: channels are values without state or I/O: what was sent before is handed in with the
// message. Bodies keep the service's limits whatever the alert holds, and no text from outside
// means anything to the service. Must not know: queues, retries, time (dispatcher.h). Called from
// the channel's own thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/notice.h"
#include "notify/channel_address.h"
#include "notify/message_templates.h"
#include "ports/http_client.h"

namespace vedette::notify {

struct Message {
  model::AlertChange change = model::AlertChange::opened;
  const model::Alert& alert;
  std::string_view remote_id;  // of this alert's first message at the service; empty: none is known
  base::Timestamp now;         // of this attempt
  std::string_view key = {};   // idempotency key; empty: the channel makes one of the content
  std::uint64_t incident = 0;  // its number; 0: there is none
  bool maybe_delivered = false;           // an earlier attempt may have arrived
  const model::Notice* notice = nullptr;  // of a policy; null: it tells the alert's change
  std::string_view acknowledge = {};      // a secret: the link that does it; empty: there is none
};

// The service has it. `remote_id` names the message there, where the service says so; `pause` is
// how long it wants nothing more from us, `notice` what the user should know all the same.
struct Delivered {
  std::string remote_id = {};
  base::Duration pause = {};
  std::string notice = {};
};
// Not now. No `wait`: by the sender's own back-off. `maybe_delivered`: the service may have taken
// it.
struct TryAgain {
  std::optional<base::Duration> wait;
  bool maybe_delivered = false;
  std::string reason;
};
// The message that was to be updated is gone at the service: send it as a new one.
struct FirstMessageGone {};
// This message will never be taken; the next one may.
struct MessageRefused {
  std::string reason;
};
// Nothing will be taken any more until somebody repairs the destination.
struct DestinationBroken {
  std::string reason;
};
using Outcome =
    std::variant<Delivered, TryAgain, FirstMessageGone, MessageRefused, DestinationBroken>;

// At most `burst` messages at once, then one each `interval`. No interval: no limit of our own.
struct Pace {
  int burst = 1;
  base::Duration interval;
};

class Channel {
 public:
  virtual ~Channel() = default;
  // The id in an answer is that of the incident's ticket, not of one alert's message.
  [[nodiscard]] virtual bool names_incidents() const { return false; }
  // "Discord at https://discord.com": safe to show.
  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual Pace pace() const = 0;
  // Asked before a message goes out again that may have arrived: is it there? Empty: the service
  // cannot be asked about this one, or knows repeats by their key.
  [[nodiscard]] virtual std::optional<ports::HttpRequest> look_up(const Message&) const {
    return std::nullopt;
  }
  // Its answer: Delivered, with the name there; TryAgain, when it cannot say now; empty: it is not
  // there, or nobody may ask.
  [[nodiscard]] virtual std::optional<Outcome> read_look_up(const Message&,
                                                            const ports::HttpResponse&) const {
    return std::nullopt;
  }
  [[nodiscard]] virtual ports::HttpRequest compose(const Message& message) const = 0;
  [[nodiscard]] virtual Outcome read(const Message& message,
                                     const ports::HttpResponse& response) const = 0;
};

// How a help desk is spoken to.
struct TicketOptions {
  std::string user;    // with a token: Basic; without: Bearer
  base::Secret token;  // or a password
  std::string project;
  std::string issue_type = "Task";
};

struct ChannelOptions {
  // Only for the generic webhook, an error for others: "whsec_" and base64, or any text of at least
  // 24 bytes; empty: unsigned.
  base::Secret signing_secret = {};
  TicketOptions ticket = {};  // only for tickets
  Templates templates = {};   // null: those that come with the program
};

[[nodiscard]] base::Result<std::unique_ptr<Channel>> make_channel(const ChannelAddress& address,
                                                                  ChannelOptions options = {});

// The outcome of the status codes that mean the same everywhere: 2xx, 3xx, 401, 403, 404, 410, 408,
// 425, 429 and 5xx; MessageRefused for other 4xx. Reasons name the status and the remedy.
[[nodiscard]] Outcome outcome_of_status(const Message& message,
                                        const ports::HttpResponse& response);
// What the service said stands behind the reason, where it refused something; safe to show.
[[nodiscard]] Outcome with_words(Outcome outcome, std::string_view said,
                                 std::size_t bytes_max = 300);

}  // namespace vedette::notify
