// Owns: health, metrics, the API's own document, the stream of changes.
#include "server/api.h"
#include "server/reply.h"

asm(".section .rodata\n"
    "vedette_openapi_begin:\n"
    ".incbin \"" VEDETTE_OPENAPI_FILE
    "\"\n"
    "vedette_openapi_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char vedette_openapi_begin[] __attribute__((visibility("hidden")));
extern const char vedette_openapi_end[] __attribute__((visibility("hidden")));
}

namespace vedette::server {

using net::ReceiverReply;

std::string_view openapi_document() {
  return {vedette_openapi_begin,
          static_cast<std::size_t>(vedette_openapi_end - vedette_openapi_begin)};
}

ReceiverReply Api::alive(const Call&) const {
  return reply(200, "{\"status\":\"alive\"}\n");
}

ReceiverReply Api::ready(const Call&) const {
  const auto reasons = sources_.reasons_not_ready();
  base::JsonWriter writer;
  writer.begin_object().member("status", reasons.empty() ? "ready" : "not ready");
  writer.key("reasons").begin_array();
  for (const auto& reason : reasons) writer.string(reason);
  writer.end_array().end_object();
  return reply(reasons.empty() ? 200 : 503, writer.take() + "\n");
}

ReceiverReply Api::metrics(const Call&) const {
  ReceiverReply made = reply(200, sources_.metrics());
  made.headers.front().second = "text/plain; version=0.0.4; charset=utf-8";
  return made;
}

ReceiverReply Api::document(const Call&) const {
  return reply(200, std::string(openapi_document()));
}

ReceiverReply Api::stream(const Call&) const {
  auto stream = sources_.changes.subscribe();
  if (!stream) return problem(429, "too_many", "too many pages are open; close some");
  ReceiverReply made = reply(200, {});
  made.headers.front().second = "text/event-stream";
  made.stream = std::move(stream);
  return made;
}

}  // namespace vedette::server
