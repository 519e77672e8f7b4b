// Owns: refusals in the shapes of Microsoft's clouds, and what the routes that speak their
// languages share. Must not know: routes. Any thread.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/time.h"
#include "net/http_receiver.h"

namespace vedette::server {

// {"error": {"code", "message"}}, with the code as a header.
[[nodiscard]] net::ReceiverReply azure_refusal(int status, std::string_view code,
                                               std::string_view message);
// 503, and when to come again.
[[nodiscard]] net::ReceiverReply cannot_store_now();
[[nodiscard]] net::ReceiverReply wait_reply(base::Duration wait);
[[nodiscard]] base::Json text_of(std::string_view text);
// Nothing where `value` is null or an empty text.
void copy_member(base::Json::Object& to, std::string_view name, const base::Json& value);

}  // namespace vedette::server
