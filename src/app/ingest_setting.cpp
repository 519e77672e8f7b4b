#include "app/ingest_setting.h"

#include <array>

#include "app/setting.h"

namespace vedette::app {
namespace {

constexpr std::size_t token_bytes_least = 16;

struct RawIngest {
  IngestSetting& ingest;
  std::string token;
  std::size_t token_line = 0;
};

constexpr std::array ingest_settings{
    Setting<RawIngest>{"ingest", "token",
                       [](const SettingValue& v, RawIngest& raw) {
                         assign(raw.token, v.text());
                         raw.token_line = v.line();
                       },
                       [](const RawIngest& raw) { return toml_string(raw.ingest.shown_token); }},
    Setting<RawIngest>{
        "ingest", "address",
        [](const SettingValue& v, RawIngest& raw) { assign(raw.ingest.address, own_address(v)); },
        [](const RawIngest& raw) { return toml_string(base::format_ip(raw.ingest.address)); }},
    Setting<RawIngest>{"ingest", "port",
                       [](const SettingValue& v, RawIngest& raw) {
                         assign(raw.ingest.port, v.integer(0, 65'535));
                       },
                       [](const RawIngest& raw) { return std::to_string(raw.ingest.port); }},
    Setting<RawIngest>{
        "ingest", "hosts",
        [](const SettingValue& v, RawIngest& raw) { assign(raw.ingest.hosts, v.texts()); },
        [](const RawIngest& raw) { return show_texts(raw.ingest.hosts); }},
    Setting<RawIngest>{
        "ingest", "tables",
        [](const SettingValue& v, RawIngest& raw) { assign(raw.ingest.tables, v.texts()); },
        [](const RawIngest& raw) { return show_texts(raw.ingest.tables); }},
};

}  // namespace

IngestSetting::IngestSetting() : address(*base::parse_ip("127.0.0.1")) {}

void read_ingest(const SettingNode& node, IngestSetting& ingest,
                 const notify::EnvironmentLookup& environment, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [ingest] in a line of its own, not ingest = ...");
  RawIngest raw{ingest, {}, node.line};
  read_members(*node.as_table(), "ingest", ingest_settings, raw, problems);
  const auto wrong = [&](const std::string& text) {
    problems.add(raw.token_line, "ingest.token" + text);
  };
  if (raw.token.empty()) return wrong(" is missing: write env:NAME or file:PATH");
  if (!is_reference(raw.token))
    return wrong(" takes env:NAME or file:PATH, so that it does not stand in this file");
  auto token = notify::resolve_secret(raw.token, environment);
  if (!token) return wrong(": " + token.error().message);
  if (token->reveal().size() < token_bytes_least)
    return wrong(" is shorter than 16 characters; make one with: openssl rand -hex 32");
  ingest.token = std::move(*token);
  ingest.shown_token = raw.token;
}

std::string show_ingest(const IngestSetting& ingest) {
  if (!ingest.is_open()) return {};
  IngestSetting shown = ingest;
  return "\n[ingest]\n" + show_members(ingest_settings, RawIngest{shown, {}, 0});
}

std::vector<std::string> ingest_setting_names() {
  return names_of(ingest_settings);
}

}  // namespace vedette::app
