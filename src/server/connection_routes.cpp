// Owns: what is connected on pages: mail, channels, tenants, log files; and simulated data.
#include "server/api.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

DeskNote note_of(const ApiSources& sources, const Call& call) {
  return
      [&sources, &call](std::string_view action, std::string_view object, std::string_view detail) {
        return sources.access.note(call.caller, action, object, detail);
      };
}

}  // namespace

ReceiverReply Api::connections(const Call&) const {
  return reply(200, sources_.connections.show());
}

ReceiverReply Api::host_detections(const Call&) const {
  return reply(200, sources_.connections.show_host_detections());
}

ReceiverReply Api::change_connections(const Call& call) const {
  return reply_of(sources_.connections.change(call.body, note_of(sources_, call)));
}

ReceiverReply Api::test_connection(const Call& call) const {
  return reply_of(sources_.connections.test(call.body, note_of(sources_, call)));
}

ReceiverReply Api::begin_simulation(const Call& call) const {
  return reply_of(sources_.connections.simulate(true, note_of(sources_, call)));
}

ReceiverReply Api::end_simulation(const Call& call) const {
  return reply_of(sources_.connections.simulate(false, note_of(sources_, call)));
}

}  // namespace vedette::server
