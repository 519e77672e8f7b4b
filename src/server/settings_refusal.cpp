#include "server/settings_refusal.h"

#include "base/json.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

net::ReceiverReply refused(const SettingsRefusal& refusal) {
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
  net::ReceiverReply made = reply(refusal.status, writer.take() + "\n");
  made.headers.front().second = "application/problem+json";
  return made;
}

}  // namespace

net::ReceiverReply reply_of(const SettingsAnswer& answer) {
  return answer ? reply(200, *answer) : refused(answer.error());
}

}  // namespace vedette::server
