// Owns: all indicators that hold, as one look-up that never changes: a table of hashes of
// observables, one block of text behind it. Promises: of several versions of an indicator (by
// source and id) the one modified last holds, of the same age the one received last; one that is
// revoked is not there; expired ones and those that do not hold yet are not found, no end date is
// no end. A name is found by itself and by those above it that mean all below them; an address by
// itself, then by the longest network that has it; what asks for a port is found by traffic that
// has it. Of several that fit, the surest. Public resolvers and private addresses are never found.
// What reached us later than what is looked up is not found either: the same events give the same
// matches, whenever the snapshot was made. A few that changed may lie as a snapshot of their own
// over a larger one: what they say takes the place of what that says of the same indicators. Must
// not know: the store. `IndicatorSnapshot`: any thread; the builder: one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "base/time.h"
#include "intel/traffic_terms.h"
#include "model/indicator.h"

namespace vedette::intel {

// What was found: views of the snapshot, which must outlive them.
struct FoundIndicator {
  std::string_view id, source, description;
  std::string_view key;  // the snapshot's own form of the value
  int confidence = 0;
  base::Timestamp received;  // of its first version

  [[nodiscard]] std::string value() const;  // the indicator's, as people write it
  [[nodiscard]] model::MatchedIndicator owned() const;
};

// When what is looked up reached us: what holds is what holds then. With `known_after` only
// indicators that reached us later than that. `traffic` is the event that it stands in, `port` what
// stands beside the value; without both, what asks for a port is not found.
struct LookUp {
  // NOLINTNEXTLINE(google-explicit-constructor)
  LookUp(base::Timestamp when, base::Timestamp after = {}) : received(when), known_after(after) {}
  base::Timestamp received, known_after;
  const EventTraffic* traffic = nullptr;
  std::uint16_t port = 0;
};

class IndicatorSnapshot {
 public:
  [[nodiscard]] std::optional<FoundIndicator> find_address(const base::IpAddress& address,
                                                           const LookUp& when) const;
  // A name in any case; with or without a dot at its end.
  [[nodiscard]] std::optional<FoundIndicator> find_domain(std::string_view name,
                                                          const LookUp& when) const;
  // URL, e-mail address or hash, in its canonical form.
  [[nodiscard]] std::optional<FoundIndicator> find(const model::Observable& observable,
                                                   const LookUp& when) const;
  [[nodiscard]] std::size_t indicators() const { return indicators_; }
  // Without those that the one below has and this one replaces.
  [[nodiscard]] std::size_t observables() const { return observables_; }
  // When the newest of them reached us; unset: there is none.
  [[nodiscard]] base::Timestamp latest() const { return latest_; }
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class IndicatorSnapshotBuilder;

  static constexpr std::uint32_t none = UINT32_MAX;
  // Its text is id, key, note, terms of traffic, one behind the other.
  struct Entry {
    std::uint64_t text_at = 0;
    base::Timestamp valid_from, valid_until, received;
    std::uint32_t source = 0;
    std::uint32_t next = none;  // of the same observable
    std::uint16_t key_bytes = 0;
    std::uint8_t id_bytes = 0, note_bytes = 0, confidence = 0, terms_bytes = 0;

    [[nodiscard]] std::size_t text_bytes() const {
      return id_bytes + std::size_t{key_bytes} + note_bytes + terms_bytes;
    }
  };
  // The upper half of an observable's hash, and its first entry.
  struct Slot {
    std::uint32_t tag = 0, entry = none;
  };

  // An entry, and whose it is.
  struct Hit {
    const IndicatorSnapshot* owner = nullptr;  // null: nothing was found
    const Entry* entry = nullptr;
  };

  [[nodiscard]] const Slot* slot_of(std::string_view key, std::uint64_t hash) const;
  [[nodiscard]] bool may_have(std::uint64_t hash) const;
  // The surest of those and of `found`.
  [[nodiscard]] Hit best(std::string_view key, const LookUp& when, Hit found) const;
  void look(std::string_view key, const LookUp& when, const IndicatorSnapshot* above,
            Hit& best) const;
  [[nodiscard]] bool has_its_traffic(const Entry& entry, const LookUp& when) const;
  [[nodiscard]] static FoundIndicator describe(const Hit& hit);
  [[nodiscard]] std::string_view key_of(const Entry& entry) const;
  [[nodiscard]] std::uint64_t version_key_of(const Entry& entry) const;
  [[nodiscard]] bool replaces(std::uint64_t version_key) const;
  void index();
  void lie_over(std::shared_ptr<const IndicatorSnapshot> below);

  std::uint64_t seed_ = 0;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // a power of two
  // Three bits of each key's hash in one word; small enough to stay in a core's cache, so that most
  // values, which are no indicators, cost no wait for memory. A power of two.
  std::vector<std::uint64_t> filter_;
  std::string text_;
  std::vector<std::string> sources_;
  std::vector<std::uint8_t> network_bits_;  // lengths of networks that there are, longest first
  std::size_t indicators_ = 0, observables_ = 0;
  base::Timestamp latest_;
  std::shared_ptr<const IndicatorSnapshot> below_;  // null: this is all
  std::vector<std::uint64_t> replaced_;             // of the one below, sorted
};

class IndicatorSnapshotBuilder {
 public:
  // What senders of indicators must not know: which observables collide.
  explicit IndicatorSnapshotBuilder(std::uint64_t seed);

  // False: there are limits::indicators_max already.
  bool add(const model::Indicator& indicator, base::Timestamp received);
  [[nodiscard]] std::shared_ptr<const IndicatorSnapshot> finish() &&;
  // What was added takes the place of what `below` says of the same indicators; all their versions
  // must have been added. `below` itself must lie over nothing.
  [[nodiscard]] std::shared_ptr<const IndicatorSnapshot> finish_over(
      std::shared_ptr<const IndicatorSnapshot> below) &&;

 private:
  struct Version {
    base::Timestamp modified, received, first_received;
    std::uint32_t first = 0, count = 0;  // its entries
  };

  void compact();
  std::uint32_t source_of(const std::string& name);
  void add_entries(const model::Indicator& indicator, Version& version);

  std::shared_ptr<IndicatorSnapshot> made_;
  std::unordered_map<std::uint64_t, Version> versions_;
  std::unordered_map<std::string, std::uint32_t> sources_;
};

}  // namespace vedette::intel
