#include "notify/channel.h"

#include "base/http_text.h"
#include "base/text.h"
#include "notify/chat_text.h"
#include "notify/discord.h"
#include "notify/retry_after.h"
#include "notify/slack.h"
#include "notify/teams.h"
#include "notify/ticket.h"
#include "notify/webhook.h"

namespace vedette::notify {

base::Result<std::unique_ptr<Channel>> make_channel(const ChannelAddress& address,
                                                    ChannelOptions options) {
  if (address.kind != ChannelKind::webhook && !options.signing_secret.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         address.shown + ": a signing secret is only for a generic webhook");
  Templates templates =
      options.templates ? std::move(options.templates) : MessageTemplates::built_in();
  switch (address.kind) {
    case ChannelKind::discord:
      return std::make_unique<Discord>(address, std::move(templates));
    case ChannelKind::slack:
      return std::make_unique<Slack>(address, std::move(templates));
    case ChannelKind::teams:
      return std::make_unique<Teams>(address, std::move(templates));
    case ChannelKind::jira:
    case ChannelKind::servicenow:
    case ChannelKind::github:
      return Ticket::create(address, std::move(options.ticket), std::move(templates));
    case ChannelKind::webhook:
      break;
  }
  return Webhook::create(address, options.signing_secret, std::move(templates));
}

Outcome outcome_of_status(const Message& message, const ports::HttpResponse& response) {
  const int status = response.status;
  const std::string answered = "it answered " + std::to_string(status);
  if (status >= 200 && status < 300) return Delivered{};
  if (status >= 300 && status < 400)
    return DestinationBroken{answered +
                             ", a redirect, which is never followed: set the final address"};
  switch (status) {
    case 401:
    case 403:
      return DestinationBroken{answered + ": it does not let us in; the address's token is wrong"};
    case 404:
    case 410:
      return DestinationBroken{answered + ": there is no such webhook (any more); make a new one"};
    case 408:
    case 425:
      return TryAgain{std::nullopt, true, answered};
    case 429: {
      const std::string* wait = response.header("retry-after");
      return TryAgain{wait == nullptr ? std::nullopt : base::parse_retry_after(*wait, message.now),
                      false, answered + ": it asks us to slow down"};
    }
    default:
      break;
  }
  if (status < 500) return MessageRefused{answered + ": it does not accept this message"};
  // 503 may carry Retry-After too.
  const std::string* wait = response.header("retry-after");
  return TryAgain{wait == nullptr ? std::nullopt : base::parse_retry_after(*wait, message.now),
                  true, answered};
}

Outcome with_words(Outcome outcome, std::string_view said, std::size_t bytes_max) {
  said = base::trim(said);
  if (said.empty()) return outcome;
  const std::string shown = " (" + visible_text(said, bytes_max) + ")";
  if (auto* broken = std::get_if<DestinationBroken>(&outcome)) broken->reason += shown;
  if (auto* refused = std::get_if<MessageRefused>(&outcome)) refused->reason += shown;
  return outcome;
}

}  // namespace vedette::notify
