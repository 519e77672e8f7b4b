// Owns: which records a feed has put into the journal, so that those that come again unchanged with
// every overlap are left out. Promises: bounded: the newer half of limits::
// cloud_records_remembered_max at least is known, older ones are forgotten; forgetting (or a
// restart) costs a repetition in the journal, which is known there by its id, and never a record.
// Must not know: what is in a record. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace vedette::collect::cloud {

class HandedOver {
 public:
  // The seed is secret: an attacker who chooses records cannot make one look like another.
  HandedOver(std::uint64_t seed, std::size_t records_max)
      : seed_(seed), generation_max_(records_max / 2) {}

  [[nodiscard]] std::uint64_t key_of(std::string_view record) const;
  [[nodiscard]] bool has(std::uint64_t key) const {
    return newer_.contains(key) || older_.contains(key);
  }
  // It is on the disk.
  void add(std::uint64_t key);

 private:
  const std::uint64_t seed_;
  const std::size_t generation_max_;
  std::unordered_set<std::uint64_t> newer_, older_;
};

}  // namespace vedette::collect::cloud
