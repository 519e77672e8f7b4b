#include "app/senders.h"

#include <fmt/format.h>

#include <utility>

#include "app/crash_point.h"
#include "app/environment.h"
#include "net/curl_client.h"
#include "net/curl_mailer.h"
#include "notify/http_sender.h"
#include "notify/mail_sender.h"

namespace vedette::app {
namespace {

net::MailEncryption encryption_of(MailTls tls) {
  switch (tls) {
    case MailTls::tls:
      return net::MailEncryption::tls;
    case MailTls::none:
      return net::MailEncryption::none;
    case MailTls::starttls:
      break;
  }
  return net::MailEncryption::starttls;
}

base::Result<std::unique_ptr<notify::Sender>> make_mail_sender(const ChannelSetting& channel,
                                                               const Configuration& configuration) {
  const MailServerSetting& server = configuration.mail_server;
  net::CurlMailerSettings settings;
  settings.host = server.host;
  settings.port = server.port_or_default();
  settings.encryption = encryption_of(server.tls);
  settings.user = server.user;
  settings.secret_is_token = !server.token.empty();
  settings.secret = [written = settings.secret_is_token ? server.token : server.password] {
    return notify::resolve_secret(written.reveal(), environment_variable);
  };
  settings.ca_file = configuration.ca_file;
  notify::MailSettings mail;
  mail.addresses = {server.from, channel.to};
  mail.templates = configuration.templates;
  mail.shown = fmt::format("mail through {}", server.host);
  mail.token_login = settings.secret_is_token;
  return std::make_unique<notify::MailSender>(
      std::move(mail), VEDETTE_TRY(net::CurlMailer::create(std::move(settings))));
}

}  // namespace

base::Result<std::unique_ptr<notify::Channel>> make_channel(const ChannelSetting& channel,
                                                            const Configuration& configuration) {
  return notify::make_channel(channel.address,
                              {channel.signing_secret, channel.ticket, configuration.templates});
}

base::Result<std::unique_ptr<notify::Sender>> make_sender(const ChannelSetting& channel,
                                                          const Configuration& configuration) {
  if (channel.is_mail()) return make_mail_sender(channel, configuration);
  auto made = VEDETTE_TRY(make_channel(channel, configuration));
  net::CurlSettings settings;
  settings.ca_file = configuration.ca_file;
  auto client = with_crash_points(VEDETTE_TRY(net::CurlClient::create(settings)));
  return std::make_unique<notify::HttpSender>(std::move(made), std::move(client));
}

}  // namespace vedette::app
