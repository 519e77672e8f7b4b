#include "app/syslog_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/limits.h"

namespace vedette::app {
namespace {

namespace limits = base::limits;

constexpr std::array<std::string_view, 3> transport_words{"tcp", "udp", "tls"};
constexpr std::uint64_t message_bytes_least = 1024;
constexpr base::Duration lateness_most = base::Duration::minutes(10);
constexpr base::Duration idle_least = base::Duration::seconds(10);

void read_address(const SettingValue& value, SyslogSetting& door) {
  const auto text = value.text();
  if (!text) return;
  const auto address = base::parse_ip(*text);
  if (!address)
    return value.problem(
        "is no address; write 127.0.0.1, or 0.0.0.0 or :: for all of this machine");
  door.address = *address;
}

void read_senders(const SettingValue& value, SyslogSetting& door) {
  for (const auto& text : value.texts().value_or(std::vector<std::string>{})) {
    const auto network = base::parse_network(text);
    if (network)
      door.senders.push_back(*network);
    else
      value.problem(fmt::format("\"{}\" is no network; write 10.0.0.0/8 or 2001:db8::1",
                                base::encode_terminal(text, 100)));
  }
}

void read_message_bytes(const SettingValue& value, SyslogSetting& door) {
  const auto bytes = value.bytes();
  if (!bytes) return;
  if (*bytes < message_bytes_least || *bytes > limits::line_bytes_max)
    return value.problem(
        fmt::format("must be from {} to {} bytes", message_bytes_least, limits::line_bytes_max));
  door.message_bytes_max = *bytes;
}

void read_idle_timeout(const SettingValue& value, SyslogSetting& door) {
  const auto span = value.duration();
  if (!span) return;
  if (*span < idle_least) return value.problem("must be at least 10s");
  door.idle_timeout = *span;
}

void read_lateness(const SettingValue& value, SyslogSetting& door) {
  const auto span = value.duration();
  if (!span) return;
  if (*span > lateness_most) return value.problem("must be from 0 to 10m");
  door.lateness = *span;
}

std::string show_senders(const SyslogSetting& door) {
  std::vector<std::string> texts;
  for (const auto& network : door.senders) texts.push_back(base::format_network(network));
  return show_texts(texts);
}

constexpr std::array door_settings{
    Setting<SyslogSetting>{"syslog", "transport",
                           [](const SettingValue& v, SyslogSetting& d) {
                             assign(d.transport, v.choice(transport_words));
                           },
                           [](const SyslogSetting& d) {
                             return toml_string(
                                 transport_words.at(static_cast<std::size_t>(d.transport)));
                           }},
    Setting<SyslogSetting>{
        "syslog", "address", read_address,
        [](const SyslogSetting& d) { return toml_string(base::format_ip(d.address)); }},
    Setting<SyslogSetting>{
        "syslog", "port",
        [](const SettingValue& v, SyslogSetting& d) { assign(d.port, v.integer(0, 65'535)); },
        [](const SyslogSetting& d) { return std::to_string(d.port_or_default()); }},
    Setting<SyslogSetting>{"syslog", "senders", read_senders, show_senders},
    Setting<SyslogSetting>{
        "syslog", "connections_max",
        [](const SettingValue& v, SyslogSetting& d) {
          assign(d.connections_max, v.integer(1, limits::syslog_connections_max));
        },
        [](const SyslogSetting& d) { return std::to_string(d.connections_max); }},
    Setting<SyslogSetting>{
        "syslog", "message_bytes_max", read_message_bytes,
        [](const SyslogSetting& d) { return std::to_string(d.message_bytes_max); }},
    Setting<SyslogSetting>{"syslog", "idle_timeout", read_idle_timeout,
                           [](const SyslogSetting& d) { return show_duration(d.idle_timeout); }},
    Setting<SyslogSetting>{"syslog", "lateness", read_lateness,
                           [](const SyslogSetting& d) { return show_duration(d.lateness); }},
    text_setting<&SyslogSetting::certificate>("syslog", "certificate"),
    text_setting<&SyslogSetting::key>("syslog", "key"),
    text_setting<&SyslogSetting::client_ca>("syslog", "client_ca"),
};

}  // namespace

SyslogSetting::SyslogSetting() : address(*base::parse_ip("127.0.0.1")) {}

std::uint16_t SyslogSetting::port_or_default() const {
  return port.value_or(transport == SyslogTransport::tls ? 6514 : 514);
}

std::string SyslogSetting::source() const {
  return fmt::format("syslog:{}:{}", transport_words.at(static_cast<std::size_t>(transport)),
                     port_or_default());
}

void read_syslog(const SettingNode& node, std::vector<SyslogSetting>& doors,
                 ProblemList& problems) {
  SyslogSetting door;
  read_members(*node.as_table(), "syslog", door_settings, door, problems);
  const bool is_tls = door.transport == SyslogTransport::tls;
  const bool has_files = !door.certificate.empty() && !door.key.empty();
  if (is_tls && !has_files)
    return problems.add(node.line,
                        "[[syslog]] transport = \"tls\" needs certificate and key, PEM files");
  if (!is_tls && (!door.certificate.empty() || !door.key.empty() || !door.client_ca.empty()))
    return problems.add(node.line,
                        "[[syslog]] certificate, key and client_ca are for transport = \"tls\"");
  const bool is_taken = std::ranges::any_of(doors, [&](const SyslogSetting& other) {
    return door.port_or_default() != 0 && other.source() == door.source();
  });
  if (is_taken)
    return problems.add(node.line, fmt::format("another [[syslog]] listens on port {} already",
                                               door.port_or_default()));
  doors.push_back(std::move(door));
}

std::string show_syslog(const SyslogSetting& door) {
  return "\n[[syslog]]\n" + show_members(door_settings, door);
}

std::vector<std::string> syslog_setting_names() {
  return names_of(door_settings);
}

}  // namespace vedette::app
