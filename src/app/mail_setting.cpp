#include "app/mail_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/ip.h"
#include "base/loopback.h"
#include "notify/mail_text.h"

namespace vedette::app {
namespace {

constexpr std::array<std::string_view, 3> tls_words{"starttls", "tls", "none"};

bool is_this_machine(const std::string& host) {
  const auto address = base::parse_ip(host);
  return base::equals_ignoring_case(host, "localhost") || (address && base::is_loopback(*address));
}

bool is_host(std::string_view text) {
  if (base::parse_ip(text)) return true;
  return text.size() <= 253 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

void read_host(const SettingValue& value, MailServerSetting& server) {
  const auto text = value.text();
  if (!text) return;
  if (!is_host(*text)) return value.problem("is no host name; write smtp.example.org");
  server.host = *text;
}

template <typename Owner>
void read_from(const SettingValue& value, Owner& owner) {
  const auto text = value.text();
  if (!text) return;
  if (!notify::is_mail_address(*text))
    return value.problem("is no mail address; write vedette@example.org, without a name before it");
  owner.from = *text;
}

// Kept as it is written: what it stands for is read at each mail, since a token changes.
void read_reference(const SettingValue& value, base::Secret& secret, std::string& shown) {
  const auto text = value.text();
  if (!text) return;
  shown = shown_secret(*text);
  secret = base::Secret(*text);
}

constexpr std::array server_settings{
    Setting<MailServerSetting>{"smtp", "host", read_host,
                               [](const MailServerSetting& s) { return toml_string(s.host); }},
    Setting<MailServerSetting>{
        "smtp", "port",
        [](const SettingValue& v, MailServerSetting& s) { assign(s.port, v.integer(1, 65'535)); },
        [](const MailServerSetting& s) { return std::to_string(s.port_or_default()); }},
    Setting<MailServerSetting>{
        "smtp", "tls",
        [](const SettingValue& v, MailServerSetting& s) { assign(s.tls, v.choice(tls_words)); },
        [](const MailServerSetting& s) {
          return toml_string(tls_words.at(static_cast<std::size_t>(s.tls)));
        }},
    Setting<MailServerSetting>{"smtp", "from", read_from<MailServerSetting>,
                               [](const MailServerSetting& s) { return toml_string(s.from); }},
    Setting<MailServerSetting>{
        "smtp", "user",
        [](const SettingValue& v, MailServerSetting& s) { assign(s.user, v.text()); },
        [](const MailServerSetting& s) { return toml_string(s.user); }},
    Setting<MailServerSetting>{
        "smtp", "password",
        [](const SettingValue& v, MailServerSetting& s) {
          read_reference(v, s.password, s.shown_password);
        },
        [](const MailServerSetting& s) { return toml_string(s.shown_password); }},
    Setting<MailServerSetting>{
        "smtp", "token",
        [](const SettingValue& v, MailServerSetting& s) {
          read_reference(v, s.token, s.shown_token);
        },
        [](const MailServerSetting& s) { return toml_string(s.shown_token); }},
    Setting<MailServerSetting>{
        "smtp", "tenant",
        [](const SettingValue& v, MailServerSetting& s) { assign(s.tenant, v.text()); },
        [](const MailServerSetting& s) { return toml_string(s.tenant); }},
};

constexpr std::array graph_settings{
    Setting<GraphMailSetting>{
        "graph_mail", "tenant",
        [](const SettingValue& v, GraphMailSetting& g) { assign(g.tenant, v.text()); },
        [](const GraphMailSetting& g) { return toml_string(g.tenant); }},
    Setting<GraphMailSetting>{"graph_mail", "from", read_from<GraphMailSetting>,
                              [](const GraphMailSetting& g) { return toml_string(g.from); }},
};

// What only makes sense together.
void check_together(const MailServerSetting& server, std::size_t line,
                    const notify::EnvironmentLookup& environment, ProblemList& problems) {
  const auto wrong = [&](const std::string& text) { problems.add(line, "[smtp] " + text); };
  if (server.host.empty()) return wrong("needs a host, as in host = \"smtp.example.org\"");
  if (server.from.empty()) return wrong("needs from, as in from = \"vedette@example.org\"");
  if (server.tls == MailTls::none && !is_this_machine(server.host))
    return wrong(
        "tls = \"none\" is only for a server on this machine (localhost): mails and passwords "
        "would travel unencrypted; use \"starttls\" or \"tls\"");
  const int ways = static_cast<int>(!server.password.empty()) +
                   static_cast<int>(!server.token.empty()) +
                   static_cast<int>(!server.tenant.empty());
  if (ways > 1) return wrong("has more than one of password, token and tenant; set one of them");
  if (server.user.empty() != (ways == 0))
    return wrong("needs user together with password, token or tenant");
  for (const auto& [name, secret] :
       {std::pair<const char*, const base::Secret&>{"password", server.password},
        {"token", server.token}}) {
    if (secret.empty()) continue;
    if (const auto found = notify::resolve_secret(secret.reveal(), environment); !found)
      wrong(fmt::format("{}: {}", name, found.error().message));
  }
}

}  // namespace

std::uint16_t MailServerSetting::port_or_default() const {
  if (port) return *port;
  switch (tls) {
    case MailTls::tls:
      return 465;
    case MailTls::none:
      return 25;
    case MailTls::starttls:
      break;
  }
  return 587;
}

void read_mail_server(const SettingNode& node, MailServerSetting& server,
                      const notify::EnvironmentLookup& environment, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [smtp] in a line of its own, not smtp = ...");
  read_members(*node.as_table(), "smtp", server_settings, server, problems);
  if (problems.empty()) check_together(server, node.line, environment, problems);
}

void read_graph_mail(const SettingNode& node, GraphMailSetting& graph, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [graph_mail] in a line of its own, not graph_mail = ...");
  read_members(*node.as_table(), "graph_mail", graph_settings, graph, problems);
  if (graph.tenant.empty())
    problems.add(node.line, "[graph_mail] needs tenant, the name of a [[tenant]]");
  if (graph.from.empty())
    problems.add(node.line, "[graph_mail] needs from, a mailbox of that tenant");
}

std::string show_graph_mail(const GraphMailSetting& graph) {
  if (graph.tenant.empty()) return {};
  return "\n[graph_mail]\n" + show_members(graph_settings, graph);
}

std::string show_mail_server(const MailServerSetting& server) {
  if (server.host.empty()) return {};
  return "\n[smtp]\n" + show_members(server_settings, server);
}

std::vector<std::string> mail_server_setting_names() {
  auto names = names_of(server_settings);
  for (auto& name : names_of(graph_settings)) names.push_back(std::move(name));
  return names;
}

}  // namespace vedette::app
