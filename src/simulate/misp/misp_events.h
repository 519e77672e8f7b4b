// Owns: what the simulated MISP holds: events and their attributes, made by a seed, of every kind a
// reader must know: such that can be held against events, such that cannot, such on warning lists,
// such taken back. Promises: the same seed and size give the same; what is changed later counts as
// a real MISP counts it: an attribute's change takes its event's publication back until it is
// published again. Must not know: HTTP. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace vedette::simulate::misp {

struct MispAttribute {
  std::uint32_t id = 0, event = 0;  // both from 1 on
  std::string type, value, uuid;
  std::string comment;
  base::Timestamp changed;
  bool to_ids = true, is_deleted = false, on_warning_list = false;
};

struct MispEvent {
  std::uint32_t id = 0;
  std::string uuid, info;
  std::vector<std::string> tags;
  base::Timestamp changed, published_at;
  bool is_published = true;
};

struct MispOptions {
  std::uint64_t seed = 1;
  std::size_t attributes = 1'000;
  int days = 30;             // over which they were published
  int invalid_percent = 10;  // that are not what they say they are
  std::string key = "simulated-key";
  // Addresses that the newest event names with full confidence.
  std::vector<std::string> indicators;
};

class MispEvents {
 public:
  MispEvents(const MispOptions& options, base::Timestamp now);

  [[nodiscard]] const std::vector<MispAttribute>& attributes() const { return attributes_; }
  [[nodiscard]] const std::vector<MispEvent>& events() const { return events_; }
  [[nodiscard]] const MispEvent& event_of(const MispAttribute& attribute) const {
    return events_[attribute.event - 1];
  }

  // Null when there is no such one. Ids or UUIDs.
  [[nodiscard]] MispAttribute* find_attribute(std::string_view id);
  [[nodiscard]] MispEvent* find_event(std::string_view id);
  MispAttribute& add(MispEvent& event, std::string type, std::string value, base::Timestamp now);
  // Its event is not published any more.
  void touch(MispAttribute& attribute, base::Timestamp now);

 private:
  void make_event(const MispOptions& options, std::size_t count, base::Timestamp published);

  std::uint64_t seed_;
  std::vector<MispAttribute> attributes_;
  std::vector<MispEvent> events_;
};

}  // namespace vedette::simulate::misp
