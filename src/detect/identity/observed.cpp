#include "detect/identity/observed.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::detect::identity {
namespace {

using model::SignIn;
using model::SignInKind;
using model::SignInResult;

// Applications from which the tenant is ruled: Azure portal, Azure CLI, Azure PowerShell, Microsoft
// Graph and Entra PowerShell, Exchange Online PowerShell, Exchange and Microsoft 365 admin centres,
// Entra's own portal. The ids are Microsoft's, the same in every tenant.
constexpr auto administration = std::to_array<std::string_view>(
    {"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
     "1950a258-227b-4e31-a9cf-717495945fc2", "14d82eec-204b-4c2f-b7e8-296a70dab67e",
     "1b730954-1685-4b74-9bfd-dac224a7b894", "fb78d390-0c51-40cd-8e17-fdbfab77341b",
     "497effe9-df71-4043-a8bb-14cf78c4b63b", "00000006-0000-0ff1-ce00-000000000000",
     "74658136-14ec-4630-ad9b-26e160ff0fc6"});

// Clients that Entra's own report of legacy authentication counts (the reference of clientAppUsed),
// and the words of which its newer names are made.
constexpr auto legacy_words = std::to_array<std::string_view>(
    {"imap", "pop", "smtp", "mapi over http", "autodiscover", "offline address book",
     "outlook anywhere", "exchange web services", "exchange activesync",
     "exchange online powershell", "reporting web services", "other clients"});

// What makes a change worse: permissions that read or send mail and files, and that rule the
// directory; mail that is sent on.
constexpr auto grave_terms = std::to_array<std::string_view>({"Mail.Read",
                                                              "Mail.Send",
                                                              "MailboxSettings.ReadWrite",
                                                              "Files.Read",
                                                              "Sites.FullControl",
                                                              "Sites.ReadWrite.All",
                                                              "full_access_as_app",
                                                              "Directory.ReadWrite.All",
                                                              "RoleManagement.ReadWrite.Directory",
                                                              "AppRoleAssignment.ReadWrite.All",
                                                              "Application.ReadWrite",
                                                              "EWS.AccessAsUser.All",
                                                              "AllPrincipals",
                                                              "ForwardTo",
                                                              "ForwardAsAttachmentTo",
                                                              "RedirectTo",
                                                              "ForwardingSmtpAddress",
                                                              "ForwardingAddress",
                                                              "DeleteMessage",
                                                              "SoftDeleteMessage"});

constexpr std::uint64_t device_bit = 1ULL << 63U;
constexpr std::size_t program_bytes_max = 160;

std::string short_text(std::string_view text) {
  return std::string(text.substr(0, base::limits::user_bytes_max));
}

std::string_view family_of(std::string_view text) {
  const auto end =
      std::ranges::find_if(text, [](char c) { return c == ' ' || (c >= '0' && c <= '9'); });
  return {text.begin(), end};
}

// "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0" is the same program tomorrow as Chrome/127.
std::uint64_t hash_of_program(std::string_view text) {
  std::string name(text.substr(0, program_bytes_max));
  std::erase_if(name, [](char c) { return c >= '0' && c <= '9'; });
  return name.empty() ? 0 : base::hash_bytes(name);
}

std::uint64_t hash_or_zero(std::string_view text) {
  return text.empty() ? 0 : base::hash_bytes(text);
}

std::uint64_t block_of(const base::IpAddress& address) {
  if (address.is_v4()) return base::hash_words(address.low >> 8, 0x7634);
  return base::hash_words(address.high, 0x7636);
}

bool is_legacy_client(std::string_view client) {
  const std::string name = base::to_lower_ascii(client.substr(0, 64));
  return std::ranges::any_of(legacy_words,
                             [&](std::string_view word) { return name.find(word) != name.npos; });
}

// The service tells of each step how it went.
bool is_fresh_second_factor(const SignIn& sign_in) {
  if (sign_in.result != SignInResult::success ||
      !sign_in.authentication_requirement.starts_with("multi"))
    return false;
  const std::string_view details = sign_in.authentication_details;
  return !details.empty() && details.find("MFA requirement satisfied by claim") == details.npos &&
         details.find("MFA successfully completed") != details.npos;
}

void add_place(const SignIn& sign_in, const PlaceOf& place_of, Observed& made) {
  ObservedSignIn& to = made.sign_in;
  std::string_view country = sign_in.country_code, city = sign_in.city, organisation;
  double latitude = sign_in.latitude, longitude = sign_in.longitude;
  bool has_coordinates = sign_in.has_coordinates;
  to.autonomous_system = sign_in.autonomous_system;
  const bool is_complete = has_coordinates && country.size() == 2 && to.autonomous_system != 0;
  if (!is_complete && place_of && sign_in.event.has_address()) {
    const model::Location& place = place_of(sign_in.event.address);
    organisation = place.organisation;
    if (country.size() != 2) country = place.country_code;
    if (to.autonomous_system == 0) to.autonomous_system = place.autonomous_system;
    if (!has_coordinates && place.has_coordinates) {
      has_coordinates = true;
      latitude = place.latitude;
      longitude = place.longitude;
      city = place.city;
    }
  }
  if (country.size() == 2) to.country = {country[0], country[1]};
  made.city = short_text(city);
  if (has_coordinates) {
    to.latitude = static_cast<float>(latitude);
    to.longitude = static_cast<float>(longitude);
    to.precision = city.empty() ? Precision::country : Precision::city;
  }
  to.network_class = class_of(to.autonomous_system, organisation);
  to.provider = to.autonomous_system == 0 ? block_of(sign_in.event.address)
                                          : base::hash_words(to.autonomous_system, 0x61736e);
  const bool is_shared_by_strangers = to.network_class == NetworkClass::hosting ||
                                      to.network_class == NetworkClass::consumer_vpn ||
                                      to.network_class == NetworkClass::anonymiser;
  to.network = is_shared_by_strangers ? block_of(sign_in.event.address) : to.provider;
}

std::uint8_t risk_of(std::string_view level) {
  if (level == "high") return 3;
  if (level == "medium") return 2;
  return level == "low" ? 1 : 0;
}

}  // namespace

bool is_observed(const SignIn& sign_in) {
  return (sign_in.kind == SignInKind::interactive || sign_in.kind == SignInKind::non_interactive) &&
         !sign_in.event.user.empty() && sign_in.event.time.is_set();
}

Observed observe(const SignIn& sign_in, const PlaceOf& place_of) {
  Observed made;
  made.time = sign_in.event.time;
  made.id = sign_in.event.id;
  made.person = sign_in.event.user_hash;
  made.address = sign_in.event.address;
  made.user = short_text(sign_in.event.user);
  made.user_id = short_text(sign_in.user_id);
  made.application = short_text(sign_in.application);
  made.client = short_text(sign_in.client_application);
  ObservedSignIn& to = made.sign_in;
  to.session = hash_or_zero(sign_in.session_id);
  if (!sign_in.device_id.empty()) to.device = base::hash_bytes(sign_in.device_id) | device_bit;
  const std::string_view system = family_of(sign_in.operating_system);
  const std::string_view browser = family_of(sign_in.browser);
  if (!system.empty() || !browser.empty())
    to.agent = base::hash_words(base::hash_bytes(system), base::hash_bytes(browser)) & ~device_bit;
  to.program = hash_of_program(sign_in.user_agent);
  if (sign_in.result == SignInResult::credential_failure)
    made.program = sign_in.user_agent.substr(0, program_bytes_max);
  to.error_code = sign_in.error_code;
  to.kind = sign_in.kind;
  to.result = sign_in.result;
  to.risk = risk_of(sign_in.risk_level);
  to.presents_credentials = sign_in.presents_credentials;
  to.is_company_device = sign_in.is_compliant || sign_in.is_managed;
  to.is_legacy = is_legacy_client(sign_in.client_application);
  to.is_second_factor_fresh = is_fresh_second_factor(sign_in);
  to.is_single_factor = sign_in.authentication_requirement.starts_with("single");
  to.is_multi_factor = sign_in.authentication_requirement.starts_with("multi");
  to.is_guest = base::equals_ignoring_case(sign_in.user_type, "guest");
  to.is_administration =
      std::ranges::find(administration, sign_in.application_id) != administration.end();
  to.user_exists = sign_in.event.user_exists;
  add_place(sign_in, place_of, made);
  made.content = base::hash_words(
      base::hash_words(to.error_code, static_cast<std::uint64_t>(to.result)),
      static_cast<std::uint64_t>(to.risk) << 1 | (to.is_second_factor_fresh ? 1U : 0U));
  return made;
}

Observed observe(const model::ChangeEvent& change) {
  Observed made;
  made.time = change.time;
  made.id = change.id;
  made.address = change.actor_address;
  made.user = base::to_lower_ascii(short_text(change.actor.view()));
  made.person = base::hash_bytes(made.user);
  made.change = std::make_unique<ObservedChange>();
  ObservedChange& to = *made.change;
  to.activity = short_text(base::trim(change.detail.view()));
  to.target = short_text(change.target.view());
  to.container = short_text(change.container.view());
  const std::string_view record = change.record;
  for (const std::string_view term : grave_terms)
    if (record.find(term) != record.npos) {
      if (!to.terms.empty()) to.terms += ", ";
      to.terms += term;
    }
  to.operation = change.operation;
  to.target_kind = change.target_kind;
  to.container_kind = change.container_kind;
  to.is_privileged = change.is_privileged;
  to.is_success = change.result == model::AuthResult::success;
  return made;
}

void save(const Observed& observed, BlobWriter& out) {
  out.put(observed.time);
  out.put(observed.id);
  out.put(observed.content);
  out.put(observed.person);
  out.put(observed.address);
  out.put(observed.sign_in);
  for (const auto* text : {&observed.user, &observed.user_id, &observed.city, &observed.application,
                           &observed.client, &observed.program})
    out.text(*text);
  out.put(observed.change != nullptr);
  if (!observed.change) return;
  const ObservedChange& change = *observed.change;
  for (const auto* text : {&change.activity, &change.target, &change.container, &change.terms})
    out.text(*text);
  out.put(change.operation);
  out.put(change.target_kind);
  out.put(change.container_kind);
  out.put(change.is_privileged);
  out.put(change.is_success);
}

Observed restore_observed(BlobReader& in) {
  Observed made;
  made.time = in.take<base::Timestamp>();
  made.id = in.take<std::uint64_t>();
  made.content = in.take<std::uint64_t>();
  made.person = in.take<std::uint64_t>();
  made.address = in.take<base::IpAddress>();
  made.sign_in = in.take<ObservedSignIn>();
  for (auto* text :
       {&made.user, &made.user_id, &made.city, &made.application, &made.client, &made.program})
    *text = in.text();
  if (!in.take<bool>()) return made;
  made.change = std::make_unique<ObservedChange>();
  ObservedChange& change = *made.change;
  for (auto* text : {&change.activity, &change.target, &change.container, &change.terms})
    *text = in.text();
  change.operation = in.take<model::ChangeOperation>();
  change.target_kind = in.take<model::ObjectKind>();
  change.container_kind = in.take<model::ObjectKind>();
  change.is_privileged = in.take<bool>();
  change.is_success = in.take<bool>();
  return made;
}

}  // namespace vedette::detect::identity
