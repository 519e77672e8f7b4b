// Owns: what the detections look for: reading, changing and trying out their settings.
#include "server/api.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

// Each problem with its setting, so that a page can say it beside the field.
ReceiverReply refused(const DetectionDesk::Refusal& refusal) {
  base::JsonWriter writer;
  writer.begin_object().member("code", refusal.status == 409 ? "outdated" : "invalid");
  writer.member("title", refusal.problems.empty() ? std::string("refused")
                                                  : refusal.problems.front().message);
  writer.key("status").number(std::int64_t{refusal.status}).key("problems").begin_array();
  for (const auto& each : refusal.problems)
    writer.begin_object()
        .member("setting", each.setting)
        .member("message", each.message)
        .end_object();
  writer.end_array().end_object();
  ReceiverReply made = reply(refusal.status, writer.take() + "\n");
  made.headers.front().second = "application/problem+json";
  return made;
}

ReceiverReply reply_of(const DetectionDesk::Answer& answer) {
  return answer ? reply(200, *answer) : refused(answer.error());
}

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
