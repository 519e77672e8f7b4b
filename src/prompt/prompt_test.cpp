#include <gtest/gtest.h>

#include "prompt/line_editor.h"
#include "prompt/screen.h"

namespace vedette::prompt {
namespace {

std::vector<Key> keys_of(std::string_view bytes) {
  KeyReader reader;
  std::vector<Key> keys;
  for (const char c : bytes) {  // byte by byte, as a slow line brings them
    reader.feed({&c, 1});
    while (auto key = reader.next()) keys.push_back(*std::move(key));
  }
  return keys;
}

// What is written after these keys: `^` is the cursor.
class Writing : public ::testing::Test {
 protected:
  Edited press(std::string_view bytes) {
    Edited last = Edited::going_on;
    for (const Key& key : keys_of(bytes)) last = editor_.take(key);
    return last;
  }
  [[nodiscard]] std::string shown() const {
    std::string text = editor_.buffer().text();
    return text.insert(editor_.buffer().cursor(), "^");
  }

  History history_ = History::read("first\nsecond\\n| take 1\nthird\n");
  std::vector<Suggestion> found_;
  std::size_t begin_ = 0;
  LineEditor editor_{history_,
                     {[this](const std::string&, std::size_t) {
                        return Suggestions{begin_, found_, found_.empty() ? "nothing" : ""};
                      },
                      [](const std::string& text) { return !text.ends_with('|'); }}};
};

TEST_F(Writing, KeysEditTheText) {
  press("abc def\x1b[D\x1b[D\x7fX");
  EXPECT_EQ(shown(), "abc X^ef");
  press("\x01Y\x05Z");
  EXPECT_EQ(shown(), "Yabc XefZ^");
  press("\x17");
  EXPECT_EQ(shown(), "Yabc ^");
  press("\x19\x1b[1;5D\x0b");
  EXPECT_EQ(shown(), "Yabc ^");
  press("\x15");
  EXPECT_EQ(shown(), "^");
  press("\xc3\xa9\xe6\x97\xa5\x1b[D\x7f");
  EXPECT_EQ(shown(), "^日");
}

TEST_F(Writing, KeysThatAreNotKnownChangeNothing) {
  press("a\x1b[15~\x1b[200;3u\x1bOP\x1bz\x02\x1b[99X");
  EXPECT_EQ(shown(), "^a");
}

TEST_F(Writing, EnterEndsAWholeTextAndBreaksAnUnfinishedOne) {
  EXPECT_EQ(press("a |\r"), Edited::going_on);
  EXPECT_EQ(shown(), "a |\n^");
  EXPECT_EQ(press("take 1\r"), Edited::entered);
  EXPECT_EQ(editor_.buffer().text(), "a |\ntake 1");
  editor_.start();
  EXPECT_EQ(press("a |\r\r"), Edited::entered) << "an empty line hands over what there is";
}

TEST_F(Writing, EnterOnAnEarlierLineBreaksIt) {
  press("ab\x1b\rcd\x1b[A\x1b[D");
  EXPECT_EQ(press("\r"), Edited::going_on);
  EXPECT_EQ(shown(), "a\n^b\ncd");
}

TEST_F(Writing, PastedLinesAreTextUntilEnter) {
  EXPECT_EQ(press("\x1b[200~SigninLogs\r\n| where\tx\x1b[31m\r| take 1\x1b[201~"),
            Edited::going_on);
  EXPECT_EQ(shown(), "SigninLogs\n| where    x[31m\n| take 1^");
  EXPECT_EQ(press("\r"), Edited::entered);
}

TEST_F(Writing, UpAndDownGoThroughLinesThenThroughTheHistory) {
  press("dra\x1b\rft\x1b[A");
  EXPECT_EQ(shown(), "dr^a\nft");
  press("\x1b[A");
  EXPECT_EQ(shown(), "third^");
  press("\x1b[A");
  EXPECT_EQ(shown(), "second\n| take 1^");
  press("\x1b[A\x1b[A");
  EXPECT_EQ(shown(), "first^");
  press("\x1b[A");
  EXPECT_EQ(shown(), "first^") << "there is no older one";
  press("\x1b[B\x1b[B\x1b[B\x1b[B");
  EXPECT_EQ(shown(), "dra\nft^") << "what was being written is there again";
}

TEST_F(Writing, SearchesTheHistoryBackwards) {
  press("\x12IR");
  EXPECT_EQ(shown(), "third^");
  press("\x12");
  EXPECT_EQ(shown(), "first^");
  EXPECT_EQ(press("\r"), Edited::going_on) << "Enter takes what was found, and does not run it";
  EXPECT_EQ(press("\r"), Edited::entered);
}

TEST_F(Writing, InterruptCancelsAndFinishLeaves) {
  EXPECT_EQ(press("abc\x03"), Edited::cancelled);
  editor_.start();
  EXPECT_EQ(press("ab\x01\x04"), Edited::going_on);
  EXPECT_EQ(shown(), "^b");
  press("\x04");
  EXPECT_EQ(press("\x04"), Edited::left);
}

TEST_F(Writing, TabCompletesAsFarAsAllAgreeThenLists) {
  press("x Us");
  begin_ = 2;
  found_ = {{"UserName", "UserName"}, {"UserId", "UserId"}};
  press("\t");
  EXPECT_EQ(shown(), "x User^");
  EXPECT_TRUE(editor_.choices().empty());
  press("\t");
  EXPECT_EQ(editor_.choices(), (std::vector<std::string>{"UserName", "UserId"}));
  press("N");
  EXPECT_TRUE(editor_.choices().empty());
  found_ = {{"UserName", "UserName"}};
  press("\t");
  EXPECT_EQ(shown(), "x UserName^");
  found_.clear();
  press("\t");
  EXPECT_EQ(editor_.note(), "nothing");
}

TEST_F(Writing, TakesNoMoreThanAnybodyEdits) {
  (void)editor_.take({KeyKind::paste, std::string(edited_bytes_max + 1, 'a')});
  press("b");
  EXPECT_EQ(shown(), "b^");
}

TEST(History, IsBoundedAndComesBackAsItWas) {
  History history;
  history.add("a\\n\nb");
  history.add("a\\n\nb");
  history.add(" hidden");
  history.add("  ");
  EXPECT_EQ(history.text(), "a\\\\n\\nb\n");
  EXPECT_EQ(History::read(history.text()).entries(), history.entries());
  for (int i = 0; i < 2'000; ++i) history.add(std::to_string(i));
  EXPECT_EQ(history.entries().size(), history_entries_max);
  EXPECT_EQ(history.entries().back(), "1999");
  for (int i = 0; i < 100; ++i) history.add(std::string(200'000, static_cast<char>('a' + i % 26)));
  EXPECT_LE(history.text().size(), history_bytes_max + history_entries_max);
}

TEST(History, AnyFileIsRead) {
  const History history = History::read("a\\\nb\x1b[2J\xff\\q\n\n\\n\n");
  EXPECT_EQ(history.entries(), (std::vector<std::string>{"a\\", "b[2J\xef\xbf\xbdq"}));
}

// --- what is painted -----------------------------------------------------------------------------

TEST(Screen, BreaksLinesWhereTheTerminalEnds) {
  Screen screen;
  EXPECT_EQ(screen.paint({.prompt = "> ", .text = "abcdefgh", .cursor = 8}, {10, 24}),
            "\r\x1b[J> abcdefgh\r\n\r");
  // Two rows were painted, and the cursor stood on the second.
  EXPECT_EQ(screen.paint({.prompt = "> ", .text = "a\nb", .cursor = 0}, {10, 24}),
            "\r\x1b[1A\x1b[J> a\r\n  b\x1b[1A\r\x1b[2C");
}

TEST(Screen, CountsWideAndJoiningCharacters) {
  Screen screen;
  EXPECT_EQ(screen.paint({.prompt = "> ", .text = "日本e\xcc\x81", .cursor = 9}, {80, 24}),
            "\r\x1b[J> 日本e\xcc\x81\r\x1b[7C");
}

TEST(Screen, NothingMovesTheCursorOrTurnsTheText) {
  Screen screen;
  const std::vector<std::string> choices{"a\x1b[2Jb"};
  const std::string painted = screen.paint(
      {.prompt = "> ", .text = "x\xe2\x80\xaey", .cursor = 1, .choices = &choices}, {80, 24});
  EXPECT_EQ(painted, "\r\x1b[J> x\xef\xbf\xbdy\r\na\\x1b[2Jb\x1b[1A\r\x1b[3C");
}

TEST(Screen, ShowsThePartAroundTheCursorOfATallText) {
  Screen screen;
  std::string text;
  for (int i = 0; i < 50; ++i) text += std::to_string(i) + "\n";
  const std::string painted = screen.paint({.prompt = "> ", .text = text, .cursor = 0}, {80, 5});
  EXPECT_EQ(painted, "\r\x1b[J> 0\r\n  1\r\n  2\r\n  3\r\n  4\x1b[4A\r\x1b[2C");
  EXPECT_EQ(screen.paint({.prompt = "> ", .text = text, .cursor = text.size()}, {80, 5}),
            "\r\x1b[J  46\r\n  47\r\n  48\r\n  49\r\n  \r\x1b[2C");
}

TEST(Screen, ListsChoicesInColumnsAndSaysHowManyMore) {
  Screen screen;
  std::vector<std::string> choices;
  for (int i = 0; i < 40; ++i) choices.push_back("c" + std::to_string(100 + i));
  const std::string painted =
      screen.paint({.prompt = "> ", .text = "", .cursor = 0, .choices = &choices}, {20, 24});
  EXPECT_NE(painted.find("\r\nc100  c101  c102\r\nc103"), std::string::npos) << painted;
  EXPECT_NE(painted.find("... and 16 more"), std::string::npos) << painted;
}

TEST(Screen, LeavesTheTextAndGoesBelowIt) {
  Screen screen;
  (void)screen.paint({.prompt = "> ", .text = "a\nb", .cursor = 0}, {80, 24});
  EXPECT_EQ(screen.finish({.prompt = "> ", .text = "a\nb", .cursor = 0}, {80, 24}),
            "\r\x1b[J> a\r\n  b\r\x1b[3C\r\n");
}

}  // namespace
}  // namespace vedette::prompt
