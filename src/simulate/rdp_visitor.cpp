#include "simulate/rdp_visitor.h"

#include <array>
#include <utility>

#include "base/json.h"

namespace vedette::simulate {
namespace {

constexpr std::string_view host = "RDP-GATE.northwind.example";
constexpr std::string_view user = "reception";

using Member = std::pair<std::string_view, std::string_view>;

constexpr std::array<Member, 12> wrong_password{{{"SubjectUserSid", "S-1-0-0"},
                                                 {"SubjectUserName", "-"},
                                                 {"TargetUserSid", "S-1-0-0"},
                                                 {"TargetUserName", user},
                                                 {"TargetDomainName", "NORTHWIND"},
                                                 {"Status", "0xc000006d"},
                                                 {"FailureReason", "%%2313"},
                                                 {"SubStatus", "0xc000006a"},
                                                 {"LogonType", "10"},
                                                 {"AuthenticationPackageName", "Negotiate"},
                                                 {"IpAddress", rdp_visitor_address},
                                                 {"IpPort", "0"}}};
constexpr std::array<Member, 12> desktop{{{"SubjectUserSid", "S-1-5-18"},
                                          {"SubjectUserName", "RDP-GATE$"},
                                          {"TargetUserSid", "S-1-5-21-7-7-7-1190"},
                                          {"TargetUserName", user},
                                          {"TargetDomainName", "NORTHWIND"},
                                          {"TargetLogonId", "0x9f00d"},
                                          {"LogonType", "10"},
                                          {"LogonProcessName", "User32 "},
                                          {"AuthenticationPackageName", "Negotiate"},
                                          {"WorkstationName", "RDP-GATE"},
                                          {"IpAddress", rdp_visitor_address},
                                          {"IpPort", "0"}}};

}  // namespace

std::string write_rdp_try(base::Timestamp time, std::uint64_t number) {
  const bool is_in = number > rdp_visitor_tries;
  const std::string_view code = is_in ? "4624" : "4625";
  base::JsonWriter out;
  out.begin_object().member("@timestamp", base::format_iso(time));
  out.key("event").begin_object().member("code", code).end_object().key("winlog").begin_object();
  out.member("channel", "Security");
  out.member("provider_name", "Microsoft-Windows-Security-Auditing");
  out.member("computer_name", host).member("event_id", code).key("record_id").number(number);
  out.key("event_data").begin_object();
  for (const auto& [name, value] : is_in ? desktop : wrong_password) out.member(name, value);
  out.end_object().end_object().end_object();
  return out.take() + "\n";
}

}  // namespace vedette::simulate
