// Owns: a simulated tenant's records, as late and as often as its services give them, through the
// normaliser into the identity detections, in this process; and what the truth says of the alerts.
// Promises: the same options give the same score. Must not know: how things are detected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detect/identity/identity_settings.h"

namespace vedette::test {

struct ScoreOptions {
  std::uint64_t seed = 1;
  std::uint32_t people = 500;
  std::uint32_t days = 30;
  bool knows_directory = true;  // who is an administrator, where and when people live
  detect::identity::IdentitySettings settings;
};

struct Score {
  std::map<std::string, int> attacks, found;             // by kind of attack
  std::map<std::string, int> false_alerts, true_alerts;  // that people are told of, by rule
  std::map<std::string, int> recorded;                   // that nobody is told of
  int withdrawn = 0;
  std::vector<std::string> missed;  // attacks, in words
  std::vector<std::string> wrong;   // false alerts, in words
  std::vector<std::string> mute;    // alerts that leave a question open
  std::uint64_t events = 0, redone = 0;
  std::size_t people = 0;

  [[nodiscard]] int false_total() const;
  [[nodiscard]] int missed_total() const;
};

[[nodiscard]] Score score_tenant(const ScoreOptions& options);

}  // namespace vedette::test
