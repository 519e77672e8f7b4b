// Owns: from what a user writes (`--webhook X`) to which service is meant and where it is.
// Promises: a bad address is an error that says what is wrong and how it should look, and never
// repeats the text, which may hold the secret.
// Forms: URL | KIND:URL, where KIND is discord, slack, teams, webhook, jira, servicenow or github;
// in place of URL: env:NAME or file:PATH. Must not know: what is sent there. Called from any
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::notify {

// The value of an environment variable, or nothing. Passed in by the one place that reads them.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// The secret that `text` stands for: env:NAME, file:PATH (its content without the line end), or
// itself.
[[nodiscard]] base::Result<base::Secret> resolve_secret(std::string_view text,
                                                        const EnvironmentLookup& environment);

enum class ChannelKind : std::uint8_t { discord, slack, webhook, teams, jira, servicenow, github };

[[nodiscard]] std::string_view name_of(ChannelKind kind);

struct ChannelAddress {
  ChannelKind kind = ChannelKind::webhook;
  base::Secret url;
  std::string shown;   // "Discord at https://discord.com": what messages and logs call it
  std::string notice;  // what the user should know once (plain http ...), or empty
};

[[nodiscard]] base::Result<ChannelAddress> parse_channel_address(
    std::string_view text, const EnvironmentLookup& environment);

}  // namespace vedette::notify
