// Owns: what attackers do: the kinds of attack, their sizes and rhythms, and the alert each one
// owes. Promises: every attack is well over the threshold of its own rule and well under those of
// the others; margins are stated beside the numbers in attack.cpp and checked by authlog_test.cpp.
// Must not know: lines, the schedule. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "simulate/connection.h"
#include "simulate/truth.h"
#include "simulate/world.h"

namespace vedette::simulate {

enum class AttackKind : std::uint8_t {
  fast_guessing,       // one address, several tries a second to one in four seconds
  slow_guessing,       // one address, a try every 8 to 12 seconds
  guessed,             // fast guessing that ends with the right password
  spray,               // one address, many users, about one try a minute
  spray_guessed,       // the same, with one right password at the end
  one_user_from_many,  // many addresses, one account
  one_network,         // many addresses of one /24 or /64, a few tries each
  low_and_slow,        // one address, one account, a try every few minutes, at last right
};
inline constexpr std::size_t attack_kinds = 8;

// Whose names are tried.
enum class Targets : std::uint8_t { account, one_unknown, dictionary, mixed, hostile, spread };

struct Attack {
  AttackKind kind = AttackKind::fast_guessing;
  Targets targets = Targets::dictionary;
  std::vector<base::IpAddress> addresses;
  std::size_t account = 0;       // the account that is tried, or broken into
  std::uint64_t name_start = 0;  // where in the list of unknown names
  std::uint32_t launches = 1;    // connections in all
  std::uint32_t launched = 0;
  std::uint8_t tries = 1;  // in each connection
  std::uint8_t host = 0;
  bool changes_host = false;
  bool compress_repeats = false;
  bool succeeds = false;
  bool comes_back = false;
  bool is_return = false;  // its addresses were seen before
  Ending ending = Ending::closed;
  TryMethod method = TryMethod::password;
  std::int64_t gap_us = second_us;  // between connections
  std::int64_t try_gap_us = second_us;
  std::uint32_t pause_after = 0;  // launches before the one pause; 0 for none
  std::int64_t pause_us = 0;
  std::int64_t duration_us = 0;  // planned, success included
  std::uint64_t lines = 0;       // planned

  // What has been written so far.
  std::uint32_t connections_open = 0;
  std::uint64_t attempts = 0;
  std::int64_t first_us = 0, last_us = 0, success_us = 0;
  std::vector<std::string> users;
};

class AttackPlanner {
 public:
  AttackPlanner(World& world, AddressSource& addresses, SeededRandom& random,
                bool compresses_repeats)
      : world_(world),
        addresses_(addresses),
        random_(random),
        compresses_repeats_(compresses_repeats) {}

  [[nodiscard]] AttackKind pick_kind();
  // An attack of that kind that starts now and ends by then, of about `lines_max` lines at most.
  // Empty when it does not fit, or when no account is free for it. `from` is used when not empty.
  [[nodiscard]] std::optional<Attack> plan(AttackKind kind, std::int64_t now_us,
                                           std::int64_t end_us_max, std::uint64_t lines_max,
                                           std::vector<base::IpAddress> from = {});
  // The next connection of the attack (launched + 1).
  [[nodiscard]] ConnectionPlan next_connection(Attack& attack, std::int64_t now_us);
  // The log-in with the right password.
  [[nodiscard]] ConnectionPlan success_connection(const Attack& attack);
  [[nodiscard]] std::int64_t next_gap_us(const Attack& attack);

 private:
  void size_guessing(Attack& attack, std::uint64_t lines_max);
  void size_spray(Attack& attack);
  void size_one_user(Attack& attack);
  void size_one_network(Attack& attack);
  void size_low_and_slow(Attack& attack);
  void pick_guessing_targets(Attack& attack);
  void measure(Attack& attack);
  [[nodiscard]] bool claim_account(Attack& attack, std::int64_t now_us);
  void name_user(Attack& attack, std::int64_t now_us, ConnectionPlan& plan);

  World& world_;
  AddressSource& addresses_;
  SeededRandom& random_;
  bool compresses_repeats_;
};

// The alerts that an attack owes once it is over; none when the log ended before it showed itself.
[[nodiscard]] std::vector<PlannedAlert> alerts_of(const Attack& attack, const World& world,
                                                  bool complete);

}  // namespace vedette::simulate
