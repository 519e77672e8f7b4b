#include "simulate/tenant/incident.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulate/seeded_random.h"

namespace vedette::simulate::tenant {
namespace {

struct IncidentText {
  std::string_view title, description, severity, tactic;
};
// In the order of AttackKind.
constexpr auto texts = std::to_array<IncidentText>({
    {"Password spray attack against Microsoft Entra ID application",
     "One address failed to sign in to many accounts.", "Medium", "CredentialAccess"},
    {"Distributed password spray", "Many failures of different accounts from one provider.", "Low",
     "CredentialAccess"},
    {"Brute force attack against a cloud account", "Many failures, then a success.", "High",
     "CredentialAccess"},
    {"Anomalous token involving one user", "A session was used from two places.", "High",
     "CredentialAccess"},
    {"MFA rejected by user many times", "A user declined many prompts and then approved one.",
     "High", "CredentialAccess"},
    {"Suspicious application consent", "A user granted access to mail to an unknown application.",
     "Medium", "InitialAccess"},
    {"User assigned privileged role", "A privileged role was granted.", "High", "Persistence"},
    {"Malicious inbox rule", "A rule forwards mail outside of the organisation.", "Medium",
     "Exfiltration"},
    {"Sign-in by legacy authentication from a new country", "IMAP sign-ins.", "Medium",
     "InitialAccess"},
    {"Break-glass account used", "An emergency access account signed in.", "High",
     "PrivilegeEscalation"},
    {"Administrator active outside of working hours", "An administrator signed in at night.", "Low",
     "InitialAccess"},
});

constexpr auto innocent = std::to_array<IncidentText>({
    {"Credential phishing mail delivered to one user", "A mail with a link to a sign-in page.",
     "Medium", "InitialAccess"},
    {"Twill Typhoon activity group detected", "Network traffic to an address of this actor.",
     "High", "CommandAndControl"},
    {"Impossible travel activity involving one user", "Sign-ins from two countries.", "Medium",
     "InitialAccess"},
});

Incident make(const TenantOptions& options, std::uint64_t key, const IncidentText& text) {
  Incident incident;
  incident.key = key;
  incident.id = format_guid({base::hash_words(key, options.seed), base::hash_words(key, 0x1D)});
  incident.title = text.title;
  incident.description = text.description;
  incident.severity = text.severity;
  incident.tactic = text.tactic;
  incident.product = "Azure Sentinel";
  return incident;
}

}  // namespace

std::string Incident::etag() const {
  return fmt::format("\"{:08x}-0000-0000-0000-{:012x}\"", key & 0xFFFF'FFFF, version);
}

std::vector<Incident> incidents_of(const TenantOptions& options, const Directory& directory,
                                   const std::vector<Campaign>& cycle) {
  std::vector<Incident> incidents;
  for (const Campaign& campaign : cycle) {
    const auto kind = static_cast<std::uint64_t>(campaign.kind);
    const std::uint64_t key = base::hash_words(base::hash_words(options.seed, 0x696e6369 + kind),
                                               static_cast<std::uint64_t>(campaign.cycle));
    Incident incident = make(options, key, texts[kind]);
    incident.first_activity = campaign.first();
    incident.last_activity = campaign.last();
    // A rule runs every few minutes over what arrived late.
    incident.created =
        campaign.first() + base::Duration::seconds(600 + static_cast<std::int64_t>(key % 1'800));
    incident.users.assign(
        campaign.users.begin(),
        campaign.users.begin() +
            static_cast<std::ptrdiff_t>(std::min<std::size_t>(campaign.users.size(), 5)));
    incident.addresses = campaign.addresses;
    incidents.push_back(std::move(incident));
  }
  const std::int64_t number = cycle.empty() ? 0 : cycle.front().cycle;
  const std::int64_t cycle_s = 3'600LL * options.attack_cycle_hours;
  for (std::size_t i = 0; i < innocent.size(); ++i) {
    const std::uint64_t key = base::hash_words(base::hash_words(options.seed, 0x6e6f6973 + i),
                                               static_cast<std::uint64_t>(number));
    SeededRandom random(key);
    Incident incident = make(options, key, innocent[i]);
    incident.first_activity =
        base::Timestamp::from_unix_seconds(number * cycle_s + random.between(0, cycle_s - 1));
    incident.last_activity = incident.first_activity + base::Duration::minutes(4);
    incident.created = incident.first_activity + base::Duration::minutes(random.between(6, 40));
    incident.users.push_back(directory.workers()[random.index(directory.workers().size())]);
    incident.addresses.push_back(address_in(networks_of(NetworkKind::hosting)[i], key));
    if (i == 0) {
      incident.labels.emplace_back("credential phishing");
      incident.product = "Microsoft Defender for Office 365";
    }
    if (i == 1) incident.labels.emplace_back("twill");
    incidents.push_back(std::move(incident));
  }
  for (Incident& incident : incidents) incident.modified = incident.created;
  std::ranges::sort(incidents, {}, &Incident::created);
  return incidents;
}

}  // namespace vedette::simulate::tenant
