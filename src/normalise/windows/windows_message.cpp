#include "normalise/windows/windows_message.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette::normalise::windows {
namespace {

// Whom or what the labels after it speak of.
enum class Section : std::uint8_t { none, subject, target, member, group, other };

struct Heading {
  std::string_view words;
  Section section;
};
constexpr auto headings = std::to_array<Heading>({
    {"Subject:", Section::subject},
    {"New Logon:", Section::target},
    {"Account For Which Logon Failed:", Section::target},
    {"Account Whose Credentials Were Used:", Section::target},
    {"Account That Was Locked Out:", Section::target},
    {"Account Information:", Section::target},
    {"New Account:", Section::target},
    {"Target Account:", Section::target},
    {"Member:", Section::member},
    {"Group:", Section::group},
    {"Logon Information:", Section::other},
    {"Failure Information:", Section::other},
    {"Process Information:", Section::other},
    {"Network Information:", Section::other},
    {"Detailed Authentication Information:", Section::other},
    {"Additional Information:", Section::other},
    {"Target Server:", Section::other},
    {"Service Information:", Section::other},
    {"Session:", Section::other},
    {"Attributes:", Section::other},
});

struct Label {
  std::string_view words;
  std::string_view subject, target, other;  // the value's name; empty: it has none there
};
constexpr auto labels = std::to_array<Label>({
    {"Security ID:", "SubjectUserSid", "TargetUserSid", ""},
    {"Account Name:", "SubjectUserName", "TargetUserName", "AccountName"},
    {"Account Domain:", "SubjectDomainName", "TargetDomainName", "AccountDomain"},
    {"Supplied Realm Name:", "", "TargetDomainName", ""},
    {"User ID:", "", "TargetSid", ""},
    {"Logon ID:", "SubjectLogonId", "TargetLogonId", "LogonID"},
    {"Linked Logon ID:", "", "TargetLinkedLogonId", ""},
    {"Logon GUID:", "LogonGuid", "LogonGuid", "LogonGuid"},
    {"Group Name:", "TargetUserName", "TargetUserName", ""},
    {"Group Domain:", "TargetDomainName", "TargetDomainName", ""},
    {"Caller Computer Name:", "TargetDomainName", "TargetDomainName", "TargetDomainName"},
    {"Logon Type:", "LogonType", "LogonType", "LogonType"},
    {"Elevated Token:", "ElevatedToken", "ElevatedToken", "ElevatedToken"},
    {"Restricted Admin Mode:", "", "", ""},
    {"Virtual Account:", "", "", ""},
    {"Impersonation Level:", "", "", ""},
    {"Network Account Name:", "", "", ""},
    {"Network Account Domain:", "", "", ""},
    {"Failure Reason:", "FailureReason", "FailureReason", "FailureReason"},
    {"Sub Status:", "SubStatus", "SubStatus", "SubStatus"},
    {"Status:", "Status", "Status", "Status"},
    {"Failure Code:", "Status", "Status", "Status"},
    {"Result Code:", "Status", "Status", "Status"},
    {"Error Code:", "Status", "Status", "Status"},
    {"Caller Process ID:", "ProcessId", "ProcessId", "ProcessId"},
    {"Caller Process Name:", "ProcessName", "ProcessName", "ProcessName"},
    {"Process ID:", "ProcessId", "ProcessId", "ProcessId"},
    {"Process Name:", "ProcessName", "ProcessName", "ProcessName"},
    {"Workstation Name:", "WorkstationName", "WorkstationName", "WorkstationName"},
    {"Source Workstation:", "Workstation", "Workstation", "Workstation"},
    {"Logon Account:", "TargetUserName", "TargetUserName", "TargetUserName"},
    {"Authentication Package:", "AuthenticationPackageName", "AuthenticationPackageName",
     "AuthenticationPackageName"},
    {"Source Network Address:", "IpAddress", "IpAddress", "IpAddress"},
    {"Network Address:", "IpAddress", "IpAddress", "IpAddress"},
    {"Client Address:", "IpAddress", "IpAddress", "IpAddress"},
    {"Source Port:", "IpPort", "IpPort", "IpPort"},
    {"Client Port:", "IpPort", "IpPort", "IpPort"},
    {"Port:", "IpPort", "IpPort", "IpPort"},
    {"Client Name:", "ClientName", "ClientName", "ClientName"},
    {"Session Name:", "SessionName", "SessionName", "SessionName"},
    {"Target Server Name:", "TargetServerName", "TargetServerName", "TargetServerName"},
    {"Service Name:", "ServiceName", "ServiceName", "ServiceName"},
    {"Logon Process:", "LogonProcessName", "LogonProcessName", "LogonProcessName"},
    {"Transited Services:", "", "", ""},
    {"Package Name (NTLM only):", "LmPackageName", "LmPackageName", "LmPackageName"},
    {"Key Length:", "KeyLength", "KeyLength", "KeyLength"},
    {"Privileges:", "PrivilegeList", "PrivilegeList", "PrivilegeList"},
});

// A heading or a label at this place of the message.
struct Mark {
  std::size_t at = 0, bytes = 0;
  const Heading* heading = nullptr;
  const Label* label = nullptr;
};

bool stands_apart(std::string_view message, std::size_t at) {
  return at == 0 || message[at - 1] == ' ' || message[at - 1] == '\t' || message[at - 1] == '\n' ||
         message[at - 1] == '\r';
}

// In their order; of several at one place, and of those within another, the longer one.
std::vector<Mark> marks_of(std::string_view message) {
  std::vector<Mark> marks;
  const auto find_all = [&](std::string_view words, const Heading* heading, const Label* label) {
    for (std::size_t at = message.find(words); at != std::string_view::npos;
         at = message.find(words, at + words.size()))
      if (stands_apart(message, at)) marks.push_back({at, words.size(), heading, label});
  };
  for (const Heading& each : headings) find_all(each.words, &each, nullptr);
  for (const Label& each : labels) find_all(each.words, nullptr, &each);
  std::ranges::stable_sort(marks, [](const Mark& a, const Mark& b) {
    return a.at != b.at ? a.at < b.at : a.bytes > b.bytes;
  });
  std::size_t end = 0;
  std::erase_if(marks, [&end](const Mark& each) {
    if (each.at < end) return true;
    end = each.at + each.bytes;
    return false;
  });
  return marks;
}

std::string_view name_of(const Label& label, Section section) {
  switch (section) {
    case Section::subject:
      return label.subject;
    case Section::target:
      return label.target;
    case Section::member:
      if (label.words == "Security ID:") return "MemberSid";
      return label.words == "Account Name:" ? "MemberName" : std::string_view();
    case Section::group:
      if (label.words == "Security ID:") return "TargetSid";
      return label.target;
    default:
      return label.other;
  }
}

}  // namespace

void read_message_values(std::string_view message,
                         std::vector<std::pair<std::string, std::string>>& data) {
  const auto marks = marks_of(message);
  Section section = Section::none;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Mark& mark = marks[i];
    if (mark.heading != nullptr) section = mark.heading->section;
    if (mark.label == nullptr) continue;
    const std::string_view name = name_of(*mark.label, section);
    const std::size_t begin = mark.at + mark.bytes;
    const std::size_t end = i + 1 < marks.size() ? marks[i + 1].at : message.size();
    std::string_view value = base::trim(message.substr(begin, end - begin));
    // What follows the last value is Windows' explanation.
    if (i + 1 == marks.size()) value = value.substr(0, value.find_first_of("\r\n"));
    value = value.substr(0, value.find("  "));
    if (!name.empty() && !value.empty()) data.emplace_back(name, value);
  }
}

}  // namespace vedette::normalise::windows
