// Where people come from: impossible_travel, stolen_session, unusual_location, high_risk_country.
// One score for the first three, of which the alert shows every part: what speaks against the
// log-in, and what speaks for it. A place alone is never enough.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "detect/identity/judge.h"

namespace vedette::detect::identity {
namespace {

using base::Duration;
using model::Severity;

struct Travel {
  double distance_km = 0, speed_km_per_hour = 0;
  Duration time;
};

double distance_km(const LastLogIn& from, const ObservedSignIn& to) {
  constexpr double radius_km = 6'371, degree = std::numbers::pi / 180;
  const double a = from.latitude * degree, b = to.latitude * degree;
  const double half_latitude = (b - a) / 2;
  const double half_longitude = (to.longitude - from.longitude) * degree / 2;
  const double chord = std::pow(std::sin(half_latitude), 2) +
                       std::cos(a) * std::cos(b) * std::pow(std::sin(half_longitude), 2);
  return 2 * radius_km * std::asin(std::sqrt(std::clamp(chord, 0.0, 1.0)));
}

double error_km(Precision precision, NetworkClass network, const IdentitySettings& settings) {
  const bool is_gateway = network == NetworkClass::mobile || network == NetworkClass::relay ||
                          network == NetworkClass::company_gateway;
  return precision == Precision::city && !is_gateway ? settings.error_city_km
                                                     : settings.error_country_km;
}

// The journey from the last log-in, where nobody could have made it.
std::optional<Travel> impossible_travel(const Scene& scene) {
  const LastLogIn& last = scene.person->last;
  const ObservedSignIn& now = scene.sign_in();
  if (!last.time.is_set() || scene.event.time < last.time || last.precision == Precision::none ||
      now.precision == Precision::none)
    return std::nullopt;
  const IdentitySettings& settings = scene.ground.settings;
  Travel travel;
  travel.time = scene.event.time - last.time;
  travel.distance_km = distance_km(last, now);
  const double beyond_km = travel.distance_km -
                           error_km(last.precision, last.network_class, settings) -
                           error_km(now.precision, now.network_class, settings);
  const double hours = std::max(travel.time.as_seconds(), 60.0) / 3'600;
  travel.speed_km_per_hour = beyond_km / hours;
  if (beyond_km < settings.distance_km || travel.speed_km_per_hour < settings.speed_km_per_hour)
    return std::nullopt;
  return travel;
}

class Score {
 public:
  void add(int points, std::string_view why) {
    if (points == 0) return;
    points_ += points;
    parts_ += fmt::format("{}{:+} {}", parts_.empty() ? "" : ", ", points, why);
  }
  [[nodiscard]] int points() const { return points_; }
  [[nodiscard]] const std::string& parts() const { return parts_; }

 private:
  int points_ = 0;
  std::string parts_;
};

// How much is known of the person: after the first days everything is new, and says nothing.
enum class Acquaintance : std::uint8_t { stranger, warming_up, known };

Acquaintance acquaintance(const Scene& scene) {
  const Duration watched = scene.event.time - scene.person->first_seen;
  if (watched >= Duration::hours(24LL * scene.ground.settings.warm_up_days))
    return Acquaintance::known;
  constexpr std::int64_t strange_hours = 72;
  return watched < Duration::hours(strange_hours) ? Acquaintance::stranger
                                                  : Acquaintance::warming_up;
}

int weigh(Acquaintance acquaintance, int points) {
  if (acquaintance == Acquaintance::known) return points;
  return acquaintance == Acquaintance::stranger ? 0 : points / 2;
}

void score_network(const Scene& scene, Acquaintance known, Score& score) {
  switch (scene.sign_in().network_class) {
    case NetworkClass::hosting:
      // In the first days it may be the exit of the company's own VPN.
      return score.add(known == Acquaintance::stranger ? 20 : 40, "rented servers");
    case NetworkClass::anonymiser:
      return score.add(50, "a network that hides who comes");
    case NetworkClass::consumer_vpn:
      return score.add(15, "an exit of VPNs that people buy");
    case NetworkClass::mobile:
      return score.add(-20, "a mobile carrier shows phones at its gateway");
    case NetworkClass::relay:
      return score.add(-30, "a private relay");
    case NetworkClass::company_gateway:
      return score.add(-40, "a company's web gateway");
    default:
      return;
  }
}

// Programs of one machine that the directory does not know look like several (a browser, the
// desktop client): that is no other device, where the person has one that looks so.
bool began_elsewhere(const Scene& scene) {
  const Person& person = *scene.person;
  const ObservedSignIn& sign_in = scene.sign_in();
  const std::uint64_t began_on = person.device_of(sign_in.session);
  if (began_on == 0 || device_of(sign_in) == began_on || person.knows_device(sign_in.device))
    return false;
  return is_of_directory(began_on) || !person.knows_device(sign_in.agent);
}

// How new the device is to the person, and whether the session began on another one.
void score_device(const Scene& scene, Acquaintance known, Score& score) {
  const Person& person = *scene.person;
  const ObservedSignIn& sign_in = scene.sign_in();
  if (began_elsewhere(scene))
    score.add(50, "it goes on with a session that began on another device");
  if (person.knows_device(sign_in.device)) return score.add(-60, "a device of the person");
  if (sign_in.is_company_device) return score.add(-40, "a managed device");
  if (person.knows_device(sign_in.agent)) return score.add(-20, "a kind of device the person has");
  if (person.has_devices()) score.add(weigh(known, 30), "a device never seen of the person");
}

void score_newness(const Scene& scene, Acquaintance known, Score& score) {
  const Person& person = *scene.person;
  const ObservedSignIn& sign_in = scene.sign_in();
  if (!is_company_exit(scene) && sign_in.country[0] != 0 && !person.knows_country(sign_in.country))
    score.add(weigh(known, 20), "a country the person never came from");
  score.add(weigh(known, 10), "a network the person never came from");
}

void score_proof(const Scene& scene, Score& score) {
  const ObservedSignIn& sign_in = scene.sign_in();
  if (sign_in.is_second_factor_fresh) score.add(-20, "a second factor was given");
  if (sign_in.is_single_factor && sign_in.presents_credentials && scene.person->has_second_factor)
    score.add(15, "a password was all it took, of one who has a second factor");
  if (sign_in.is_legacy) score.add(15, "a protocol without second factor");
  if (sign_in.risk >= 2) score.add(20, "the service itself sees a risk");
  if (scene.is_administrator()) score.add(10, "an administrator");
}

std::string log_in_text(std::string_view when, base::Timestamp time, const base::IpAddress& address,
                        std::string_view place, std::uint32_t autonomous_system) {
  std::string text =
      fmt::format("{}: {} from {}", when, base::format_seconds(time), base::format_ip(address));
  if (!place.empty()) text += fmt::format(", {}", place);
  if (autonomous_system != 0) text += fmt::format(", AS{}", autonomous_system);
  return text;
}

Words words_of(const Scene& scene, const std::optional<Travel>& travel, bool is_stolen,
               const Score& score) {
  const LastLogIn& last = scene.person->last;
  const ObservedSignIn& now = scene.sign_in();
  const std::string here = place_text(scene.event.city, now.country);
  Words words;
  if (travel)
    words.title =
        fmt::format("Impossible travel of {}: {} km in {}", scene.event.user,
                    std::lround(travel->distance_km), base::format_duration(travel->time));
  else if (is_stolen)
    words.title = fmt::format("A session of {} goes on elsewhere", scene.event.user);
  else
    words.title = fmt::format("Unusual place of {}: {}", scene.event.user,
                              here.empty() ? base::format_ip(scene.event.address) : here);
  if (last.time.is_set())
    words.happened.push_back(log_in_text("before", last.time, last.address,
                                         place_text(last.city.view(), last.country), 0));
  words.happened.push_back(
      log_in_text("now", scene.event.time, scene.event.address, here, now.autonomous_system) +
      (scene.event.application.empty() ? "" : ", to " + scene.event.application));
  if (travel)
    words.happened.push_back(fmt::format(
        "{} km in {}: {} km/h beyond what the places may be off", std::lround(travel->distance_km),
        base::format_duration(travel->time), std::lround(travel->speed_km_per_hour)));
  words.happened.push_back(fmt::format("score {} ({})", score.points(), score.parts()));
  words.unusual = "the person never came in from this network" +
                  std::string(is_stolen ? ", and the session began on another device" : "");
  words.usual = now.network_class == NetworkClass::unknown
                    ? "a journey, a new line at home, or a VPN"
                    : fmt::format("this is {}; the person may have begun to use one",
                                  describe(now.network_class));
  words.first_step =
      "ask the person by another way than mail; if it was not them, revoke sessions and reset the "
      "password";
  return words;
}

void judge_high_risk(const Scene& scene) {
  const auto& listed = scene.ground.settings.high_risk_countries;
  const std::string_view country = view(scene.sign_in().country);
  if (country.empty() || std::ranges::find(listed, country) == listed.end()) return;
  Words words;
  words.title = fmt::format("{} came in from {}", scene.event.user, country);
  words.happened.push_back(log_in_text("now", scene.event.time, scene.event.address,
                                       place_text(scene.event.city, scene.sign_in().country),
                                       scene.sign_in().autonomous_system));
  words.unusual = "the country stands in the list high_risk_countries";
  words.usual = "a journey that nobody announced; a VPN's exit";
  words.first_step = "ask the person; announce journeys as exceptions";
  Finding finding;
  finding.techniques = {"T1078.004"};
  tell(scene, IdentityRule::high_risk_country,
       base::hash_words(scene.event.person, base::hash_bytes(country)), Severity::medium,
       std::move(words), std::move(finding));
}

}  // namespace

bool is_shared_egress(const Scene& scene) {
  const Egress* egress = scene.world.egresses.find(egress_of(scene.event.address));
  return egress != nullptr && egress->is_shared();
}

bool is_company_exit(const Scene& scene) {
  const NetworkClass network = scene.sign_in().network_class;
  const bool is_exit = network == NetworkClass::hosting || network == NetworkClass::consumer_vpn ||
                       network == NetworkClass::company_gateway;
  return is_exit && is_shared_egress(scene);
}

bool is_trusted_place(const Scene& scene) {
  if (scene.ground.directory == nullptr) return false;
  const auto* named = scene.ground.directory->location_of(scene.event.address);
  return named != nullptr && named->is_trusted;
}

bool judge_place(const Scene& scene) {
  judge_high_risk(scene);
  const ObservedSignIn& sign_in = scene.sign_in();
  // Microsoft's own services act for people from where they stand.
  const bool by_service = sign_in.network_class == NetworkClass::microsoft &&
                          sign_in.kind == model::SignInKind::non_interactive;
  if (scene.person == nullptr || !scene.person->has_believed_place() || by_service) return false;
  if (is_trusted_place(scene)) return false;
  const Person& person = *scene.person;
  const bool is_other_device = began_elsewhere(scene) && !person.knows_device(device_of(sign_in));
  // Between places that the person uses one may jump: a phone, a VPN, a second office.
  if (person.knows_network(sign_in.network) && !is_other_device) return false;

  const IdentitySettings& settings = scene.ground.settings;
  const Acquaintance known = acquaintance(scene);
  const auto travel = is_company_exit(scene) ? std::nullopt : impossible_travel(scene);
  Score score;
  // Where a VPN comes out its user is not; of whom we know little it is no sign of another.
  const bool is_vpn = sign_in.network_class == NetworkClass::consumer_vpn;
  if (travel && (!is_vpn || known == Acquaintance::known)) score.add(30, "nobody travels so fast");
  if (!person.knows_network(sign_in.network)) score_newness(scene, known, score);
  score_network(scene, known, score);
  if (is_shared_egress(scene))
    score.add(-40, "several people with their own devices come from there");
  score_device(scene, known, score);
  score_proof(scene, score);
  if (score.points() < settings.record_score) return false;

  const bool is_told = score.points() >= settings.alert_score;
  const Severity severity = score.points() >= settings.high_score ? Severity::high
                            : is_told                             ? Severity::medium
                                                                  : Severity::informational;
  const IdentityRule rule = travel            ? IdentityRule::impossible_travel
                            : is_other_device ? IdentityRule::stolen_session
                                              : IdentityRule::unusual_location;
  Finding finding;
  finding.techniques = {is_other_device ? "T1550.004" : "T1078.004"};
  if (travel) {
    finding.earlier_ids = {person.last.id};
    finding.first = person.last.time;
  }
  tell(scene, rule, base::hash_words(scene.event.person, sign_in.provider), severity,
       words_of(scene, travel, is_other_device, score), std::move(finding));
  return is_told;
}

}  // namespace vedette::detect::identity
