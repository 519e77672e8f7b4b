#include "intel/indicator_snapshot.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <functional>
#include <iterator>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "intel/indicator_parts.h"
#include "intel/intel_limits.h"
#include "intel/observable.h"

namespace vedette::intel {
namespace {

using base::IpAddress;
using base::IpNetwork;
using base::Timestamp;
using model::Indicator;
using model::MatchedIndicator;
using model::Observable;
using model::ObservableType;

// What an observable is found by: one letter for its kind, then its bytes.
constexpr std::size_t network_key_bytes = 1 + 2 * sizeof(std::uint64_t) + 1;
using NetworkKey = std::array<char, network_key_bytes>;

NetworkKey key_of_network(const IpAddress& address, int bits) {
  const IpAddress masked = address.masked(bits);
  NetworkKey key{'a'};
  std::memcpy(key.data() + 1, &masked.high, sizeof(masked.high));
  std::memcpy(key.data() + 1 + sizeof(masked.high), &masked.low, sizeof(masked.low));
  key.back() = static_cast<char>(bits);
  return key;
}

std::string_view view(const NetworkKey& key) {
  return {key.data(), key.size()};
}

// Of a name that means all below it, and of one that means itself.
constexpr char domain_letter = 'D', hostname_letter = 'd';

char letter_of(ObservableType type) {
  switch (type) {
    case ObservableType::domain:
      return domain_letter;
    case ObservableType::hostname:
      return hostname_letter;
    case ObservableType::url:
      return 'u';
    case ObservableType::email:
      return 'e';
    default:
      return 'h';
  }
}

bool is_address(ObservableType type) {
  return type == ObservableType::ipv4 || type == ObservableType::ipv6 ||
         type == ObservableType::network;
}

std::string key_of_observable(const Observable& observable) {
  if (!is_address(observable.type)) return letter_of(observable.type) + observable.value;
  const auto network = base::parse_network(observable.value);
  return network ? std::string(view(key_of_network(network->base, network->bits))) : std::string();
}

std::string text_of_key(std::string_view key) {
  if (key[0] != 'a') return std::string(key.substr(1));
  IpNetwork network;
  std::memcpy(&network.base.high, key.data() + 1, sizeof(std::uint64_t));
  std::memcpy(&network.base.low, key.data() + 1 + sizeof(std::uint64_t), sizeof(std::uint64_t));
  network.bits = static_cast<unsigned char>(key.back());
  return network.bits == 128 ? base::format_ip(network.base) : base::format_network(network);
}

std::uint64_t version_key(std::string_view source, std::string_view id, std::uint64_t seed) {
  return base::hash_words(base::hash_bytes(source, seed), base::hash_bytes(id, seed));
}

}  // namespace

std::string_view IndicatorSnapshot::key_of(const Entry& entry) const {
  return std::string_view(text_).substr(entry.text_at + entry.id_bytes, entry.key_bytes);
}

namespace {

// Bloom's filter, blocked (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom
// Filters). With eight bits of filter for a key some three of a hundred others pass.
constexpr std::size_t keys_a_word = 8;

std::uint64_t filter_bits(std::uint64_t hash) {
  return std::uint64_t{1} << (hash >> 58) | std::uint64_t{1} << (hash >> 52 & 63) |
         std::uint64_t{1} << (hash >> 46 & 63);
}
std::size_t filter_word(std::uint64_t hash, std::size_t words) {
  return (hash >> 8) & (words - 1);
}

}  // namespace

bool IndicatorSnapshot::may_have(std::uint64_t hash) const {
  const std::uint64_t bits = filter_bits(hash);
  return (filter_[filter_word(hash, filter_.size())] & bits) == bits;
}

// Where the key is, or the free place that it would have.
const IndicatorSnapshot::Slot* IndicatorSnapshot::slot_of(std::string_view key,
                                                          std::uint64_t hash) const {
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.entry == none) return &slot;
    if (slot.tag == tag && key_of(entries_[slot.entry]) == key) return &slot;
  }
}

bool IndicatorSnapshot::has_its_traffic(const Entry& entry, const LookUp& when) const {
  if (entry.terms_bytes == 0) return true;
  if (when.traffic == nullptr && when.port == 0) return false;
  const std::size_t at = entry.text_at + entry.text_bytes() - entry.terms_bytes;
  return is_met(unpacked(std::string_view(text_).substr(at, entry.terms_bytes)),
                when.traffic == nullptr ? SeenTraffic() : when.traffic->seen(), when.port);
}

void IndicatorSnapshot::look(std::string_view key, const LookUp& when,
                             const IndicatorSnapshot* above, Hit& best) const {
  if (slots_.empty()) return;
  const std::uint64_t hash = base::hash_bytes(key, seed_);
  if (!may_have(hash)) return;
  for (std::uint32_t at = slot_of(key, hash)->entry; at != none; at = entries_[at].next) {
    const Entry& entry = entries_[at];
    const bool holds = entry.received <= when.received && entry.valid_from <= when.received &&
                       (!entry.valid_until.is_set() || when.received < entry.valid_until) &&
                       (!when.known_after.is_set() || entry.received > when.known_after);
    if (!holds || (best.owner != nullptr && entry.confidence <= best.entry->confidence)) continue;
    if (above != nullptr && above->replaces(version_key_of(entry))) continue;
    if (!has_its_traffic(entry, when)) continue;
    best = {this, &entry};
  }
}

IndicatorSnapshot::Hit IndicatorSnapshot::best(std::string_view key, const LookUp& when,
                                               Hit found) const {
  look(key, when, nullptr, found);
  if (below_) below_->look(key, when, this, found);
  return found;
}

std::uint64_t IndicatorSnapshot::version_key_of(const Entry& entry) const {
  return version_key(sources_[entry.source],
                     std::string_view(text_).substr(entry.text_at, entry.id_bytes), seed_);
}

bool IndicatorSnapshot::replaces(std::uint64_t version_key) const {
  return std::ranges::binary_search(replaced_, version_key);
}

FoundIndicator IndicatorSnapshot::describe(const Hit& hit) {
  const Entry& entry = *hit.entry;
  const std::string_view text = std::string_view(hit.owner->text_).substr(entry.text_at);
  const std::string_view key = text.substr(entry.id_bytes, entry.key_bytes);
  return {text.substr(0, entry.id_bytes),
          hit.owner->sources_[entry.source],
          text.substr(entry.id_bytes + std::size_t{entry.key_bytes}, entry.note_bytes),
          key,
          entry.confidence,
          entry.received};
}

std::string FoundIndicator::value() const {
  return text_of_key(key);
}

MatchedIndicator FoundIndicator::owned() const {
  return {std::string(id), std::string(source), value(), std::string(description), confidence};
}

std::optional<FoundIndicator> IndicatorSnapshot::find_address(const IpAddress& address,
                                                              const LookUp& when) const {
  for (const std::uint8_t bits : network_bits_) {
    if (address.is_v4() && bits < 96) break;
    const Hit hit = best(view(key_of_network(address, bits)), when, {});
    if (hit.owner == nullptr) continue;
    if (is_private({address, 128}) || !public_resolver(address).empty()) return std::nullopt;
    return describe(hit);
  }
  return std::nullopt;
}

std::optional<FoundIndicator> IndicatorSnapshot::find_domain(std::string_view name,
                                                             const LookUp& when) const {
  std::string key = hostname_letter + base::to_lower_ascii(base::trim(name));
  if (key.ends_with('.')) key.pop_back();
  // The last label alone is never an indicator.
  if (key.size() > 254 || key.find('.') == std::string::npos) return std::nullopt;
  Hit hit = best(key, when, {});
  key[0] = domain_letter;
  hit = best(key, when, hit);
  while (hit.owner == nullptr) {
    key.erase(1, key.find('.'));
    if (key.find('.') == std::string::npos) return std::nullopt;
    hit = best(key, when, {});
  }
  return describe(hit);
}

std::optional<FoundIndicator> IndicatorSnapshot::find(const Observable& observable,
                                                      const LookUp& when) const {
  if (observable.value.empty()) return std::nullopt;
  const Hit hit = best(key_of_observable(observable), when, {});
  return hit.owner == nullptr ? std::nullopt : std::optional(describe(hit));
}

std::size_t IndicatorSnapshot::bytes() const {
  return entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(Slot) + text_.capacity() +
         (filter_.capacity() + replaced_.capacity()) * sizeof(std::uint64_t) +
         (below_ ? below_->bytes() : 0);
}

void IndicatorSnapshot::index() {
  observables_ = entries_.size();
  if (entries_.empty()) return;
  // One place is always free: it ends every search.
  slots_.assign(std::bit_ceil(entries_.size() + entries_.size() / 2 + 1), {});
  filter_.assign(std::bit_ceil(entries_.size() / keys_a_word + 1), 0);
  std::array<bool, 129> lengths{};
  for (std::uint32_t at = 0; at < entries_.size(); ++at) {
    Entry& entry = entries_[at];
    const std::string_view key = key_of(entry);
    latest_ = std::max(latest_, entry.received);
    if (key[0] == 'a') lengths.at(static_cast<unsigned char>(key.back())) = true;
    const std::uint64_t hash = base::hash_bytes(key, seed_);
    filter_[filter_word(hash, filter_.size())] |= filter_bits(hash);
    Slot& slot = slots_[static_cast<std::size_t>(slot_of(key, hash) - slots_.data())];
    entry.next = slot.entry;
    slot = {static_cast<std::uint32_t>(hash >> 32), at};
  }
  for (int bits = 128; bits >= 0; --bits)
    if (lengths.at(static_cast<std::size_t>(bits)))
      network_bits_.push_back(static_cast<std::uint8_t>(bits));
}

// All that is there of both, counted, and the lengths of their networks together.
void IndicatorSnapshot::lie_over(std::shared_ptr<const IndicatorSnapshot> below) {
  assert(below->below_ == nullptr);
  std::uint64_t last = 0;
  std::size_t gone = 0, gone_indicators = 0;
  for (const Entry& entry : below->entries_) {
    const std::uint64_t key = below->version_key_of(entry);
    if (!replaces(key)) continue;
    ++gone;
    if (key != std::exchange(last, key)) ++gone_indicators;
  }
  indicators_ += below->indicators_ - gone_indicators;
  observables_ += below->observables_ - gone;
  latest_ = std::max(latest_, below->latest_);
  std::vector<std::uint8_t> bits;
  std::ranges::set_union(network_bits_, below->network_bits_, std::back_inserter(bits),
                         std::ranges::greater());
  network_bits_ = std::move(bits);
  below_ = std::move(below);
}

IndicatorSnapshotBuilder::IndicatorSnapshotBuilder(std::uint64_t seed)
    : made_(std::make_shared<IndicatorSnapshot>()) {
  made_->seed_ = seed;
}

std::uint32_t IndicatorSnapshotBuilder::source_of(const std::string& name) {
  auto known = sources_.find(name);
  if (known != sources_.end()) return known->second;
  const bool is_full = sources_.size() >= limits::sources_max;
  if (is_full) return static_cast<std::uint32_t>(sources_.size() - 1);
  known = sources_.emplace(name, static_cast<std::uint32_t>(sources_.size())).first;
  made_->sources_.push_back(name);
  return known->second;
}

bool IndicatorSnapshotBuilder::add(const Indicator& indicator, Timestamp received) {
  const std::uint64_t key = version_key(
      indicator.source, std::string_view(indicator.id).substr(0, UINT8_MAX), made_->seed_);
  if (versions_.size() >= limits::indicators_max && !versions_.contains(key)) return false;
  const auto [known, is_new] = versions_.try_emplace(key);
  Version& version = known->second;
  if (is_new) version.first_received = received;
  version.first_received = std::min(version.first_received, received);
  const bool is_later = is_new || std::pair(indicator.modified, received) >=
                                      std::pair(version.modified, version.received);
  if (!is_later) return true;
  // What the version before it said holds no more.
  for (std::uint32_t i = 0; i < version.count; ++i)
    made_->entries_[version.first + i].key_bytes = 0;
  version.modified = indicator.modified;
  version.received = received;
  version.count = 0;
  if (!indicator.is_revoked) add_entries(indicator, version);
  return true;
}

void IndicatorSnapshotBuilder::add_entries(const Indicator& indicator, Version& version) {
  const std::string_view id = std::string_view(indicator.id).substr(0, UINT8_MAX);
  const std::string note = cut(indicator.description, limits::note_bytes_max);
  version.first = static_cast<std::uint32_t>(made_->entries_.size());
  for (const Observable& each : indicator.observables) {
    const std::string key = key_of_observable(each);
    if (key.size() <= 1 || key.size() > limits::value_bytes_max + 1) continue;
    const std::string terms = packed(each.traffic);  // a few bytes: limits::protocols_max
    IndicatorSnapshot::Entry& entry = made_->entries_.emplace_back();
    entry.text_at = made_->text_.size();
    made_->text_.append(id).append(key).append(note).append(terms);
    entry.terms_bytes = static_cast<std::uint8_t>(terms.size());
    entry.id_bytes = static_cast<std::uint8_t>(id.size());
    entry.key_bytes = static_cast<std::uint16_t>(key.size());
    entry.note_bytes = static_cast<std::uint8_t>(note.size());
    entry.valid_from = indicator.valid_from;
    entry.valid_until = indicator.valid_until;
    entry.source = source_of(indicator.source);
    entry.confidence = static_cast<std::uint8_t>(std::clamp(indicator.confidence, 0, 100));
    ++version.count;
  }
}

std::shared_ptr<const IndicatorSnapshot> IndicatorSnapshotBuilder::finish() && {
  compact();
  return std::move(made_);
}

std::shared_ptr<const IndicatorSnapshot> IndicatorSnapshotBuilder::finish_over(
    std::shared_ptr<const IndicatorSnapshot> below) && {
  for (const auto& [key, version] : versions_) made_->replaced_.push_back(key);
  std::ranges::sort(made_->replaced_);
  compact();
  made_->lie_over(std::move(below));
  return std::move(made_);
}

void IndicatorSnapshotBuilder::compact() {
  IndicatorSnapshot& made = *made_;
  for (const auto& [key, version] : versions_) {
    if (version.count > 0) ++made.indicators_;
    for (std::uint32_t i = 0; i < version.count; ++i)
      made.entries_[version.first + i].received = version.first_received;
  }
  versions_ = {};
  // Only what holds, in memory of just that size.
  std::vector<IndicatorSnapshot::Entry> entries;
  std::size_t text_bytes = 0, count = 0;
  for (const auto& entry : made.entries_) {
    if (entry.key_bytes == 0) continue;
    ++count;
    text_bytes += entry.text_bytes();
  }
  entries.reserve(count);
  std::string text;
  text.reserve(text_bytes);
  for (auto entry : made.entries_) {
    if (entry.key_bytes == 0) continue;
    const std::size_t size = entry.text_bytes();
    const std::size_t at = std::exchange(entry.text_at, text.size());
    text.append(made.text_, at, size);
    entries.push_back(entry);
  }
  made.entries_ = std::move(entries);
  made.text_ = std::move(text);
  made.index();
}

}  // namespace vedette::intel
