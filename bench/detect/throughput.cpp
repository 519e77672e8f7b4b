// How fast the identity detections judge, and what a tracked person costs: at 1,000, 100,000 and a
// million people, each with some sign-ins over three days, all detections on.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "base/hash.h"
#include "detect/identity/identity_watch.h"

namespace {

using namespace vedette;

std::size_t resident_bytes() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

model::SignIn sign_in(base::Timestamp time, std::uint64_t id, const std::string& user,
                      const std::string& session) {
  model::SignIn made;
  made.event.time = time;
  made.event.id = base::hash_words(id, 7);
  made.event.user = user;
  made.event.user_hash = base::hash_bytes(user);
  made.event.address = base::IpAddress::from_v4(static_cast<std::uint32_t>(made.event.user_hash));
  made.session_id = session;
  made.device_id = user;
  made.operating_system = "Windows10";
  made.browser = "Edge 126.0.0";
  made.city = "Berlin";
  made.country_code = "DE";
  made.has_coordinates = true;
  made.latitude = 52.5;
  made.longitude = 13.4;
  made.autonomous_system = 3320;
  if (base::hash_words(id, 11) % 100 < 6) {
    made.result = model::SignInResult::credential_failure;
    made.error_code = 50126;
  }
  return made;
}

void measure(std::uint64_t people, std::uint64_t sign_ins_each) {
  detect::identity::IdentitySettings settings;
  settings.people_max = 2'000'000;
  detect::identity::IdentityWatch watch(settings);
  const base::Timestamp begin = *base::parse_iso("2026-06-01T00:00:00Z");
  const std::uint64_t events = people * sign_ins_each;
  const std::size_t before = resident_bytes();
  std::vector<detect::ChangedAlert> changes;
  std::uint64_t alerts = 0;
  constexpr std::uint64_t page = 1'000;
  std::chrono::duration<double> spent{};
  for (std::uint64_t at = 0; at < events; at += page) {
    std::vector<std::string> names;
    std::vector<model::SignIn> made;
    std::vector<const model::SignIn*> given;
    names.reserve(page);
    made.reserve(page);
    base::Timestamp now;
    for (std::uint64_t i = at; i < std::min(at + page, events); ++i) {
      now = begin + base::Duration{static_cast<std::int64_t>(
                        static_cast<double>(i) / static_cast<double>(events) * 3 * 86'400 *
                        static_cast<double>(base::ticks_per_second))};
      names.push_back(fmt::format("user{}@example.com", i % people));
      made.push_back(sign_in(now, i, names.back(), names.back()));
    }
    for (const auto& each : made) given.push_back(&each);
    const auto start = std::chrono::steady_clock::now();
    watch.run(given, {}, now, changes);
    spent += std::chrono::steady_clock::now() - start;
    alerts += changes.size();
    changes.clear();
  }
  const std::size_t after = resident_bytes();
  fmt::print(
      "{:>9} people: {:>9.0f} events/s, {:>5.0f} bytes a person resident in all, {} of them the "
      "person's own; {} alert changes, {} people kept\n",
      people, static_cast<double>(events) / spent.count(),
      static_cast<double>(after - std::min(before, after)) / static_cast<double>(people),
      sizeof(detect::identity::Person), alerts, watch.people());
  std::fflush(stdout);
}

}  // namespace

int main() {
  measure(1'000, 40);
  measure(100'000, 12);
  measure(1'000'000, 4);
  return 0;
}
