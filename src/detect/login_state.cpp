#include "detect/login_state.h"

namespace vedette::detect {

namespace limits = base::limits;

namespace {

// What a record of an address takes with the default settings: three attempts, eight users.
constexpr std::size_t default_address_bytes =
    sizeof(AddressRecord) + 3 * sizeof(Attempt) + 8 * sizeof(UserTry);

}  // namespace

LoginState::LoginState(const LoginSettings& login_settings, const AllowList& allow)
    : settings(login_settings),
      allow_list(allow),
      attempts_capacity(static_cast<std::size_t>(settings.attempts)),
      users_capacity(static_cast<std::size_t>(settings.spray_users)),
      sessions(limits::tracked_sessions_max, 0, settings.seed, undo),
      names(limits::source_host_names_max, 0, settings.seed, undo),
      // Larger rings mean fewer records: the table's memory stays what it is with the defaults.
      addresses(limits::tracked_addresses_max * default_address_bytes /
                    (sizeof(AddressRecord) + sizeof(Attempt) * attempts_capacity +
                     sizeof(UserTry) * users_capacity),
                sizeof(Attempt) * attempts_capacity + sizeof(UserTry) * users_capacity,
                settings.seed, undo),
      networks(
          limits::tracked_networks_max * 6 / static_cast<std::size_t>(settings.network_attempts),
          sizeof(SharedAttempt) * static_cast<std::size_t>(settings.network_attempts),
          settings.seed, undo),
      users(limits::tracked_users_max * 20 / static_cast<std::size_t>(settings.user_attempts),
            sizeof(SharedAttempt) * static_cast<std::size_t>(settings.user_attempts), settings.seed,
            undo),
      episodes(undo, settings.update_interval),
      user_names_(names_size) {
  undo.record(settings.lateness.ticks > 0);
}

void LoginState::remember_user(std::uint64_t hash, std::string_view name) {
  if (hash == 0) return;
  NamedUser& place = user_names_[hash % names_size];
  if (place.hash == hash) return;
  undo.save(place);  // which name was overwritten must not depend on the order of arrival
  place.hash = hash;
  place.name.assign(name);
}

UserName LoginState::user_name(std::uint64_t hash) const {
  const NamedUser& place = user_names_[hash % names_size];
  return place.hash == hash ? place.name : UserName{};
}

}  // namespace vedette::detect
