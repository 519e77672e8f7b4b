// Owns: all indicators that hold, as one look-up that never changes: a table of hashes of
// observables, one block of text behind it. Promises: of several versions of an indicator (by
// source and id) the one modified last holds, of the same age the one received last; one that is
// revoked is not there; expired ones and those that do not hold yet are not found, no end date is
// no end. A name is found by itself and by those above it; an address by itself, then by the
// longest network that has it. Of several that fit, the surest. Public resolvers and private
// addresses are never found. What reached us later than what is looked up is not found either: the
// same events give the same matches, whenever the snapshot was made. Must not know: the store.
// `IndicatorSnapshot`: any thread; the builder: one.
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
#include "model/indicator.h"

namespace vedette::intel {

class IndicatorSnapshot {
 public:
  // `received`: when what is looked up reached us; what holds is what holds then.
  [[nodiscard]] std::optional<model::MatchedIndicator> find_address(const base::IpAddress& address,
                                                                    base::Timestamp received) const;
  // A name in any case; with or without a dot at its end.
  [[nodiscard]] std::optional<model::MatchedIndicator> find_domain(std::string_view name,
                                                                   base::Timestamp received) const;
  // URL, e-mail address or hash, in its canonical form.
  [[nodiscard]] std::optional<model::MatchedIndicator> find(const model::Observable& observable,
                                                            base::Timestamp received) const;
  [[nodiscard]] std::size_t indicators() const { return indicators_; }
  [[nodiscard]] std::size_t observables() const { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class IndicatorSnapshotBuilder;

  static constexpr std::uint32_t none = UINT32_MAX;
  // Its text is id, key, note, one behind the other.
  struct Entry {
    std::uint64_t text_at = 0;
    base::Timestamp valid_from, valid_until, received;
    std::uint32_t source = 0;
    std::uint32_t next = none;  // of the same observable
    std::uint16_t key_bytes = 0;
    std::uint8_t id_bytes = 0, note_bytes = 0, confidence = 0;
  };
  // The upper half of an observable's hash, and its first entry.
  struct Slot {
    std::uint32_t tag = 0, entry = none;
  };

  [[nodiscard]] const Slot* slot_of(std::string_view key) const;
  [[nodiscard]] const Entry* best(std::string_view key, base::Timestamp received) const;
  [[nodiscard]] model::MatchedIndicator describe(const Entry& entry) const;
  [[nodiscard]] std::string_view key_of(const Entry& entry) const;
  void index();

  std::uint64_t seed_ = 0;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // a power of two
  std::string text_;
  std::vector<std::string> sources_;
  std::vector<std::uint8_t> network_bits_;  // lengths of networks that there are, longest first
  std::size_t indicators_ = 0;
};

class IndicatorSnapshotBuilder {
 public:
  // What senders of indicators must not know: which observables collide.
  explicit IndicatorSnapshotBuilder(std::uint64_t seed);

  // False: there are limits::indicators_max already.
  bool add(const model::Indicator& indicator, base::Timestamp received);
  [[nodiscard]] std::shared_ptr<const IndicatorSnapshot> finish() &&;

 private:
  struct Version {
    base::Timestamp modified, received, first_received;
    std::uint32_t first = 0, count = 0;  // its entries
  };

  std::uint32_t source_of(const std::string& name);
  void add_entries(const model::Indicator& indicator, Version& version);

  std::shared_ptr<IndicatorSnapshot> made_;
  std::unordered_map<std::uint64_t, Version> versions_;
  std::unordered_map<std::string, std::uint32_t> sources_;
};

}  // namespace vedette::intel
