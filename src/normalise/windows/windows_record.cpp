#include "normalise/windows/windows_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "normalise/windows/windows_message.h"

namespace vedette::normalise::windows {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::int64_t filetime_epoch_s = 11'644'473'600;  // 1601 to 1970
// Numbers below these are seconds, then milliseconds, then 100 ns since 1970; above: since 1601.
constexpr std::int64_t seconds_most = 100'000'000'000, milliseconds_most = 100'000'000'000'000,
                       ticks_most = 100'000'000'000'000'000;

Timestamp from_unix_ticks(std::int64_t ticks) {
  return Timestamp::from_unix_seconds(0) + Duration{ticks};
}

std::optional<Timestamp> time_of_number(std::int64_t number) {
  constexpr std::int64_t ticks_per_second = 10'000'000, ticks_per_ms = 10'000;
  if (number <= 0) return std::nullopt;
  if (number < seconds_most) return from_unix_ticks(number * ticks_per_second);
  if (number < milliseconds_most) return from_unix_ticks(number * ticks_per_ms);
  if (number < ticks_most) return from_unix_ticks(number);
  constexpr std::int64_t filetime_most = 300'000'000'000'000'000;  // the year 2551
  if (number > filetime_most) return std::nullopt;
  return from_unix_ticks(number - filetime_epoch_s * ticks_per_second);
}

// The names of an event's values, in their order, for forwarders that send them without.
struct ValueNames {
  std::uint32_t event_id;
  std::string_view provider;  // a part of its name
  std::span<const std::string_view> names;
};

constexpr std::string_view auditing = "Security-Auditing", sessions = "LocalSessionManager",
                           connections = "RemoteConnectionManager", core = "RdpCoreTS";
constexpr auto log_on_names = std::to_array<std::string_view>({"SubjectUserSid",
                                                               "SubjectUserName",
                                                               "SubjectDomainName",
                                                               "SubjectLogonId",
                                                               "TargetUserSid",
                                                               "TargetUserName",
                                                               "TargetDomainName",
                                                               "TargetLogonId",
                                                               "LogonType",
                                                               "LogonProcessName",
                                                               "AuthenticationPackageName",
                                                               "WorkstationName",
                                                               "LogonGuid",
                                                               "TransmittedServices",
                                                               "LmPackageName",
                                                               "KeyLength",
                                                               "ProcessId",
                                                               "ProcessName",
                                                               "IpAddress",
                                                               "IpPort",
                                                               "ImpersonationLevel",
                                                               "RestrictedAdminMode",
                                                               "TargetOutboundUserName",
                                                               "TargetOutboundDomainName",
                                                               "VirtualAccount",
                                                               "TargetLinkedLogonId",
                                                               "ElevatedToken"});
constexpr auto failure_names = std::to_array<std::string_view>({"SubjectUserSid",
                                                                "SubjectUserName",
                                                                "SubjectDomainName",
                                                                "SubjectLogonId",
                                                                "TargetUserSid",
                                                                "TargetUserName",
                                                                "TargetDomainName",
                                                                "Status",
                                                                "FailureReason",
                                                                "SubStatus",
                                                                "LogonType",
                                                                "LogonProcessName",
                                                                "AuthenticationPackageName",
                                                                "WorkstationName",
                                                                "TransmittedServices",
                                                                "LmPackageName",
                                                                "KeyLength",
                                                                "ProcessId",
                                                                "ProcessName",
                                                                "IpAddress",
                                                                "IpPort"});
constexpr auto log_off_names = std::to_array<std::string_view>(
    {"TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId", "LogonType"});
constexpr auto explicit_names = std::to_array<std::string_view>(
    {"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "LogonGuid",
     "TargetUserName", "TargetDomainName", "TargetLogonGuid", "TargetServerName", "TargetInfo",
     "ProcessId", "ProcessName", "IpAddress", "IpPort"});
constexpr auto privilege_names = std::to_array<std::string_view>(
    {"SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "PrivilegeList"});
constexpr auto created_names = std::to_array<std::string_view>(
    {"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName",
     "SubjectDomainName", "SubjectLogonId"});
constexpr auto member_names = std::to_array<std::string_view>(
    {"MemberName", "MemberSid", "TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid",
     "SubjectUserName", "SubjectDomainName", "SubjectLogonId"});
constexpr auto lock_out_names = std::to_array<std::string_view>(
    {"TargetUserName", "TargetDomainName", "TargetSid", "SubjectUserSid", "SubjectUserName",
     "SubjectDomainName", "SubjectLogonId"});
constexpr auto first_ticket_names = std::to_array<std::string_view>(
    {"TargetUserName", "TargetDomainName", "TargetSid", "ServiceName", "ServiceSid",
     "TicketOptions", "Status", "TicketEncryptionType", "PreAuthType", "IpAddress", "IpPort"});
constexpr auto ticket_names = std::to_array<std::string_view>(
    {"TargetUserName", "TargetDomainName", "ServiceName", "ServiceSid", "TicketOptions",
     "TicketEncryptionType", "IpAddress", "IpPort", "Status", "LogonGuid", "TransmittedServices"});
constexpr auto refused_ticket_names =
    std::to_array<std::string_view>({"TargetUserName", "TargetSid", "ServiceName", "TicketOptions",
                                     "Status", "PreAuthType", "IpAddress", "IpPort"});
constexpr auto check_names =
    std::to_array<std::string_view>({"PackageName", "TargetUserName", "Workstation", "Status"});
constexpr auto desktop_names = std::to_array<std::string_view>(
    {"AccountName", "AccountDomain", "LogonID", "SessionName", "ClientName", "ClientAddress"});
constexpr auto session_names = std::to_array<std::string_view>({"User", "SessionID", "Address"});
constexpr auto connection_names = std::to_array<std::string_view>({"Param1", "Param2", "Param3"});
constexpr auto accepted_names = std::to_array<std::string_view>({"ConnType", "ClientIP"});
constexpr auto refused_names = std::to_array<std::string_view>({"IPString"});

constexpr auto value_names = std::to_array<ValueNames>({
    {4624, auditing, log_on_names},
    {4625, auditing, failure_names},
    {4634, auditing, log_off_names},
    {4647, auditing, log_off_names},
    {4648, auditing, explicit_names},
    {4672, auditing, privilege_names},
    {4720, auditing, created_names},
    {4728, auditing, member_names},
    {4732, auditing, member_names},
    {4756, auditing, member_names},
    {4740, auditing, lock_out_names},
    {4768, auditing, first_ticket_names},
    {4769, auditing, ticket_names},
    {4771, auditing, refused_ticket_names},
    {4776, auditing, check_names},
    {4778, auditing, desktop_names},
    {4779, auditing, desktop_names},
    {21, sessions, session_names},
    {24, sessions, session_names},
    {25, sessions, session_names},
    {1149, connections, connection_names},
    {131, core, accepted_names},
    {140, core, refused_names},
});

const ValueNames* names_of(const WindowsRecord& record) {
  const auto found = std::ranges::find_if(value_names, [&](const ValueNames& each) {
    return each.event_id == record.event_id &&
           record.provider.find(each.provider) != std::string::npos;
  });
  return found == value_names.end() ? nullptr : &*found;
}

// Which value that came without a name: "param3" is the third. 0: it has a name.
std::size_t unnamed_place(std::string_view name) {
  constexpr std::string_view prefix = "param";
  if (!base::equals_ignoring_case(name.substr(0, prefix.size()), prefix)) return 0;
  return static_cast<std::size_t>(base::parse_unsigned(name.substr(prefix.size())).value_or(0));
}

// The terminal services' messages say their values in lines of "label: value", whatever the
// language of the labels; the last ones are those that the event has.
void read_message_lines(WindowsRecord& record, std::span<const std::string_view> names) {
  std::vector<std::string_view> values;
  for (const std::string_view line : base::split(record.message, '\n')) {
    const std::string_view text = base::trim(line);
    std::size_t colon = text.find(':');
    std::size_t colon_bytes = 1;
    if (colon == std::string_view::npos) {
      constexpr std::string_view wide_colon = "：";
      colon = text.find(wide_colon);
      colon_bytes = wide_colon.size();
    }
    if (colon != std::string_view::npos)
      values.push_back(base::trim(text.substr(colon + colon_bytes)));
  }
  // The first line is the message's own title, and may end with a colon.
  if (values.size() < names.size()) return;
  const auto first = values.end() - static_cast<std::ptrdiff_t>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    record.data.emplace_back(names[i], first[static_cast<std::ptrdiff_t>(i)]);
}

}  // namespace

std::optional<std::int64_t> read_number(std::string_view text) {
  text = base::trim(text);
  const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (is_hexadecimal) text.remove_prefix(2);
  if (text.empty()) return std::nullopt;
  const char* const end = text.data() + text.size();
  if (is_hexadecimal) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), end, number, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::optional<Timestamp> read_time(std::string_view text, Duration zone_offset) {
  text = base::trim(text);
  constexpr std::string_view script_begin = "/Date(";
  if (text.starts_with(script_begin)) {
    const auto number =
        read_number(text.substr(script_begin.size(), text.find_first_of("+-)", 7) - 6));
    return number ? time_of_number(*number) : std::nullopt;
  }
  if (const auto time = base::parse_iso(text)) return time;
  // Fluent Bit writes seconds with a fraction.
  if (const auto number = read_number(text.substr(0, text.find('.'))))
    return time_of_number(*number);
  // "2023-01-01 10:00:00 +0900"
  const std::size_t sign = text.find_last_of("+-");
  if (sign != std::string_view::npos && sign > 18 && text.size() == sign + 5) {
    const auto at = base::trim(text.substr(0, sign));
    const auto joined = fmt::format("{}{}:{}", at, text.substr(sign, 3), text.substr(sign + 3));
    if (const auto time = base::parse_iso(joined)) return time;
  }
  if (const auto local = base::parse_iso(std::string(text) + "Z")) return *local - zone_offset;
  return std::nullopt;
}

void name_values(WindowsRecord& record) {
  const ValueNames* known = names_of(record);
  if (known == nullptr) return;
  for (auto& [name, value] : record.data)
    if (const std::size_t place = unnamed_place(name); place > 0 && place <= known->names.size())
      name = known->names[place - 1];
  const bool is_said = std::ranges::any_of(
      known->names, [&](std::string_view name) { return !record.value(name).empty(); });
  if (is_said || record.message.empty()) return;
  if (known->provider == auditing)
    read_message_values(record.message, record.data);
  else
    read_message_lines(record, known->names);
}

}  // namespace vedette::normalise::windows
