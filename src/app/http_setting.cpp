#include "app/http_setting.h"

#include "app/configuration.h"
#include "app/setting.h"
#include "notify/mail_text.h"
#include "notify/url.h"

namespace vedette::app {

// What is in a link lets people in: it goes through a web server with TLS, or stays here.
void read_public_url(const SettingValue& value, Configuration& c) {
  const auto text = value.text();
  if (!text || text->empty()) return;
  const auto url = notify::parse_url(*text);
  if (!url || !(url->path.empty() || url->path == "/") || !url->query.empty())
    return value.problem("must be scheme, host and no path, as in https://vedette.example.org");
  if (url->scheme != "https" && !url->is_loopback())
    return value.problem("must begin with https:// (http:// only for this machine itself)");
  c.http_public_url = url->origin();
}

void read_audit_address(const SettingValue& value, Configuration& c) {
  const auto text = value.text();
  if (text && !text->empty() && !notify::is_mail_address(*text))
    return value.problem("is no mail address; write name@example.org");
  assign(c.audit_mail_to, text);
}

void read_roles(const SettingValue& value, Configuration& c) {
  const auto words = value.texts();
  if (!words) return;
  c.second_factor_for.clear();
  for (const auto& word : *words) {
    if (const auto role = model::role_named(word))
      c.second_factor_for.push_back(*role);
    else
      value.problem("must be of viewer, analyst, responder, admin");
  }
}

std::optional<base::IpAddress> any_address(const SettingValue& value) {
  const auto text = value.text();
  if (!text) return std::nullopt;
  const auto address = base::parse_ip(*text);
  if (!address)
    value.problem("is no address; write 127.0.0.1, or 0.0.0.0 for all of this machine's");
  return address;
}

void read_proxies(const SettingValue& value, Configuration& c) {
  const auto texts = value.texts();
  if (!texts) return;
  c.http_proxies.clear();
  for (const auto& text : *texts) {
    if (const auto network = base::parse_network(text))
      c.http_proxies.push_back(*network);
    else
      value.problem("must be addresses or networks, such as 10.0.0.5 or 172.16.0.0/12");
  }
}

std::string show_proxies(const Configuration& c) {
  std::vector<std::string> texts;
  for (const auto& network : c.http_proxies) texts.push_back(base::format_network(network));
  return show_texts(texts);
}

std::string show_roles(const std::vector<model::Role>& roles) {
  std::vector<std::string> words;
  for (const auto role : roles) words.emplace_back(model::name_of(role));
  return show_texts(words);
}

}  // namespace vedette::app
