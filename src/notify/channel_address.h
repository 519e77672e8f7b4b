// Owns: from what a user writes (`--webhook X`) to which service is meant and where it is.
// Promises: a bad address is an error that says what is wrong and how it should look, and never
// repeats the text, which may hold the secret.
// Forms: URL | KIND:URL, where KIND is discord, slack, teams, webhook, jira, servicenow or github;
// in place of URL: env:NAME, file:PATH or vault:NAME/SECRET. Must not know: what is sent there.
// Called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::notify {

// Where secrets lie that settings only refer to: environment variables, and vaults where somebody
// can read them. Passed in by who can.
class EnvironmentLookup {
 public:
  // The value of an environment variable, or nothing.
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;
  // The secret behind "vault:...", or why there is none and what to do.
  using Vaults = std::function<base::Result<base::Secret>(std::string_view reference)>;

  EnvironmentLookup() = default;
  template <typename Callable>
    requires(!std::is_same_v<Callable, EnvironmentLookup> &&
             std::is_constructible_v<Variables, Callable>)
  EnvironmentLookup(Callable variables)  // NOLINT(google-explicit-constructor): as before
      : variables_(std::move(variables)) {}
  EnvironmentLookup(Variables variables, Vaults vaults)
      : variables_(std::move(variables)), vaults_(std::move(vaults)) {}

  [[nodiscard]] std::optional<std::string> operator()(const std::string& name) const {
    return variables_ ? variables_(name) : std::nullopt;
  }
  [[nodiscard]] base::Result<base::Secret> vault(std::string_view reference) const;
  [[nodiscard]] bool reads_vaults() const { return static_cast<bool>(vaults_); }

 private:
  Variables variables_;
  Vaults vaults_;
};

// The secret that `text` stands for: env:NAME, file:PATH (its content without the line end),
// vault:NAME/SECRET, or itself.
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
