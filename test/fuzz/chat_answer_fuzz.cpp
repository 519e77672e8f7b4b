// A chat service's answer, its body and its rate headers:
// "STATUS\nREMAINING\nRESET\nRETRY-AFTER\nBODY". A message id is digits only, since it becomes part
// of a URL; reasons are safe to show.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "notify/channel.h"

namespace {

using namespace vedette;
using namespace vedette::notify;

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

void check(const Outcome& outcome) {
  constexpr auto longest = base::Duration::seconds(base::limits::retry_after_s_max);
  const auto shown = [](const std::string& reason) {
    for (const char c : reason)
      if (static_cast<unsigned char>(c) < 0x20) std::abort();
  };
  if (const auto* delivered = std::get_if<Delivered>(&outcome)) {
    if (delivered->remote_id.find_first_not_of("0123456789") != std::string::npos) std::abort();
    if (delivered->pause.ticks < 0 || delivered->pause > longest) std::abort();
  } else if (const auto* again = std::get_if<TryAgain>(&outcome)) {
    if (again->wait && (again->wait->ticks < 0 || *again->wait > longest)) std::abort();
    shown(again->reason);
  } else if (const auto* refused = std::get_if<MessageRefused>(&outcome)) {
    shown(refused->reason);
  } else if (const auto* broken = std::get_if<DestinationBroken>(&outcome)) {
    shown(broken->reason);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  ports::HttpResponse response;
  response.status = static_cast<int>(base::parse_unsigned(take_line(text)).value_or(200) % 1000);
  for (const char* name : {"x-ratelimit-remaining", "x-ratelimit-reset-after", "retry-after"})
    response.headers.emplace_back(name, take_line(text));
  response.body = text;
  const auto none = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  for (const char* url :
       {"https://discord.com/api/webhooks/1/t", "https://hooks.slack.com/services/T/B/t",
        "https://soc.example/hook", "teams:https://example.logic.azure.com/workflows/1"}) {
    const auto channel = make_channel(*parse_channel_address(url, none), ChannelOptions{});
    const model::Alert alert;
    for (const char* remote_id : {"", "9001"})
      check((*channel)->read({model::AlertChange::updated, alert, remote_id, {}}, response));
  }
  return 0;
}
