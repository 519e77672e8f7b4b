// Owns: what the detections look for: reading, changing and trying out their settings.
#include "server/api.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

}  // namespace

ReceiverReply Api::detections(const Call&) const {
  return reply(200, sources_.detections.show());
}

ReceiverReply Api::change_detections(const Call& call) const {
  return reply_of(sources_.detections.change(call.body, [&](std::string_view detail) {
    return sources_.access.note(call.caller, "detections.change", "identity", detail);
  }));
}

ReceiverReply Api::preview_detections(const Call& call) const {
  return reply_of(sources_.detections.preview(call.body));
}

ReceiverReply Api::end_preview(const Call&) const {
  sources_.detections.end_preview();
  return nothing();
}

}  // namespace vedette::server
