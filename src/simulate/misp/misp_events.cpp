#include "simulate/misp/misp_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "simulate/seeded_random.h"
#include "simulate/tenant/identifier.h"

namespace vedette::simulate::misp {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::size_t attributes_an_event = 40;
constexpr std::uint64_t event_kind = 0x4d45, attribute_kind = 0x4d41;

constexpr std::array confidence_tags{"misp:confidence-level=\"completely-confident\"",
                                     "misp:confidence-level=\"usually-confident\"",
                                     "admiralty-scale:information-credibility=\"3\""};
constexpr std::array tlp_tags{"tlp:clear", "tlp:green", "tlp:amber", "tlp:red"};
constexpr std::array infos{"OSINT: scanners of remote desktops", "Phishing kit and its hosts",
                           "C2 of a loader, sandbox run", "Addresses from honeypots"};

struct Made {
  std::string type, value;
};

std::string hexadecimal(SeededRandom& random, std::size_t digits) {
  std::string text;
  while (text.size() < digits) text += fmt::format("{:016x}", random.next());
  return text.substr(0, digits);
}

// Of 198.18.0.0/15, which is for measurements between networks and belongs to nobody.
std::string address(SeededRandom& random) {
  const std::uint64_t number = random.next();
  return fmt::format("198.{}.{}.{}", 18 + number % 2, number / 2 % 256, number / 512 % 256);
}

Made make_value(SeededRandom& random) {
  const std::string name = fmt::format("{}.example", hexadecimal(random, 12));
  switch (random.next() % 10) {
    case 0:
      return {"ip-dst", address(random)};
    case 1:
      return {"ip-dst|port", address(random) + "|3389"};
    case 2:
      return {"domain", name};
    case 3:
      return {"domain|ip", name + "|" + address(random)};
    case 4:
      return {"url", fmt::format("http://{}/{}", name, hexadecimal(random, 6))};
    case 5:
      return {"email-src", fmt::format("billing@{}", name)};
    case 6:
      return {"sha256", hexadecimal(random, 64)};
    case 7:
      return {"filename|md5", "invoice.exe|" + hexadecimal(random, 32)};
    default:
      return {"ip-src", address(random)};
  }
}

// What reports hold that is no indicator, whatever its type says.
Made make_invalid(SeededRandom& random) {
  switch (random.next() % 6) {
    case 0:
      return {"ip-src", ""};
    case 1:
      return {"ip-dst", "192.168.1.1"};
    case 2:
      return {"ip-src", "0.0.0.0/0"};
    case 3:
      return {"domain", "see the report"};
    case 4:
      return {"ip-dst|port", "198.18.0.1"};
    default:
      return {"sha256", "not a hash"};
  }
}

}  // namespace

MispEvents::MispEvents(const MispOptions& options, Timestamp now) : seed_(options.seed) {
  const std::size_t count = (options.attributes + attributes_an_event - 1) / attributes_an_event;
  const Duration span = Duration::hours(24LL * options.days);
  for (std::size_t i = 0; i < count; ++i) {
    const auto ago =
        static_cast<std::int64_t>(static_cast<double>(span.ticks) * static_cast<double>(count - i) /
                                  static_cast<double>(count));
    const Timestamp published = now - Duration{ago};
    make_event(options, std::min(attributes_an_event, options.attributes - i * attributes_an_event),
               Timestamp::from_unix_seconds(published.unix_seconds()));
  }
  if (options.indicators.empty()) return;
  const Timestamp second = Timestamp::from_unix_seconds(now.unix_seconds());
  make_event(options, 0, second);
  MispEvent& event = events_.back();
  event.tags = {confidence_tags[0], "tlp:amber"};
  for (const std::string& value : options.indicators) add(event, "ip-src", value, second);
  event.is_published = true;
}

void MispEvents::make_event(const MispOptions& options, std::size_t count, Timestamp published) {
  const std::uint32_t id = static_cast<std::uint32_t>(events_.size()) + 1;
  SeededRandom random(options.seed * 1'000'003 + id);
  MispEvent event;
  event.id = id;
  event.uuid = tenant::format_guid(tenant::made_of(options.seed, event_kind, id));
  event.info = infos.at(random.next() % infos.size());
  event.tags = {confidence_tags.at(random.next() % confidence_tags.size()),
                tlp_tags.at(random.next() % tlp_tags.size())};
  event.changed = event.published_at = published;
  events_.push_back(std::move(event));
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_invalid =
        random.next() % 100 < static_cast<std::uint64_t>(options.invalid_percent);
    Made made = is_invalid ? make_invalid(random) : make_value(random);
    MispAttribute& attribute =
        add(events_.back(), std::move(made.type), std::move(made.value), published);
    const std::uint64_t die = random.next() % 50;
    attribute.to_ids = die != 0;
    attribute.on_warning_list = die == 1;
  }
  events_.back().is_published = true;
}

MispAttribute& MispEvents::add(MispEvent& event, std::string type, std::string value,
                               Timestamp now) {
  MispAttribute attribute;
  attribute.id = static_cast<std::uint32_t>(attributes_.size()) + 1;
  attribute.event = event.id;
  attribute.type = std::move(type);
  attribute.value = std::move(value);
  attribute.uuid = tenant::format_guid(tenant::made_of(seed_, attribute_kind, attribute.id));
  attribute.changed = now;
  event.changed = now;
  event.is_published = false;
  return attributes_.emplace_back(std::move(attribute));
}

void MispEvents::touch(MispAttribute& attribute, Timestamp now) {
  // A change counts as one also within the same second.
  attribute.changed = std::max(now, attribute.changed + Duration::seconds(1));
  MispEvent& event = events_[attribute.event - 1];
  event.changed = now;
  event.is_published = false;
}

MispAttribute* MispEvents::find_attribute(std::string_view id) {
  const auto number = base::parse_unsigned(id);
  if (number)
    return *number >= 1 && *number <= attributes_.size() ? &attributes_[*number - 1] : nullptr;
  const auto found = std::ranges::find(attributes_, id, &MispAttribute::uuid);
  return found == attributes_.end() ? nullptr : &*found;
}

MispEvent* MispEvents::find_event(std::string_view id) {
  const auto number = base::parse_unsigned(id);
  if (number) return *number >= 1 && *number <= events_.size() ? &events_[*number - 1] : nullptr;
  const auto found = std::ranges::find(events_, id, &MispEvent::uuid);
  return found == events_.end() ? nullptr : &*found;
}

}  // namespace vedette::simulate::misp
