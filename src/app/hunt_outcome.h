// Owns: what is made of a hunt's rows beside showing them: an alert, a message to a channel, an
// incident. Promises: no rows, no alert; the same rows of the same hunt are the same alert, so a
// second run opens no second incident; what rows hold reaches messages through their encoders only.
// Must not know: how rows were found. Any thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "base/result.h"
#include "hunt/hunt.h"
#include "hunt/test_rows.h"
#include "incident/incident_book.h"
#include "model/alert.h"

namespace vedette::app {

// Of these rows of the answer. `whence`: where it was asked, when that is not here.
[[nodiscard]] model::Alert alert_of(const hunt::Hunt& hunt, const hunt::KeptRows& answer,
                                    std::span<const std::size_t> places, base::Timestamp now,
                                    const std::string& whence = {});

// To that channel of the settings, at once. What the channel answered, for the terminal.
[[nodiscard]] base::Result<std::string> tell_channel(const model::Alert& alert,
                                                     const std::string& channel,
                                                     const Configuration& configuration,
                                                     const SignInWorld& world);
// Into state.db, beside a `serve` that runs or without one; its channels tell it.
[[nodiscard]] base::Result<incident::Recorded> record_alert(const model::Alert& alert,
                                                            const std::string& state_path,
                                                            const Configuration& configuration,
                                                            base::Timestamp now);

}  // namespace vedette::app
