// Owns: a configured channel as something that sends: the one place that joins its settings with
// the network. Promises: nothing is sent; an error says which setting does not work. Must not know:
// queues. Any thread.
#pragma once

#include <memory>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "notify/sender.h"

namespace vedette::app {

// What it sends; not for mail.
[[nodiscard]] base::Result<std::unique_ptr<notify::Channel>> make_channel(
    const ChannelSetting& channel, const Configuration& configuration);
[[nodiscard]] base::Result<std::unique_ptr<notify::Sender>> make_sender(
    const ChannelSetting& channel, const Configuration& configuration, const SignInWorld& world);

}  // namespace vedette::app
