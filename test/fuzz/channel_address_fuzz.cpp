// What a user writes to --webhook: an error never repeats what could be the secret, and what is
// taken has an origin and can be made a channel.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "notify/channel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::notify;
  const std::string marker = "Zq9secretZq9";  // stands in for the part that must not be repeated
  const std::string text = std::string(reinterpret_cast<const char*>(data), size) + marker;
  // file: would read files of the machine that fuzzes.
  if (text.find("file:") != std::string::npos) return 0;
  const auto none = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  const auto address = parse_channel_address(text, none);
  if (!address) {
    // What stands behind env: is a variable's name and is said.
    const bool named = text.find("env:") != std::string::npos;
    if (!named && address.error().message.find(marker) != std::string::npos) std::abort();
    return 0;
  }
  if (address->shown.find("://") == std::string::npos) std::abort();
  const auto channel = make_channel(*address, ChannelOptions{});
  if (!channel) std::abort();
  const vedette::model::Alert alert;
  const auto request = (*channel)->compose({vedette::model::AlertChange::opened, alert, "12", {}});
  // Discord's address is put together anew; the others are used as they are.
  if (address->kind == ChannelKind::discord && !request.url.reveal().starts_with("http"))
    std::abort();
  return 0;
}
