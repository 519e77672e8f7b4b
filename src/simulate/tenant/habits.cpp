#include "simulate/tenant/habits.h"

#include <algorithm>
#include <array>

#include "simulate/seeded_random.h"
#include "simulate/tenant/apps.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::int64_t minute_s = 60;
constexpr std::int64_t hour_s = 3'600;

struct Hours {
  std::int64_t start_s, end_s;
};

Hours hours_of(Shift shift) {
  switch (shift) {
    case Shift::office:
      return {8 * hour_s + 30 * minute_s, 17 * hour_s + 15 * minute_s};
    case Shift::early:
      return {6 * hour_s, 14 * hour_s};
    case Shift::late:
      return {14 * hour_s, 22 * hour_s};
    case Shift::night:
      return {22 * hour_s, 30 * hour_s};
    case Shift::part_time:
      return {9 * hour_s, 13 * hour_s};
  }
  return {};
}

constexpr std::array<std::uint8_t, 5> browser_apps = {app_office_home, app_outlook_web, app_teams,
                                                      app_office_home, app_outlook_web};
constexpr std::array<std::uint8_t, 4> background_apps = {app_teams, app_office, app_onedrive,
                                                         app_office};

std::uint64_t day_seed(std::uint64_t seed, std::uint32_t person, std::int64_t day) {
  return base::hash_words(base::hash_words(seed, person), static_cast<std::uint64_t>(day));
}
std::uint64_t session_in(std::uint64_t day_seed, Device device) {
  return base::hash_words(day_seed, 0x5e55 + static_cast<std::uint64_t>(device));
}

}  // namespace

// One person's day while it is written.
class Habits::Day {
 public:
  Day(const Habits& habits, std::uint32_t index, std::int64_t day, std::vector<SignIn>& out)
      : habits_(habits),
        person_(habits.directory_.person(index)),
        index_(index),
        day_(day),
        seed_(day_seed(habits.options_.seed, index, day)),
        random_(seed_),
        city_(habits.city_on(index, day)),
        out_(out) {}

  void write() {
    switch (person_.kind) {
      case AccountKind::member:
        write_member();
        break;
      case AccountKind::guest:
        write_guest();
        break;
      case AccountKind::service:
        write_service();
        break;
      case AccountKind::break_glass:
      case AccountKind::dormant:
        break;
    }
  }

 private:
  [[nodiscard]] bool away() const { return city_ != person_.city; }

  SignIn& add(std::int64_t second, SignInKind kind, Client client, Device device, std::uint8_t app,
              NetworkIndex network) {
    SignIn sign_in;
    // A whole number of ticks that looks like the service's.
    sign_in.time = habits_.clock_.at(city_, day_, second);
    sign_in.time.ticks += static_cast<std::int64_t>(random_.below(base::ticks_per_second));
    sign_in.key = base::hash_words(seed_, ++count_);
    sign_in.kind = kind;
    sign_in.client = client;
    sign_in.device = device;
    sign_in.app = app;
    sign_in.network = network;
    sign_in.actor = index_;
    sign_in.session = session_in(seed_, device);
    // At home for weeks the same address; an office has a few; a carrier gives any.
    const NetworkKind place = networks()[network].kind;
    const std::uint64_t host =
        place == NetworkKind::home     ? index_ * 64ULL + city_
        : place == NetworkKind::office ? seed_ % 3
        : place == NetworkKind::phone
            ? base::hash_words(seed_, static_cast<std::uint64_t>(second / 7'200))
            : seed_ % 9;
    sign_in.address = address_in(network, host);
    out_.push_back(sign_in);
    return out_.back();
  }

  NetworkIndex laptop_network() {
    if (away()) return network_at(NetworkKind::home, city_);
    if (person_.works_at_office && !random_.chance(200))
      return network_at(NetworkKind::office, city_);
    if (person_.uses_company_vpn && random_.chance(400))
      return networks_of(NetworkKind::vpn)[random_.below(2)];
    return network_at(NetworkKind::home, city_);
  }

  NetworkIndex phone_network(std::int64_t second) {
    const bool at_home = !away() && (second < 7 * hour_s || second > 19 * hour_s);
    if (person_.uses_relay && random_.chance(300))
      return networks_of(NetworkKind::relay)[index_ % 2];
    if (at_home) return network_at(NetworkKind::home, city_);
    return network_at(NetworkKind::phone, away() ? person_.city : city_);
  }

  // A person sits down and signs in: mistakes first, then a second factor.
  void sit_down(std::int64_t second, Client client, Device device, std::uint8_t app,
                NetworkIndex network) {
    if (random_.chance(60)) {
      const auto mistakes = random_.between(1, 2);
      for (std::int64_t i = mistakes; i > 0; --i)
        add(second - i * random_.between(12, 40), SignInKind::interactive, client, device, app,
            network)
            .outcome = Outcome::wrong_password;
    }
    if (random_.chance(40))
      add(second - 6, SignInKind::interactive, client, device, app, network).outcome =
          Outcome::keep_signed_in;
    SignIn& sign_in = add(second, SignInKind::interactive, client, device, app, network);
    if (!person_.uses_mfa) return;
    const bool asked = away() || app == app_portal || random_.chance(350);
    if (!asked) {
      sign_in.mfa = Mfa::by_claim;
      return;
    }
    sign_in.mfa = index_ % 5 == 0 ? Mfa::text_message : Mfa::notification;
    sign_in.changes = random_.chance(500);
    if (random_.chance(8)) sign_in.outcome = Outcome::mfa_denied;  // the phone was elsewhere
    if (away() && random_.chance(150)) {
      sign_in.risk = RiskKind::unfamiliar;
      sign_in.changes = true;
    }
  }

  void write_member() {
    const bool works = habits_.works_on(index_, day_);
    if (works) write_work();
    write_phone(works);
    if (person_.uses_bought_vpn && random_.chance(300))
      sit_down(20 * hour_s + random_.between(0, 2 * hour_s), Client::browser, Device::laptop,
               app_office_home, networks_of(NetworkKind::vpn)[2 + index_ % 2]);
  }

  void write_work() {
    const Hours hours = hours_of(person_.shift);
    const std::int64_t start = hours.start_s + random_.between(-45, 45) * minute_s;
    const std::int64_t end = hours.end_s + random_.between(-30, 75) * minute_s;
    const NetworkIndex network = laptop_network();
    sit_down(start, random_.chance(500) ? Client::browser : Client::desktop, Device::laptop,
             browser_apps[random_.index(browser_apps.size())], network);
    for (std::uint64_t i = random_.below(3); i > 0; --i)
      sit_down(random_.between(start + hour_s, end), Client::browser, Device::laptop,
               browser_apps[random_.index(browser_apps.size())], network);
    if (habits_.directory_.is_administrator(index_))
      for (std::uint64_t i = random_.below(3) + 1; i > 0; --i)
        sit_down(random_.between(start, end), Client::browser, Device::laptop,
                 random_.chance(800) ? app_portal : app_azure_cli, network);
    for (std::int64_t at = start + random_.between(20, 300); at < end;
         at += random_.between(6 * minute_s, 26 * minute_s))
      add(at, SignInKind::non_interactive, Client::desktop, Device::laptop,
          background_apps[random_.index(background_apps.size())], network)
          .mfa = person_.uses_mfa ? Mfa::by_claim : Mfa::none;
  }

  void write_phone(bool works) {
    const std::int64_t gap = works ? 80 * minute_s : 150 * minute_s;
    for (std::int64_t at = 6 * hour_s + random_.between(0, 90 * minute_s); at < 23 * hour_s;
         at += random_.between(gap / 2, gap * 3 / 2))
      add(at, SignInKind::non_interactive, Client::phone_app, Device::phone,
          random_.chance(600) ? app_outlook_mobile : app_teams, phone_network(at))
          .mfa = person_.uses_mfa ? Mfa::by_claim : Mfa::none;
    if (random_.chance(works ? 70 : 30)) {
      const std::int64_t at = random_.between(7 * hour_s, 22 * hour_s);
      sit_down(at, Client::phone_app, Device::phone, app_outlook_mobile, phone_network(at));
    }
  }

  void write_guest() {
    if (is_weekend(city_, day_) || !random_.chance(200)) return;
    const NetworkIndex network = network_at(NetworkKind::home, city_);
    const std::int64_t at = random_.between(9 * hour_s, 16 * hour_s);
    sit_down(at, Client::browser, Device::none, app_teams, network);
    for (std::int64_t i = 1; i <= 3; ++i)
      add(at + i * random_.between(20, 60) * minute_s, SignInKind::non_interactive, Client::browser,
          Device::none, app_teams, network);
  }

  // A scanner that mails what it scanned, by the protocol it was built with.
  void write_service() {
    if (is_weekend(city_, day_)) return;
    for (std::int64_t at = 7 * hour_s; at < 19 * hour_s; at += random_.between(10, 50) * minute_s)
      add(at, SignInKind::interactive, Client::smtp, Device::none, app_exchange,
          network_at(NetworkKind::office, 0));
  }

  const Habits& habits_;
  const Person& person_;
  const std::uint32_t index_;
  const std::int64_t day_;
  const std::uint64_t seed_;
  SeededRandom random_;
  const CityIndex city_;
  std::vector<SignIn>& out_;
  std::uint64_t count_ = 0;
};

void Habits::append_day(std::uint32_t person, std::int64_t local_day,
                        std::vector<SignIn>& out) const {
  Day(*this, person, local_day, out).write();
}

void Habits::append_workload_day(std::uint32_t workload, std::int64_t day,
                                 std::vector<SignIn>& out) const {
  const Workload& made = directory_.workloads()[workload];
  const std::uint64_t seed = base::hash_words(
      base::hash_words(options_.seed, 0x776f726b + workload), static_cast<std::uint64_t>(day));
  SeededRandom random(seed);
  const bool managed = made.kind == WorkloadKind::managed_identity;
  const base::Timestamp midnight = base::Timestamp::from_unix_seconds(day * 86'400);
  std::uint64_t count = 0;
  const auto step = static_cast<std::int64_t>(made.every_s);
  for (std::int64_t at = random.between(0, step); at < 86'400; at += step) {
    SignIn sign_in;
    // Programs are punctual to a few seconds.
    sign_in.time = midnight + base::Duration{std::min<std::int64_t>(
                                  at * base::ticks_per_second + random.between(0, 40'000'000),
                                  86'400 * base::ticks_per_second - 1)};
    sign_in.key = base::hash_words(seed, ++count);
    sign_in.kind = managed ? SignInKind::managed_identity : SignInKind::service_principal;
    sign_in.actor = workload;
    sign_in.network = made.network;
    sign_in.address = address_in(made.network, workload);
    // A secret that ran out, and a retry that worked.
    if (!managed && random.chance(2)) sign_in.outcome = Outcome::password_expired;
    out.push_back(sign_in);
  }
}

std::uint64_t Habits::session_of(std::uint32_t person, std::int64_t local_day,
                                 Device device) const {
  return session_in(day_seed(options_.seed, person, local_day), device);
}

CityIndex Habits::city_on(std::uint32_t person, std::int64_t local_day) const {
  const Person& who = directory_.person(person);
  if (!who.travels || who.kind != AccountKind::member) return who.city;
  // One chance of a journey in three weeks.
  constexpr std::int64_t block_days = 21;
  const std::int64_t block = local_day / block_days;
  SeededRandom random(base::hash_words(base::hash_words(options_.seed, 0x74726970 + person),
                                       static_cast<std::uint64_t>(block)));
  if (!random.chance(450)) return who.city;
  const std::int64_t first = random.between(0, block_days - 6);
  const std::int64_t days = random.between(2, 5);
  const std::int64_t day = local_day % block_days;
  constexpr std::uint64_t cities_worth_a_journey = 22;
  const auto destination = static_cast<CityIndex>(random.below(cities_worth_a_journey));
  return day >= first && day < first + days ? destination : who.city;
}

bool Habits::works_on(std::uint32_t person, std::int64_t local_day) const {
  const Person& who = directory_.person(person);
  const std::uint64_t own = base::hash_words(options_.seed, 0x6c656176 + person);
  const std::int64_t week = (local_day + 3) / 7;
  if (base::hash_words(own, static_cast<std::uint64_t>(week)) % 1'000 < 60) return false;  // leave
  if (base::hash_words(own, 0xD4 + static_cast<std::uint64_t>(local_day)) % 1'000 < 20)
    return false;  // ill
  if (who.shift == Shift::night || who.shift == Shift::late)
    return (local_day + person) % 7 < 4;  // four on, three off
  return !is_weekend(who.city, local_day) && !is_holiday(who.city, local_day);
}

}  // namespace vedette::simulate::tenant
