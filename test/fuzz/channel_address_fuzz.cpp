// What a user writes to --webhook: an error never repeats what could be the secret, and what is
// taken has an origin and can be made a channel.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "notify/channel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::notify;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // file: would read files of the machine that fuzzes.
  if (text.find("file:") != std::string::npos) return 0;
  const auto none = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  const auto address = parse_channel_address(text, none);
  if (!address) {
    if (size >= 40 && address.error().message.find(text) != std::string::npos &&
        !text.starts_with("env:"))
      std::abort();
    return 0;
  }
  if (address->shown.find("://") == std::string::npos) std::abort();
  const auto channel = make_channel(*address, {});
  if (!channel) std::abort();
  const vedette::model::Alert alert;
  const auto request = (*channel)->compose({vedette::model::AlertChange::opened, alert, "12", {}});
  if (!request.url.reveal().starts_with("http")) {
    // Upper-case schemes are kept as written where the address is used as it is.
    if (address->kind == ChannelKind::discord) std::abort();
  }
  return 0;
}
