// Owns: the encoders of the chat sinks. A user name, host name, city or organisation was written by
// an attacker or by strangers; it reaches a chat only through one of these. Promises: what comes
// out is text to its sink and nothing else: no markup, link, mention or line of its own; invisible
// and control characters are shown as escapes (\x1b, \u200b); a result is never longer than asked,
// and a cut is marked by an ellipsis. Lengths count UTF-16 units, the most that a service counts
// for a character. Must not know: messages. Called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::notify {

// Valid UTF-8 without control, line-breaking, direction-changing or invisible characters. Nothing
// of a sink is encoded yet, except that it is safe on a terminal.
[[nodiscard]] std::string visible_text(std::string_view text, std::size_t bytes_max);

// Discord markdown: every character that could begin markup, a link, a mention or an emoji has a
// backslash before it.
[[nodiscard]] std::string encode_discord(std::string_view text, std::size_t units_max);
// Teams' Adaptive Cards, which know a part of Markdown: likewise for that part, and nothing begins
// as a link.
[[nodiscard]] std::string encode_teams(std::string_view text, std::size_t units_max);
// For a fenced block of Markdown (GitHub): no backtick is left that could end it.
[[nodiscard]] std::string encode_fenced(std::string_view text, std::size_t units_max);
// Slack, for text objects of type plain_text, where only & < > carry meaning.
[[nodiscard]] std::string encode_slack(std::string_view text, std::size_t units_max);
// Slack, for a message's `text`, which may be read as mrkdwn: formatting characters become their
// full-width look-alikes and "//" is broken, so that no style and no link can form.
[[nodiscard]] std::string encode_slack_markdown(std::string_view text, std::size_t units_max);

// How & < > are written in HTML and in Slack's text objects; empty for any other character.
[[nodiscard]] std::string_view markup_escape(char32_t character);

// Without the beginning of a link: "http[://]example.org", "www[.]example.org".
[[nodiscard]] std::string without_links(std::string_view visible);

using Encoder = std::string (*)(std::string_view text, std::size_t units_max);
// "a, b, c and 4 more": as many whole items as fit, each of them cut at `item_units_max`.
[[nodiscard]] std::string encode_list(const std::vector<std::string>& items, Encoder encode,
                                      std::size_t units_max, std::size_t item_units_max = 64);

// A name as it is written among others: as it is when plain (letters, digits, ._@$-\ and anything
// outside ASCII), in quotes otherwise, so that "root, admin" is seen to be one name.
[[nodiscard]] std::string quote_name(std::string_view name);
[[nodiscard]] std::size_t utf16_units(std::string_view text);

}  // namespace vedette::notify
