// Owns: the simulated machines and the people who may log in: hosts with their process ids,
// accounts with their homes, offices and jump hosts, and the budgets that keep every innocent
// failure far from every detector's threshold (so that the truth beside a log is beyond doubt).
// Promises: never more than `slots_per_account` different addresses fail on one account within
// fifteen minutes, unless an attack has reserved the account; a person, an office and a jump host
// fail rarely. Must not know: lines. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ip.h"
#include "simulate/addresses.h"
#include "simulate/authlog_options.h"
#include "simulate/seeded_random.h"

namespace vedette::simulate {

inline constexpr std::int64_t second_us = 1'000'000;
inline constexpr std::int64_t minute_us = 60 * second_us;
inline constexpr std::size_t slots_per_account = 4;
inline constexpr std::int64_t slot_rest_us = 15 * minute_us;

enum class SshdVersion : std::uint8_t { old_7_2, current_9_2, session_9_8, auth_10_0 };

struct Host {
  std::string name;
  bool uses_pam = true;
  SshdVersion version = SshdVersion::current_9_2;
  std::uint32_t pid = 1000;
  std::uint32_t pid_max = 4'194'304;
  std::uint32_t listener_pid = 800;
  std::uint32_t logind_pid = 600;
  std::uint32_t login_number = 1;

  // Process ids grow by a few with every new process and start again after pid_max.
  std::uint32_t next_pid(SeededRandom& random) {
    pid += 1 + static_cast<std::uint32_t>(random.below(3));
    if (pid > pid_max) pid = 300 + pid % 64;
    return pid;
  }
};

// Where people log in from. All accounts behind one place share its address or network.
struct Place {
  base::IpAddress address;  // a jump host's own address, or an office's network
  bool is_network = false;
  std::int64_t failure_allowed_us = 0;  // nobody here mistypes before that
};

struct Account {
  std::string name;
  std::uint32_t user_id = 0;
  base::IpAddress address;      // where this person logs in from
  int place = -1;               // shared place, or -1 for a home
  std::string key_fingerprint;  // SHA256:..., 43 characters of base64
  bool uses_key = true;
  std::int64_t failure_allowed_us = 0;
  std::array<std::int64_t, slots_per_account> slots_end_us{};
};

class World {
 public:
  World(const AuthlogOptions& options, SeededRandom& random, AddressSource& addresses);

  [[nodiscard]] std::vector<Host>& hosts() { return hosts_; }
  [[nodiscard]] std::vector<Account>& accounts() { return accounts_; }
  [[nodiscard]] const Account& account(std::size_t i) const { return accounts_[i]; }
  // People come after the system's accounts.
  [[nodiscard]] std::size_t first_person() const { return first_person_; }
  [[nodiscard]] const base::IpAddress& jump_host() const { return places_.front().address; }

  // A host for strangers' traffic: mostly the edge hosts, which have no PAM.
  [[nodiscard]] std::uint8_t pick_attacked_host(SeededRandom& random) const;
  [[nodiscard]] std::uint8_t pick_used_host(SeededRandom& random) const;

  // One more address may fail on this account until then; false when its slots are taken.
  [[nodiscard]] bool take_slot(std::size_t account, std::int64_t now_us, std::int64_t until_us);
  // The account for one distributed attack alone; false when anyone failed on it lately.
  [[nodiscard]] bool reserve(std::size_t account, std::int64_t now_us, std::int64_t until_us);
  // May this person mistype now? If so, the budgets of the person and the place are used.
  [[nodiscard]] bool may_mistype(std::size_t account, std::int64_t now_us);

 private:
  void add_hosts(const AuthlogOptions& options, SeededRandom& random);
  void add_account(std::string name, std::uint32_t user_id, SeededRandom& random,
                   AddressSource& addresses);

  std::vector<Host> hosts_;
  std::vector<Place> places_;
  std::vector<Account> accounts_;
  std::size_t first_person_ = 0;
};

}  // namespace vedette::simulate
