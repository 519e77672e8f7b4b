// The identity detections against the simulated tenant's truth:
// detect_score [seeds] [people] [days] [first seed] [without-directory]
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tenant_score.h"

int main(int count, char** arguments) {
  const auto number = [&](int at, unsigned usual) {
    return at < count ? static_cast<unsigned>(std::strtoul(arguments[at], nullptr, 10)) : usual;
  };
  const unsigned seeds = number(1, 5), first = number(4, 1);
  int missed = 0, wrong = 0;
  vedette::test::ScoreOptions options;
  options.people = number(2, 500);
  options.days = number(3, 30);
  options.knows_directory = count <= 5 || std::strcmp(arguments[5], "without-directory") != 0;
  for (unsigned seed = first; seed < first + seeds; ++seed) {
    options.seed = seed;
    const auto score = vedette::test::score_tenant(options);
    std::printf("seed %u: %zu people seen, %llu events, %llu judged again, %d withdrawn\n", seed,
                score.people, static_cast<unsigned long long>(score.events),
                static_cast<unsigned long long>(score.redone), score.withdrawn);
    for (const auto& [kind, attacks] : score.attacks) {
      const auto found = score.found.find(kind);
      std::printf("  %-28s %d of %d\n", kind.c_str(),
                  found == score.found.end() ? 0 : found->second, attacks);
    }
    for (const auto& [rule, alerts] : score.true_alerts)
      std::printf("  true %-23s %d\n", rule.c_str(), alerts);
    for (const auto& [rule, alerts] : score.false_alerts)
      std::printf("  FALSE %-22s %d\n", rule.c_str(), alerts);
    for (const auto& [rule, alerts] : score.recorded)
      std::printf("  recorded %-19s %d\n", rule.c_str(), alerts);
    for (const auto& text : score.missed) std::printf("    missed: %s\n", text.c_str());
    for (const auto& text : score.wrong) std::printf("    false: %s\n", text.c_str());
    std::printf("  in all: %.2f false alerts a week, %d missed\n",
                score.false_total() * 7.0 / options.days, score.missed_total());
    std::fflush(stdout);
    missed += score.missed_total();
    wrong += score.false_total();
  }
  std::printf("%u seeds: %.2f false alerts a week, %d attacks missed\n", seeds,
              wrong * 7.0 / (options.days * seeds), missed);
  return 0;
}
