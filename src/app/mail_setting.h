// Owns: the settings of who takes our mails: a server, [smtp], or Microsoft Graph, [graph_mail].
// Promises: plain data with defaults that work; what
// is wrong is noted with its remedy; no password can be set for a server that would hear it in the
// clear. Must not know: who gets mails. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "notify/channel_address.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

enum class MailTls : std::uint8_t { starttls, tls, none };

struct MailServerSetting {
  std::string host;  // empty: there is no mail server
  std::optional<std::uint16_t> port;
  MailTls tls = MailTls::starttls;
  std::string from;
  std::string user;              // empty: no log-in
  base::Secret password, token;  // as written: env:NAME, file:PATH or itself; one of them
  std::string shown_password, shown_token;
  std::string tenant;  // in place of `token`: of which [[tenant]] the tokens are

  [[nodiscard]] std::uint16_t port_or_default() const;
  [[nodiscard]] bool logs_in_by_token() const { return !token.empty() || !tenant.empty(); }
};

struct GraphMailSetting {
  std::string tenant;  // whose app sends; empty: mails do not go through Graph
  std::string from;    // a mailbox of that tenant
};

// The [smtp] of the file, its [graph_mail].
void read_graph_mail(const SettingNode& node, GraphMailSetting& graph, ProblemList& problems);
[[nodiscard]] std::string show_graph_mail(const GraphMailSetting& graph);
void read_mail_server(const SettingNode& node, MailServerSetting& server,
                      const notify::EnvironmentLookup& environment, ProblemList& problems);
[[nodiscard]] std::string show_mail_server(const MailServerSetting& server);
[[nodiscard]] std::vector<std::string> mail_server_setting_names();

}  // namespace vedette::app
