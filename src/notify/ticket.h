// Owns: incidents as tickets of a help desk: an issue of Jira Cloud, an incident of ServiceNow, an
// issue of GitHub. The first message opens one; what follows is a comment on it (a work note).
// Promises: the id in the answer is what later messages name, and nothing that is no id becomes a
// part of an address; what a log says is text in the ticket: no markup, no mention, no link to
// another ticket. The token goes out in one header only and is in no reason. A ticket carries the
// message's key (a label, the correlation id, a comment that is not shown), and before it is opened
// once more it is looked for by that.
// Source: Atlassian's Jira Cloud REST API v3, ServiceNow's Table API, GitHub's REST API; which
// members they need is held by ticket_test.cpp. Must not know: queues, retries. Called from the
// channel's own thread.
#pragma once

#include "notify/channel.h"

namespace vedette::notify {

class Ticket : public Channel {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<Channel>> create(const ChannelAddress& address,
                                                                     TicketOptions options,
                                                                     Templates templates);
  struct Service;
  // `address.url` was checked by parse_channel_address (asserted).
  Ticket(const ChannelAddress& address, TicketOptions options, Templates templates,
         const Service& service);

  [[nodiscard]] const std::string& name() const override { return name_; }
  // GitHub asks for less than 80 new things a minute; the others need no less.
  [[nodiscard]] Pace pace() const override { return {5, base::Duration::seconds(1)}; }
  [[nodiscard]] bool names_incidents() const override { return true; }
  [[nodiscard]] std::optional<ports::HttpRequest> look_up(const Message& message) const override;
  [[nodiscard]] std::optional<Outcome> read_look_up(
      const Message& message, const ports::HttpResponse& response) const override;
  [[nodiscard]] ports::HttpRequest compose(const Message& message) const override;
  [[nodiscard]] Outcome read(const Message& message,
                             const ports::HttpResponse& response) const override;

 private:
  [[nodiscard]] ports::HttpRequest request_to(const std::string& path) const;

  std::string name_;
  base::Secret base_;  // without a slash at its end
  TicketOptions options_;
  Templates templates_;
  const Service& service_;
};

}  // namespace vedette::notify
