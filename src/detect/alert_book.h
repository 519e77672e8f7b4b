// Owns: what was told of each episode, and what must be told next: an alert is opened, updated,
// withdrawn or closed by comparing the episodes as they are with what was said of them. Promises:
// an episode is told once, keeps its alert's id whatever is learned later, and when two turn out to
// be one, the older alert goes on and the newer is withdrawn and says so. Must not know: where
// alerts go. Called from the pipeline's thread.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "detect/episode.h"
#include "model/alert.h"

namespace vedette::detect {

struct ChangedAlert {
  model::AlertChange change = model::AlertChange::opened;
  model::Alert alert;
};

class AlertBook {
 public:
  explicit AlertBook(base::Duration update_interval) : update_interval_(update_interval) {}

  // Compares the episodes that changed with what was said of them. Those that ended by `settled`
  // (event time) are told as closed and released; later ones may still be taken back. `now` is
  // processing time.
  void tell(EpisodeStore& episodes, base::Timestamp settled, base::Timestamp now,
            std::vector<ChangedAlert>& out);
  // The same for all episodes and all alerts: after events were taken back.
  void tell_everything(EpisodeStore& episodes, base::Timestamp settled, base::Timestamp now,
                       std::vector<ChangedAlert>& out);
  [[nodiscard]] std::size_t open_alerts() const { return open_; }
  // What was told, as bytes and back into a new book.
  void save(BlobWriter& out) const;
  void restore(BlobReader& in);

 private:
  struct Told {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    std::uint32_t users = 0;
    bool matched = false;
    model::Alert alert;  // as it was told
  };

  // A chain that is to be compared, and one of its episodes that may be new to the book.
  struct Place {
    std::uint64_t chain = 0;
    std::uint32_t slot = no_slot;
    auto operator<=>(const Place&) const = default;
  };
  static constexpr std::uint32_t no_slot = UINT32_MAX;

  void tell_chains(EpisodeStore& episodes, base::Timestamp settled, base::Timestamp now,
                   std::vector<ChangedAlert>& out);
  void tell_chain(EpisodeStore& episodes, std::span<const Place> places, base::Timestamp settled,
                  base::Timestamp now, std::vector<ChangedAlert>& out);
  Told* match(std::vector<Told>& told, const Episode& episode, std::uint32_t slot,
              base::Timestamp now, std::vector<ChangedAlert>& out);
  void open(Told& told, std::uint64_t id, const Episode& episode, base::Timestamp now,
            std::vector<ChangedAlert>& out);
  [[nodiscard]] std::uint64_t unused(std::uint64_t id) const;
  void update(Told& told, const Episode& episode, base::Timestamp now,
              std::vector<ChangedAlert>& out);
  void close(Told& told, const Episode& episode, base::Timestamp now,
             std::vector<ChangedAlert>& out);
  void withdraw(Told& told, std::string reason, base::Timestamp now,
                std::vector<ChangedAlert>& out);

  base::Duration update_interval_;
  std::unordered_map<std::uint64_t, std::vector<Told>> told_;  // by chain
  std::vector<Place> places_;             // of `tell`; kept for its memory, like the next
  std::vector<std::uint32_t> slots_;      // of a chain: those the book knows, and new ones
  std::vector<std::uint64_t> waiting_;    // chains with an episode that ended and is not settled
  std::vector<std::uint64_t> withdrawn_;  // ids; the oldest first
  std::size_t open_ = 0;
};

}  // namespace vedette::detect
