// Owns: looking at a channel before an incident needs it: what it is told by which rules, what
// would be sent, and one test message with what was answered. Promises: a preview sends nothing and
// holds no secret; a test sends one message about nothing, under an id of its own. Must not know:
// sinks. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "model/alert.h"
#include "notify/preview.h"

namespace vedette::app {

// Null: there is none of that name.
[[nodiscard]] const ChannelSetting* find_channel(const Configuration& configuration,
                                                 const std::string& name);
// That there is none, and what there is.
[[nodiscard]] std::string unknown_channel(const Configuration& configuration,
                                          const std::string& name);
// "soc@example.org through smtp.example.org".
[[nodiscard]] std::string where_of(const ChannelSetting& channel,
                                   const Configuration& configuration);
[[nodiscard]] std::string rules_in_words(const ChannelSetting& channel);

// What is told in a message: of an alert, or of a policy.
[[nodiscard]] std::vector<std::string> previewed_changes();  // "opened" ... "policy"
struct PreviewWish {
  std::string channel;                // its name, or a kind: "mail", "slack" ...
  std::string change = "opened";      // of previewed_changes
  std::optional<model::Alert> alert;  // none: a made-up one
  std::uint64_t incident = 0;         // of that alert
  base::Timestamp now;
};
[[nodiscard]] base::Result<std::vector<notify::PreviewPart>> preview_message(
    const Configuration& configuration, const PreviewWish& wish);

struct TrialOutcome {
  std::string id, answer;  // of the message; what the service said, safe to show
  bool delivered = false;
  std::string ticket;          // that was made; empty: none
  std::string notice;          // of what was delivered: not all is as it should be
  std::string reason, remedy;  // of what was not
};
// As the API tells it.
[[nodiscard]] std::string trial_json(const TrialOutcome& outcome);
// What would be told of it: to be shown before it is sent.
[[nodiscard]] model::Alert test_alert(base::Timestamp now);
[[nodiscard]] base::Result<TrialOutcome> send_test(const ChannelSetting& channel,
                                                   const Configuration& configuration,
                                                   const SignInWorld& world, const std::string& id);

}  // namespace vedette::app
