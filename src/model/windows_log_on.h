// Owns: what a Windows host says of log-ins: the normalised event, and beside it what only Windows
// tells (the kind of log-on, its session, by which act of the operating system it is known).
// Promises: plain data. The views point into the records that were read and live until the next
// batch is; what must live longer copies them. Must not know: how it was parsed. Passed between
// threads only together with its batch.
#pragma once

#include <cstdint>

#include "model/auth_event.h"

namespace vedette::model {

enum class LogOnAct : std::uint8_t {
  log_on,                // 4624, 4625
  log_off,               // 4634, 4647
  explicit_credentials,  // 4648: somebody uses another account's credentials
  privileges,            // 4672: the new session has an administrator's rights
  lock_out,              // 4740
  ticket,                // 4768, 4769, 4771: Kerberos
  credential_check,      // 4776: NTLM
  session_on,            // 4778, 21, 25: somebody sits before the desktop of a remote session
  session_off,           // 4779, 24
  connection,            // 1149: Remote Desktop took somebody's word who he is
  refused_connection,    // 140: Remote Desktop refused name or password; 4625 says whose
  log_cleared,           // 1102, 104
};

// Kinds of log-on, as Windows numbers them.
inline constexpr std::int32_t network_log_on = 3, unlock_log_on = 7, remote_log_on = 10;

struct WindowsLogOn {
  AuthEvent event;
  LogOnAct act = LogOnAct::log_on;
  std::uint32_t event_id = 0;
  std::int32_t log_on_type = -1;   // -1: the record does not say
  std::uint64_t session_key = 0;   // of host and log-on id; 0: the record names none
  Text domain;                     // of the user
  Text actor;                      // who did it, where that is not the user: DOMAIN\name
  Text process;                    // by which program
  Text package;                    // NTLM, Kerberos, Negotiate
  Text status;                     // why it failed: "0xc000006a"
  bool is_person = false;          // no machine, no service of the system
  bool is_elevated = false;        // the record itself says: with an administrator's rights
  bool actor_is_person = false;    // ... of `actor`
  bool tells_of_guessing = false;  // wrong credentials from elsewhere, or what succeeded there
};

}  // namespace vedette::model
