#include "app/senders.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "app/crash_point.h"
#include "net/curl_client.h"
#include "net/curl_mailer.h"
#include "notify/graph_mailer.h"
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

// That the settings name one that is there was checked when they were read.
base::Result<std::unique_ptr<ports::AccessTokens>> tokens_of(const std::string& name,
                                                             const Configuration& configuration,
                                                             const SignInWorld& world) {
  const auto tenant = std::ranges::find(configuration.tenants, name, &TenantSetting::name);
  assert(tenant != configuration.tenants.end());
  return make_access_tokens(*tenant, configuration.cloud, world);
}

// The log-in's secret is asked for at each mail: a token is a new one every hour.
base::Result<void> add_secret(const Configuration& configuration, const SignInWorld& world,
                              net::CurlMailerSettings& settings) {
  const MailServerSetting& server = configuration.mail_server;
  settings.secret_is_token = server.logs_in_by_token();
  if (server.tenant.empty()) {
    settings.secret = [written = server.token.empty() ? server.password : server.token,
                       environment = world.environment] {
      return notify::resolve_secret(written.reveal(), environment);
    };
    return {};
  }
  const std::shared_ptr<ports::AccessTokens> tokens =
      VEDETTE_TRY(tokens_of(server.tenant, configuration, world));
  const std::string scope = configuration.cloud.endpoints().mail_scope;
  settings.secret = [tokens, scope] { return tokens->token(scope, {}); };
  settings.secret_was_refused = [tokens, scope] { tokens->forget(scope); };
  return {};
}

base::Result<std::unique_ptr<ports::Mailer>> make_server_mailer(const Configuration& configuration,
                                                                const SignInWorld& world) {
  const MailServerSetting& server = configuration.mail_server;
  net::CurlMailerSettings settings;
  settings.host = server.host;
  settings.port = server.port_or_default();
  settings.encryption = encryption_of(server.tls);
  settings.user = server.user;
  VEDETTE_TRY_VOID(add_secret(configuration, world, settings));
  settings.ca_file = configuration.ca_file;
  return net::CurlMailer::create(std::move(settings));
}

base::Result<std::unique_ptr<ports::Mailer>> make_graph_mailer(const Configuration& configuration,
                                                               const SignInWorld& world) {
  const cloud::Service graph = configuration.cloud.endpoints().graph;
  net::CurlSettings settings;
  settings.ca_file = configuration.cloud.ca_file;
  auto tokens = VEDETTE_TRY(tokens_of(configuration.graph_mail.tenant, configuration, world));
  auto client = VEDETTE_TRY(net::CurlClient::create(std::move(settings)));
  return std::make_unique<notify::GraphMailer>(
      notify::GraphMailerSettings{graph.address, graph.scope}, std::move(tokens), world.clock,
      with_crash_points(std::move(client)));
}

base::Result<std::unique_ptr<notify::Sender>> make_mail_sender(const ChannelSetting& channel,
                                                               const Configuration& configuration,
                                                               const SignInWorld& world) {
  const MailServerSetting& server = configuration.mail_server;
  const bool by_graph = server.host.empty();
  notify::MailSettings mail;
  mail.addresses = {configuration.mail_from(), channel.to};
  mail.templates = configuration.templates;
  mail.shown = "mail through " + (by_graph ? std::string("Microsoft Graph") : server.host);
  mail.token_login = by_graph || server.logs_in_by_token();
  auto mailer = VEDETTE_TRY(by_graph ? make_graph_mailer(configuration, world)
                                     : make_server_mailer(configuration, world));
  return std::make_unique<notify::MailSender>(std::move(mail), std::move(mailer));
}

}  // namespace

base::Result<std::unique_ptr<notify::Channel>> make_channel(const ChannelSetting& channel,
                                                            const Configuration& configuration) {
  return notify::make_channel(channel.address,
                              {channel.signing_secret, channel.ticket, configuration.templates});
}

base::Result<std::unique_ptr<notify::Sender>> make_sender(const ChannelSetting& channel,
                                                          const Configuration& configuration,
                                                          const SignInWorld& world) {
  if (channel.is_mail()) return make_mail_sender(channel, configuration, world);
  auto made = VEDETTE_TRY(make_channel(channel, configuration));
  net::CurlSettings settings;
  settings.ca_file = configuration.ca_file;
  settings.public_addresses_only = channel.is_of_page;
  auto client = with_crash_points(VEDETTE_TRY(net::CurlClient::create(settings)));
  return std::make_unique<notify::HttpSender>(std::move(made), std::move(client));
}

}  // namespace vedette::app
