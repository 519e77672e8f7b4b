// Owns: why a change of settings was refused: each problem with its setting, so that a page can say
// it beside the field. Must not know: which settings there are. Any thread.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "net/http_receiver.h"

namespace vedette::server {

struct SettingsRefusal {
  struct Problem {
    std::string setting;  // empty: of all of them
    std::string message;
  };
  int status = 422;
  std::vector<Problem> problems;
};
// A JSON object as the API's document describes it.
using SettingsAnswer = std::expected<std::string, SettingsRefusal>;

[[nodiscard]] net::ReceiverReply reply_of(const SettingsAnswer& answer);

}  // namespace vedette::server
