#include "server/azure_reply.h"

#include <fmt/format.h>

#include <string>

#include "server/reply.h"

namespace vedette::server {

using base::Json;
using base::JsonWriter;
using net::ReceiverReply;

ReceiverReply azure_refusal(int status, std::string_view code, std::string_view message) {
  JsonWriter out;
  out.begin_object().key("error").begin_object().member("code", code).member("message", message);
  out.end_object().end_object();
  ReceiverReply made = reply(status, out.take());
  made.headers.emplace_back("x-ms-error-code", code);
  return made;
}

ReceiverReply cannot_store_now() {
  ReceiverReply refused =
      azure_refusal(503, "ServiceUnavailable", "nothing can be stored now; send it again");
  refused.headers.emplace_back("Retry-After", "30");
  return refused;
}

// misp2sentinel takes the number out of the words and knows no other header.
ReceiverReply wait_reply(base::Duration wait) {
  const std::int64_t seconds = wait.whole_seconds() + 1;
  JsonWriter out;
  out.begin_object().key("statusCode").number(std::int64_t{429});
  out.member("message", fmt::format("Rate limit is exceeded. Try again in {} seconds.", seconds));
  out.end_object();
  ReceiverReply made = reply(429, out.take());
  made.headers.emplace_back("Retry-After", std::to_string(seconds));
  return made;
}

Json text_of(std::string_view text) {
  return Json(Json::Value(std::string(text)));
}

void copy_member(Json::Object& to, std::string_view name, const Json& value) {
  if (!value.is_null() && !(value.as_string() != nullptr && value.text().empty()))
    to.emplace_back(std::string(name), value);
}

}  // namespace vedette::server
