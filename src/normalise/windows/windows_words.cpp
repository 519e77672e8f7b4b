#include "normalise/windows/windows_words.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "normalise/windows/windows_record.h"

namespace vedette::normalise::windows {
namespace {

struct Activity {
  std::uint32_t event_id;
  std::string_view words;
};

// Sorted by id.
constexpr auto activities = std::to_array<Activity>({
    {1100, "The event logging service has shut down."},
    {1101, "Audit events have been dropped by the transport."},
    {1102, "The audit log was cleared."},
    {1104, "The security log is now full."},
    {1105, "Event log automatic backup."},
    {1108, "The event logging service encountered an error."},
    {4608, "Windows is starting up."},
    {4609, "Windows is shutting down."},
    {4610, "An authentication package has been loaded by the Local Security Authority."},
    {4611, "A trusted logon process has been registered with the Local Security Authority."},
    {4614, "A notification package has been loaded by the Security Account Manager."},
    {4616, "The system time was changed."},
    {4618, "A monitored security event pattern has occurred."},
    {4622, "A security package has been loaded by the Local Security Authority."},
    {4624, "An account was successfully logged on."},
    {4625, "An account failed to log on."},
    {4626, "User/Device claims information."},
    {4627, "Group membership information."},
    {4634, "An account was logged off."},
    {4647, "User initiated logoff."},
    {4648, "A logon was attempted using explicit credentials."},
    {4649, "A replay attack was detected."},
    {4656, "A handle to an object was requested."},
    {4657, "A registry value was modified."},
    {4658, "The handle to an object was closed."},
    {4659, "A handle to an object was requested with intent to delete."},
    {4660, "An object was deleted."},
    {4661, "A handle to an object was requested."},
    {4662, "An operation was performed on an object."},
    {4663, "An attempt was made to access an object."},
    {4664, "An attempt was made to create a hard link."},
    {4670, "Permissions on an object were changed."},
    {4672, "Special privileges assigned to new logon."},
    {4673, "A privileged service was called."},
    {4674, "An operation was attempted on a privileged object."},
    {4675, "SIDs were filtered."},
    {4688, "A new process has been created."},
    {4689, "A process has exited."},
    {4690, "An attempt was made to duplicate a handle to an object."},
    {4691, "Indirect access to an object was requested."},
    {4692, "Backup of data protection master key was attempted."},
    {4693, "Recovery of data protection master key was attempted."},
    {4696, "A primary token was assigned to process."},
    {4697, "A service was installed in the system."},
    {4698, "A scheduled task was created."},
    {4699, "A scheduled task was deleted."},
    {4700, "A scheduled task was enabled."},
    {4701, "A scheduled task was disabled."},
    {4702, "A scheduled task was updated."},
    {4703, "A token right was adjusted."},
    {4704, "A user right was assigned."},
    {4705, "A user right was removed."},
    {4706, "A new trust was created to a domain."},
    {4707, "A trust to a domain was removed."},
    {4713, "Kerberos policy was changed."},
    {4715, "The audit policy (SACL) on an object was changed."},
    {4716, "Trusted domain information was modified."},
    {4717, "System security access was granted to an account."},
    {4718, "System security access was removed from an account."},
    {4719, "System audit policy was changed."},
    {4720, "A user account was created."},
    {4722, "A user account was enabled."},
    {4723, "An attempt was made to change an account's password."},
    {4724, "An attempt was made to reset an account's password."},
    {4725, "A user account was disabled."},
    {4726, "A user account was deleted."},
    {4727, "A security-enabled global group was created."},
    {4728, "A member was added to a security-enabled global group."},
    {4729, "A member was removed from a security-enabled global group."},
    {4730, "A security-enabled global group was deleted."},
    {4731, "A security-enabled local group was created."},
    {4732, "A member was added to a security-enabled local group."},
    {4733, "A member was removed from a security-enabled local group."},
    {4734, "A security-enabled local group was deleted."},
    {4735, "A security-enabled local group was changed."},
    {4737, "A security-enabled global group was changed."},
    {4738, "A user account was changed."},
    {4739, "Domain Policy was changed."},
    {4740, "A user account was locked out."},
    {4741, "A computer account was created."},
    {4742, "A computer account was changed."},
    {4743, "A computer account was deleted."},
    {4754, "A security-enabled universal group was created."},
    {4755, "A security-enabled universal group was changed."},
    {4756, "A member was added to a security-enabled universal group."},
    {4757, "A member was removed from a security-enabled universal group."},
    {4758, "A security-enabled universal group was deleted."},
    {4764, "A group's type was changed."},
    {4765, "SID History was added to an account."},
    {4766, "An attempt to add SID History to an account failed."},
    {4767, "A user account was unlocked."},
    {4768, "A Kerberos authentication ticket (TGT) was requested."},
    {4769, "A Kerberos service ticket was requested."},
    {4770, "A Kerberos service ticket was renewed."},
    {4771, "Kerberos pre-authentication failed."},
    {4772, "A Kerberos authentication ticket request failed."},
    {4773, "A Kerberos service ticket request failed."},
    {4774, "An account was mapped for logon."},
    {4775, "An account could not be mapped for logon."},
    {4776, "The computer attempted to validate the credentials for an account."},
    {4777, "The domain controller failed to validate the credentials for an account."},
    {4778, "A session was reconnected to a Window Station."},
    {4779, "A session was disconnected from a Window Station."},
    {4780, "The ACL was set on accounts which are members of administrators groups."},
    {4781, "The name of an account was changed."},
    {4782, "The password hash an account was accessed."},
    {4793, "The Password Policy Checking API was called."},
    {4794,
     "An attempt was made to set the Directory Services Restore Mode administrator password."},
    {4797, "An attempt was made to query the existence of a blank password for an account."},
    {4798, "A user's local group membership was enumerated."},
    {4799, "A security-enabled local group membership was enumerated."},
    {4800, "The workstation was locked."},
    {4801, "The workstation was unlocked."},
    {4802, "The screen saver was invoked."},
    {4803, "The screen saver was dismissed."},
    {4817, "Auditing settings on object were changed."},
    {4825, "A user was denied the access to Remote Desktop."},
    {4826, "Boot Configuration Data loaded."},
    {4902, "The Per-user audit policy table was created."},
    {4904, "An attempt was made to register a security event source."},
    {4905, "An attempt was made to unregister a security event source."},
    {4907, "Auditing settings on object were changed."},
    {4912, "Per User Audit Policy was changed."},
    {4946, "A change was made to the Windows Firewall exception list. A rule was added."},
    {4947, "A change was made to the Windows Firewall exception list. A rule was modified."},
    {4948, "A change was made to the Windows Firewall exception list. A rule was deleted."},
    {4964, "Special groups have been assigned to a new logon."},
    {5024, "The Windows Firewall Service has started successfully."},
    {5025, "The Windows Firewall Service has been stopped."},
    {5033, "The Windows Firewall Driver has started successfully."},
    {5058, "Key file operation."},
    {5059, "Key migration operation."},
    {5061, "Cryptographic operation."},
    {5136, "A directory service object was modified."},
    {5137, "A directory service object was created."},
    {5138, "A directory service object was undeleted."},
    {5139, "A directory service object was moved."},
    {5140, "A network share object was accessed."},
    {5141, "A directory service object was deleted."},
    {5142, "A network share object was added."},
    {5143, "A network share object was modified."},
    {5144, "A network share object was deleted."},
    {5145,
     "A network share object was checked to see whether client can be granted desired access."},
    {5152, "The Windows Filtering Platform blocked a packet."},
    {5154,
     "The Windows Filtering Platform has permitted an application or service to listen on a "
     "port for incoming connections."},
    {5156, "The Windows Filtering Platform has permitted a connection."},
    {5157, "The Windows Filtering Platform has blocked a connection."},
    {5158, "The Windows Filtering Platform has permitted a bind to a local port."},
    {5159, "The Windows Filtering Platform has blocked a bind to a local port."},
    {5376, "Credential Manager credentials were backed up."},
    {5377, "Credential Manager credentials were restored from a backup."},
    {5379, "Credential Manager credentials were read."},
    {5381, "Vault credentials were read."},
    {5382, "Vault credentials were read."},
    {6272, "Network Policy Server granted access to a user."},
    {6273, "Network Policy Server denied access to a user."},
    {6416, "A new external device was recognized by the system."},
});
static_assert(std::ranges::is_sorted(activities, {}, &Activity::event_id));

constexpr auto log_on_types = std::to_array<std::pair<std::int32_t, std::string_view>>({
    {0, "System"},
    {2, "Interactive"},
    {3, "Network"},
    {4, "Batch"},
    {5, "Service"},
    {6, "Proxy"},
    {7, "Unlock"},
    {8, "NetworkCleartext"},
    {9, "NewCredentials"},
    {10, "RemoteInteractive"},
    {11, "CachedInteractive"},
    {12, "CachedRemoteInteractive"},
    {13, "CachedUnlock"},
});

struct Failure {
  std::uint32_t status;
  FailureWords words;
};

constexpr auto status_failures = std::to_array<Failure>({
    {0xc000005e, {"no server could check the log-on", "Other", false, true}},
    {0xc0000064, {"there is no such account", "No such user", true, false}},
    {0xc000006a, {"wrong password", "Incorrect password", true, true}},
    {0xc000006d, {"wrong name or password", "No such user or password", true, true}},
    {0xc000006e, {"the account is restricted", "Logon violates policy", false, true}},
    {0xc000006f,
     {"outside of the hours that the account may use", "Logon violates policy", false, true}},
    {0xc0000070,
     {"from a computer that the account may not use", "Logon violates policy", false, true}},
    {0xc0000071, {"the password has expired", "Password expired", false, true}},
    {0xc0000072, {"the account is disabled", "User disabled", true, true}},
    {0xc00000dc, {"the domain is in the wrong state", "Other", false, true}},
    {0xc0000133, {"the clocks are too far apart", "Other", false, true}},
    {0xc000015b, {"the account may not log on in this way", "Logon violates policy", false, true}},
    {0xc000018c, {"the trust between the domains is broken", "Other", false, true}},
    {0xc0000192, {"the log-on service is not running", "Other", false, true}},
    {0xc0000193, {"the account has expired", "Account expired", false, true}},
    {0xc0000224, {"the password must be changed first", "Password expired", false, true}},
    {0xc0000225, {"Windows reports a fault of its own", "Other", false, true}},
    {0xc0000234, {"the account is locked", "User locked", true, true}},
    {0xc00002ee, {"Windows reports a fault of its own", "Other", false, true}},
    {0xc0000413, {"the authentication firewall forbids it", "Logon violates policy", false, true}},
});

constexpr auto kerberos_failures = std::to_array<Failure>({
    {0x6, {"there is no such account", "No such user", true, false}},
    {0x7, {"there is no such service", "Other", false, true}},
    {0xc, {"the account is restricted", "Logon violates policy", false, true}},
    {0x12, {"the account is disabled, expired or locked", "User locked", true, true}},
    {0x17, {"the password has expired", "Password expired", false, true}},
    {0x18, {"wrong password", "Incorrect password", true, true}},
    {0x19, {"the client must prove itself first", "Other", false, true}},
    {0x25, {"the clocks are too far apart", "Other", false, true}},
});

}  // namespace

std::string_view activity_of(std::uint32_t event_id) {
  const auto found = std::ranges::lower_bound(activities, event_id, {}, &Activity::event_id);
  return found != activities.end() && found->event_id == event_id ? found->words
                                                                  : std::string_view();
}

std::string_view log_on_type_name(std::int64_t type) {
  for (const auto& [number, name] : log_on_types)
    if (number == type) return name;
  return {};
}

std::optional<std::int32_t> read_log_on_type(std::string_view text) {
  text = base::trim(text);
  if (const auto number = read_number(text.substr(0, text.find(' '))))
    return *number >= 0 && *number <= 99 ? std::optional(static_cast<std::int32_t>(*number))
                                         : std::nullopt;
  for (const auto& [number, name] : log_on_types)
    if (base::equals_ignoring_case(text, name)) return number;
  if (base::equals_ignoring_case(text, "Remote Interactive")) return 10;
  return std::nullopt;
}

FailureWords failure_words(std::uint32_t status, bool is_kerberos) {
  const auto find = [status](const auto& failures) -> const Failure* {
    const auto found = std::ranges::find(failures, status, &Failure::status);
    return found == failures.end() ? nullptr : &*found;
  };
  const Failure* found = find(status_failures);
  if (found == nullptr && is_kerberos) found = find(kerberos_failures);
  return found == nullptr ? FailureWords{{}, "Other", !is_kerberos, true} : found->words;
}

std::string_view level_name(std::int64_t level) {
  constexpr std::array<std::string_view, 6> names{"LogAlways", "Critical",    "Error",
                                                  "Warning",   "Information", "Verbose"};
  return level >= 0 && level < static_cast<std::int64_t>(names.size())
             ? names.at(static_cast<std::size_t>(level))
             : std::string_view();
}

}  // namespace vedette::normalise::windows
