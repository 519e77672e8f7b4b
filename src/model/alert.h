// Owns: what a detector says and what people are told: an alert and the changes of its life.
// Promises: plain data that owns its text; `append_json` is the one JSON shape of architecture
// section 6, used by `watch --json`, the webhook body and (later) `incidents show`.
// Must not know: detectors, channels. Passed by value between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace vedette::base {
class JsonWriter;
}

namespace vedette::model {

enum class Severity : std::uint8_t { informational, low, medium, high };
enum class AlertStatus : std::uint8_t { open, closed, withdrawn };
// What happened to the alert: one object or message a change.
enum class AlertChange : std::uint8_t { opened, updated, withdrawn, closed };

// Entity types carry Sentinel's names.
enum class EntityType : std::uint8_t { ip, account, host, network, file };

struct Entity {
  EntityType type = EntityType::ip;
  std::string value;
  bool operator==(const Entity&) const = default;
};

// Where an address is. Empty text and zero numbers where the databases do not know.
struct Location {
  std::string country_code;  // ISO 3166-1 alpha-2
  std::string country;       // English short name
  std::string region;
  std::string city;
  bool has_coordinates = false;
  double latitude = 0;   // degrees north
  double longitude = 0;  // degrees east
  std::uint32_t autonomous_system = 0;
  std::string organisation;  // who runs that autonomous system
  bool operator==(const Location&) const = default;
};

struct Alert {
  std::uint64_t id =
      0;             // hash of rule + grouping entity + id of the episode's first event when opened
  std::string rule;  // brute_force, password_spray, success_after_failures ...
  std::string title;
  Severity severity = Severity::medium;
  AlertStatus status = AlertStatus::open;
  std::vector<Entity> entities;  // the grouping entity first
  base::Timestamp first_event, last_event;
  std::uint64_t event_count = 0;         // attempts, repeats included
  std::vector<std::uint64_t> event_ids;  // at most limits::alert_event_ids_max, the earliest ones
  Location location;                     // of the first ip entity
  std::vector<std::string> techniques;   // ATT&CK ids
  std::vector<std::string> reasons;      // the "why", in words
  base::Timestamp created, updated;      // processing time
  base::Timestamp closed;                // unset while open
  std::uint64_t merged_into = 0;         // withdrawn because that older alert is the same attack
  // Something that happened, not something that goes on: told once, as opened, and over by then.
  bool momentary = false;
  bool operator==(const Alert&) const = default;
};

[[nodiscard]] std::string_view name_of(Severity severity);
[[nodiscard]] std::string_view name_of(AlertStatus status);
[[nodiscard]] std::string_view name_of(AlertChange change);
[[nodiscard]] std::string_view name_of(EntityType type);
// The value of that name, whatever its case; empty when there is none.
[[nodiscard]] std::optional<Severity> severity_named(std::string_view name);
[[nodiscard]] std::optional<AlertStatus> alert_status_named(std::string_view name);
[[nodiscard]] std::optional<EntityType> entity_type_named(std::string_view name);
// 16 lower-case hexadecimal digits, as ids are shown everywhere.
[[nodiscard]] std::string format_id(std::uint64_t id);

// One JSON object: the alert, and the change when `change` is given (architecture section 6).
void append_json(base::JsonWriter& writer, const Alert& alert, const AlertChange* change);
// That object's members without its braces, for shapes that add to it; `status` takes the place of
// the alert's own.
void append_members(base::JsonWriter& writer, const Alert& alert, std::string_view status);

}  // namespace vedette::model
