#include "app/respond_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/setting.h"

namespace vedette::app {
namespace {

using respond::GuardSettings;

constexpr std::int64_t accounts_max = 1'000;
constexpr std::size_t guid_bytes = 36;

bool is_guid(std::string_view text) {
  return text.size() == guid_bytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
         });
}

template <auto Member>
void read_ids(const SettingValue& value, RespondSetting& respond) {
  auto texts = value.texts();
  if (!texts) return;
  for (auto& text : *texts) {
    text = base::to_lower_ascii(text);
    if (!is_guid(text))
      value.problem(
          fmt::format("\"{}\" is no object id (a GUID, in the account's page in Entra): "
                      "names can be changed and imitated",
                      base::encode_terminal(text, 100)));
  }
  respond.guard.*Member = *std::move(texts);
}

template <auto Member>
constexpr Setting<RespondSetting> ids(std::string_view key) {
  return {"respond", key, &read_ids<Member>,
          [](const RespondSetting& r) { return show_texts(r.guard.*Member); }};
}

template <auto Member>
constexpr Setting<RespondSetting> text_setting(std::string_view key) {
  return {"respond", key,
          [](const SettingValue& v, RespondSetting& r) { assign(r.*Member, v.text()); },
          [](const RespondSetting& r) { return toml_string(r.*Member); }};
}

template <auto Member>
constexpr Setting<RespondSetting> number(std::string_view key) {
  return {"respond", key,
          [](const SettingValue& v, RespondSetting& r) {
            assign(r.guard.*Member, v.integer(0, accounts_max));
          },
          [](const RespondSetting& r) { return std::to_string(r.guard.*Member); }};
}

template <auto Member>
constexpr Setting<RespondSetting> span(std::string_view key) {
  return {"respond", key,
          [](const SettingValue& v, RespondSetting& r) { assign(r.guard.*Member, v.duration()); },
          [](const RespondSetting& r) { return show_duration(r.guard.*Member); }};
}

void read_automatic(const SettingValue& value, RespondSetting& respond) {
  const auto texts = value.texts();
  if (!texts) return;
  respond.guard.automatic.clear();
  for (const auto& text : *texts) {
    const auto kind = model::action_kind_named(text);
    const bool can_be = kind && !model::is_undo(*kind) && !model::is_about_address(*kind) &&
                        *kind != model::ActionKind::reset_mfa;
    if (can_be)
      respond.guard.automatic.push_back(*kind);
    else
      value.problem(fmt::format(
          "\"{}\" is nothing that is done by itself; {}", base::encode_terminal(text, 100),
          advice(text, {"disable_account", "revoke_sessions", "confirm_compromised"})));
  }
}

// No shell looks for it, and nothing that a folder of somebody else's holds is run.
void read_block_command(const SettingValue& value, RespondSetting& respond) {
  auto words = value.texts();
  if (!words) return;
  if (!words->empty() && !words->front().starts_with('/'))
    return value.problem("begins with a program's whole path, as in \"/usr/bin/sudo\"");
  respond.block_command = *std::move(words);
}

void read_block_for(const SettingValue& value, RespondSetting& respond) {
  const auto span = value.duration();
  if (!span) return;
  if (*span < base::Duration::minutes(1) || *span > base::Duration::hours(24 * 30))
    return value.problem("is from 1m to 30d");
  respond.guard.block_for = *span;
}

void read_secret(const SettingValue& value, RespondSetting& respond) {
  const auto text = value.text();
  if (!text) return;
  if (!is_reference(*text)) return value.problem(std::string(no_secret_words));
  respond.client_secret = *text;
}

std::string show_automatic(const RespondSetting& respond) {
  std::vector<std::string> names;
  for (const auto kind : respond.guard.automatic) names.emplace_back(model::name_of(kind));
  return show_texts(names);
}

constexpr std::array respond_settings{
    text_setting<&RespondSetting::tenant>("tenant"),
    Setting<RespondSetting>{
        "respond", "mode",
        [](const SettingValue& v, RespondSetting& r) {
          assign(r.guard.mode, v.choice(model::action_mode_names));
        },
        [](const RespondSetting& r) { return toml_string(model::name_of(r.guard.mode)); }},
    Setting<RespondSetting>{"respond", "automatic", &read_automatic, &show_automatic},
    ids<&GuardSettings::break_glass>("break_glass"),
    ids<&GuardSettings::service_accounts>("service_accounts"),
    ids<&GuardSettings::approver_accounts>("approver_accounts"),
    Setting<RespondSetting>{
        "respond", "approvers",
        [](const SettingValue& v, RespondSetting& r) { assign(r.guard.approvers, v.texts()); },
        [](const RespondSetting& r) { return show_texts(r.guard.approvers); }},
    Setting<RespondSetting>{
        "respond", "two_persons",
        [](const SettingValue& v, RespondSetting& r) { assign(r.guard.two_persons, v.boolean()); },
        [](const RespondSetting& r) {
          return std::string(r.guard.two_persons ? "true" : "false");
        }},
    number<&GuardSettings::accounts_an_hour>("accounts_an_hour"),
    number<&GuardSettings::accounts_a_day>("accounts_a_day"),
    Setting<RespondSetting>{
        "respond", "people_permille",
        [](const SettingValue& v, RespondSetting& r) {
          assign(r.guard.people_permille, v.integer(0, 1'000));
        },
        [](const RespondSetting& r) { return std::to_string(r.guard.people_permille); }},
    span<&GuardSettings::evidence_age_max>("evidence_age"),
    span<&GuardSettings::request_age_max>("request_age"),
    Setting<RespondSetting>{"respond", "block_command", &read_block_command,
                            [](const RespondSetting& r) { return show_texts(r.block_command); }},
    Setting<RespondSetting>{
        "respond", "block_for", &read_block_for,
        [](const RespondSetting& r) { return show_duration(r.guard.block_for); }},
    number<&GuardSettings::blocks_a_day>("blocks_a_day"),
    text_setting<&RespondSetting::client_id>("client_id"),
    Setting<RespondSetting>{"respond", "client_secret", &read_secret,
                            [](const RespondSetting& r) { return toml_string(r.client_secret); }},
    text_setting<&RespondSetting::certificate>("certificate"),
    text_setting<&RespondSetting::key>("key"),
};

}  // namespace

const TenantSetting* RespondSetting::find_tenant(const std::vector<TenantSetting>& tenants) const {
  const auto found = std::ranges::find(tenants, tenant, &TenantSetting::name);
  return found == tenants.end() ? nullptr : &*found;
}

TenantSetting RespondSetting::signing_in(const TenantSetting& reading) const {
  TenantSetting made = reading;
  if (client_id.empty()) return made;
  made.client_id = client_id;
  made.client_secret = client_secret;
  made.certificate = certificate;
  made.key = key;
  made.sign_in = certificate.empty() ? TenantSignIn::secret : TenantSignIn::certificate;
  return made;
}

GuardSettings RespondSetting::guard_of(const TenantSetting& reading) const {
  GuardSettings settings = guard;
  for (const auto& id : {reading.client_id, client_id})
    if (!id.empty()) settings.own_applications.push_back(base::to_lower_ascii(id));
  return settings;
}

void read_respond(const SettingNode& node, RespondSetting& respond, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [respond] in a line of its own, not respond = ...");
  read_members(*node.as_table(), "respond", respond_settings, respond, problems);
  if (respond.guard.mode == model::ActionMode::automatic && respond.guard.break_glass.empty())
    problems.add(node.line,
                 "respond.mode = \"auto\" needs break_glass: the object ids of the accounts "
                 "that must never be locked");
}

void check_respond(const RespondSetting& respond, const std::vector<TenantSetting>& tenants,
                   const notify::EnvironmentLookup& environment, ProblemList& problems) {
  if (!respond.tenant.empty() && respond.find_tenant(tenants) == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& each : tenants) names.push_back(each.name);
    problems.add(
        0, fmt::format("respond.tenant: there is no [[tenant]] \"{}\"; {}",
                       base::encode_terminal(respond.tenant, 100),
                       names.empty() ? "write one with that name" : advice(respond.tenant, names)));
  }
  if (respond.client_id.empty()) return;
  if (respond.certificate.empty() != respond.key.empty())
    problems.add(0, "respond.certificate and respond.key belong together, both PEM files");
  if (!respond.certificate.empty()) return;
  if (respond.client_secret.empty())
    return problems.add(0,
                        "respond.client_id needs client_secret, as env:NAME or file:PATH, or "
                        "certificate and key");
  if (const auto found = notify::resolve_secret(respond.client_secret, environment); !found)
    problems.add(0, "respond.client_secret: " + found.error().message);
}

std::string show_respond(const RespondSetting& respond) {
  return "\n[respond]\n" + show_members(respond_settings, respond);
}

std::vector<std::string> respond_setting_names() {
  return names_of(respond_settings);
}

}  // namespace vedette::app
