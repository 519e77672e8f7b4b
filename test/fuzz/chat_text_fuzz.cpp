// Text from an attacker through the chat encoders and the terminal; read back strictly, it is text
// and nothing else, within its limits.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fakes/sample_alert.h"
#include "notify/chat_text.h"
#include "notify/terminal.h"

namespace {

void require(bool truth) {
  if (!truth) std::abort();
}

// As Markdown is read: a backslash makes the next punctuation plain; nothing special is left
// without.
void check_markdown(std::string_view text, std::string_view special) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      require(++i < text.size());
    else
      require(special.find(text[i]) == std::string_view::npos &&
              static_cast<unsigned char>(text[i]) >= 0x20);
  }
}

// Teams knows lists and headings at the start of a line only; no link can form.
void check_teams(std::string_view text) {
  check_markdown(text, "*_~`<>[]");
  const auto first = text.find_first_not_of(' ');
  require(first == std::string_view::npos ||
          std::string_view("-+#").find(text[first]) == std::string_view::npos);
  require(text.find("://") == std::string_view::npos);
}

void check_slack(std::string_view text) {
  require(text.find_first_of("<>\n") == std::string_view::npos);
  for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    const auto rest = text.substr(at);
    require(rest.starts_with("&amp;") || rest.starts_with("&lt;") || rest.starts_with("&gt;"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  if (size == 0) return 0;
  const std::size_t units = 1 + data[0];
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string discord = notify::encode_discord(text, units);
  const std::string slack = notify::encode_slack(text, units);
  const std::string fallback = notify::encode_slack_markdown(text, units);
  const std::string teams = notify::encode_teams(text, units);
  const std::string fenced = notify::encode_fenced(text, units);
  for (const std::string* encoded : {&discord, &teams, &fenced, &slack, &fallback})
    require(notify::utf16_units(*encoded) <= units);
  check_markdown(discord, "*_~`|<>#@:[]()-+");
  check_teams(teams);
  require(fenced.find('`') == std::string::npos);
  check_slack(slack);
  check_slack(fallback);
  require(fallback.find_first_of("*_~`@#") == std::string::npos);
  const auto alert = fakes::hostile_alert(text);
  const std::string shown = notify::format_for_terminal({}, model::AlertChange::updated, alert);
  std::size_t lines = 0;
  for (const char c : shown) {
    require(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    lines += c == '\n' ? 1 : 0;
  }
  require(lines == 2);
  return 0;
}
