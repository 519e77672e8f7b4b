// Whatever a terminal sends: a text that is valid UTF-8 without control characters, a cursor
// between its characters, and a painting that holds no control sequence but the painter's own.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encode.h"
#include "prompt/line_editor.h"
#include "prompt/screen.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const prompt::History history = prompt::History::read("first\\nline\nsecond\n");
  prompt::LineEditor editor(
      history, {[](const std::string&, std::size_t place) {
                  return prompt::Suggestions{place / 2, {{"word", "word"}, {"work", "w\x1b"}}, ""};
                },
                [](const std::string& text) { return text.size() % 2 == 0; }});
  prompt::KeyReader keys;
  prompt::Screen screen;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    keys.feed(bytes.substr(at, 3));
    while (const auto key = keys.next()) {
      if (editor.take(*key) != prompt::Edited::going_on) editor.start();
      const std::string& text = editor.buffer().text();
      const std::size_t cursor = editor.buffer().cursor();
      if (cursor > text.size() || prompt::clean_input(text) != text) std::abort();
      if (cursor < text.size() && (static_cast<unsigned char>(text[cursor]) & 0xC0) == 0x80)
        std::abort();
    }
    const std::string painted = screen.paint({.prompt = "> ",
                                              .text = editor.buffer().text(),
                                              .cursor = editor.buffer().cursor(),
                                              .choices = &editor.choices(),
                                              .note = editor.note()},
                                             {size % 90 + 1, size % 7 + 1});
    for (std::size_t place = painted.find('\x1b'); place != std::string::npos;
         place = painted.find('\x1b', place + 1))
      if (painted.find_first_not_of("[0123456789", place + 1) !=
          painted.find_first_of("AJC", place + 1))
        std::abort();
  }
  return 0;
}
