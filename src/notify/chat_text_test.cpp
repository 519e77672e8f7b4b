#include "notify/chat_text.h"

#include <gtest/gtest.h>

namespace vedette::notify {
namespace {

TEST(ChatText, WhatCannotBeSeenIsShown) {
  EXPECT_EQ(visible_text("r\u200boot", 100), "r\\u200boot");
  EXPECT_EQ(visible_text("\u202eroot\x1b[31m\n", 100), "\\u202eroot\\x1b[31m\\x0a");
  EXPECT_EQ(visible_text("\u00adx\ufeff\U000e0062", 100), "\\u00adx\\ufeff\\ue0062");
  EXPECT_EQ(visible_text("Zürich 東京 \U0001f600", 100), "Zürich 東京 \U0001f600");
  EXPECT_EQ(visible_text("caf\xe9", 100), "caf\ufffd");
  EXPECT_EQ(visible_text(std::string(1000, 'a'), 10), "aaaaaaa…");
}

TEST(ChatText, DiscordMarkupIsEscaped) {
  EXPECT_EQ(encode_discord("[x](javascript:alert(1))", 100), R"(\[x\]\(javascript\:alert\(1\)\))");
  EXPECT_EQ(encode_discord("<@1> @everyone **b** \\*", 100),
            R"(\<\@1\> \@everyone \*\*b\*\* \\\*)");
  EXPECT_EQ(encode_discord("12. root", 100), R"(12\. root)");
  EXPECT_EQ(encode_discord("203.0.113.7", 100), R"(203\.0.113.7)");
  EXPECT_EQ(encode_discord("Frankfurt am Main, Hesse", 100), "Frankfurt am Main, Hesse");
}

TEST(ChatText, TeamsMarkupIsEscapedAndNoMore) {
  EXPECT_EQ(encode_teams("[x](javascript:alert(1))", 100), R"(\[x\](javascript:alert(1)))");
  EXPECT_EQ(encode_teams("**b** _i_ `c` ~~s~~ <at>x</at> \\*", 100),
            R"(\*\*b\*\* \_i\_ \`c\` \~\~s\~\~ \<at\>x\</at\> \\\*)");
  EXPECT_EQ(encode_teams("High: 2001:db8::1 (root-cause, #12) 08:00+02:00!", 100),
            "High: 2001:db8::1 (root-cause, #12) 08:00+02:00!");
  for (const char* list : {"- root", "+ root", "# root"})
    EXPECT_EQ(encode_teams(list, 100), std::string("\\") + list);
  EXPECT_EQ(encode_teams(" - root", 100), R"( \- root)");
  EXPECT_EQ(encode_teams("12. root", 100), R"(12\. root)");
  EXPECT_EQ(encode_teams("http://x www.x", 100), R"(http\[://\]x www\[.\]x)");
}

TEST(ChatText, SlackMarkupIsEscaped) {
  EXPECT_EQ(encode_slack("<!channel> & *b*", 100), "&lt;!channel&gt; &amp; *b*");
  EXPECT_EQ(encode_slack_markdown("*b* _i_ ~s~ `c` <http://x> @u", 100),
            "＊b＊ ＿i＿ ～s～ ｀c｀ &lt;http:/／x&gt; ＠u");
  EXPECT_EQ(encode_slack_markdown("High: 2001:db8::1", 100), "High: 2001:db8::1");
}

TEST(ChatText, ACutNeverSplitsAnEscape) {
  for (std::size_t units = 1; units < 12; ++units) {
    const std::string discord = encode_discord("****", units);
    EXPECT_LE(utf16_units(discord), units);
    EXPECT_TRUE(units >= 8 ? discord == R"(\*\*\*\*)" : discord.ends_with("…")) << discord;
    const std::string slack = encode_slack("&&", units);
    EXPECT_LE(utf16_units(slack), units);
    EXPECT_TRUE(slack == "…" || slack == "&amp;…" || slack == "&amp;&amp;") << slack;
    const std::string pairs =
        encode_slack("\U0001f600\U0001f600\U0001f600\U0001f600\U0001f600", units);
    EXPECT_LE(utf16_units(pairs), units);
  }
}

TEST(ChatText, ListsAreCutBetweenItems) {
  EXPECT_EQ(encode_list({"a", "b", "c"}, &encode_slack, 100), "a, b, c");
  std::vector<std::string> many;
  for (int i = 0; i < 50; ++i) many.push_back("user" + std::to_string(i));
  const std::string text = encode_list(many, &encode_slack, 100);
  EXPECT_LE(utf16_units(text), 100U);
  EXPECT_EQ(
      text,
      "user0, user1, user2, user3, user4, user5, user6, user7, user8, user9, user10 and 39 more");
  EXPECT_EQ(encode_list({std::string(500, 'x'), "y"}, &encode_slack, 100, 10), "xxxxxxxxx…, y");
}

TEST(ChatText, NamesThatAreNotPlainAreQuoted) {
  EXPECT_EQ(quote_name("root"), "root");
  EXPECT_EQ(quote_name("svc-backup$@example.org"), "svc-backup$@example.org");
  EXPECT_EQ(quote_name("root, admin"), "\"root, admin\"");
  EXPECT_EQ(quote_name("a\" b"), "\"a\\\" b\"");
  EXPECT_EQ(quote_name(""), "\"\"");
}

}  // namespace
}  // namespace vedette::notify
