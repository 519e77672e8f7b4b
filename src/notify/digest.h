// Owns: several messages as one: a digest. Promises: the same messages make the same digest, with
// the same key, at each attempt; each of them is a line of it, in their order. Must not know:
// channels, the outbox's keeping. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/alert.h"
#include "ports/incident_store.h"

namespace vedette::notify {

[[nodiscard]] std::string digest_key(std::span<const ports::OutboxMessage> messages);
// What a channel tells as if it were one alert. `why` ends its title: "of the quiet hours".
[[nodiscard]] model::Alert digest_alert(std::span<const ports::OutboxMessage> messages,
                                        std::string_view why);
// "told here, since "chat" could not be told"; empty for a message of the channel's own.
[[nodiscard]] std::string in_place_of(const ports::OutboxMessage& message);

}  // namespace vedette::notify
