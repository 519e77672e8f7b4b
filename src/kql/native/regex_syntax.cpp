#include "kql/native/regex_syntax.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "fmt/format.h"

namespace vedette::kql::native {

namespace {

// The insides of RE2's classes. A word is Alphabetic, M, Nd, Pc and Join_Control (Unicode's UTS
// 18): all letters, and of the symbols the circled ones.
constexpr std::string_view word_items =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200c}\x{200d}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149})"
    R"(\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";
constexpr std::string_view digit_items = R"(\p{Nd})";
constexpr std::string_view space_items =
    R"(\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view ascii_space_items = R"(\t-\r )";  // RE2's own \s lacks \v
constexpr std::string_view upper_items =
    R"(\p{Lu}\x{2160}-\x{216f}\x{24b6}-\x{24cf}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169})"
    R"(\x{1f170}-\x{1f189})";

constexpr std::array<std::pair<std::string_view, std::string_view>, 44> properties{
    {{"letter", R"(\p{L})"},
     {"uppercaseletter", R"(\p{Lu})"},
     {"lowercaseletter", R"(\p{Ll})"},
     {"titlecaseletter", R"(\p{Lt})"},
     {"casedletter", R"(\p{Lu}\p{Ll}\p{Lt})"},
     {"modifierletter", R"(\p{Lm})"},
     {"otherletter", R"(\p{Lo})"},
     {"mark", R"(\p{M})"},
     {"combiningmark", R"(\p{M})"},
     {"nonspacingmark", R"(\p{Mn})"},
     {"spacingmark", R"(\p{Mc})"},
     {"enclosingmark", R"(\p{Me})"},
     {"number", R"(\p{N})"},
     {"decimalnumber", R"(\p{Nd})"},
     {"digit", R"(\p{Nd})"},
     {"letternumber", R"(\p{Nl})"},
     {"othernumber", R"(\p{No})"},
     {"punctuation", R"(\p{P})"},
     {"punct", R"(\p{P})"},
     {"connectorpunctuation", R"(\p{Pc})"},
     {"dashpunctuation", R"(\p{Pd})"},
     {"openpunctuation", R"(\p{Ps})"},
     {"closepunctuation", R"(\p{Pe})"},
     {"initialpunctuation", R"(\p{Pi})"},
     {"finalpunctuation", R"(\p{Pf})"},
     {"otherpunctuation", R"(\p{Po})"},
     {"symbol", R"(\p{S})"},
     {"mathsymbol", R"(\p{Sm})"},
     {"currencysymbol", R"(\p{Sc})"},
     {"modifiersymbol", R"(\p{Sk})"},
     {"othersymbol", R"(\p{So})"},
     {"separator", R"(\p{Z})"},
     {"spaceseparator", R"(\p{Zs})"},
     {"lineseparator", R"(\p{Zl})"},
     {"paragraphseparator", R"(\p{Zp})"},
     {"control", R"(\p{Cc})"},
     {"format", R"(\p{Cf})"},
     {"privateuse", R"(\p{Co})"},
     {"whitespace", space_items},
     {"space", space_items},
     {"uppercase", upper_items},
     {"ascii", R"(\x{0}-\x{7f})"},
     {"any", R"(\x{0}-\x{10ffff})"},
     {"assigned", R"(\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\p{C})"}}};

constexpr std::size_t class_depth_max = 32;
// Classes of which RE2 is asked what they hold, 13 ms each.
constexpr std::size_t classes_asked_max = 64;

bool is_sign(char c) {
  return c > ' ' && c < '\x7f' &&
         !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '<' || c == '>');
}
bool is_ascii_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Some characters, as the inside of a class, or all but them.
struct Items {
  std::string text;
  bool negated = false;
};

// \p{NAME}: the items of that name; a script or category that only RE2 knows stays \p{Name}.
Items property(std::string_view name) {
  Items items;
  if (name.starts_with('^')) {
    items.negated = true;
    name.remove_prefix(1);
  }
  if (const std::size_t sign = name.find_first_of("=:"); sign != std::string_view::npos)
    name.remove_prefix(sign + 1);
  std::string plain, written;
  for (const char c : name) {
    const bool apart = c == '_' || c == '-' || c == ' ';
    const bool first = written.empty() || written.ends_with('_');
    const std::string lower = base::to_lower_ascii(std::string_view(&c, 1));
    if (!apart) plain += lower;
    const char upper = static_cast<char>(lower[0] - ('a' - 'A'));
    written += apart ? '_' : first && lower[0] >= 'a' && lower[0] <= 'z' ? upper : lower[0];
  }
  const auto known =
      std::ranges::find(properties, plain, [](const auto& one) { return one.first; });
  items.text =
      known != properties.end() ? std::string(known->second) : fmt::format(R"(\p{{{}}})", written);
  return items;
}

struct Flags {
  bool without_case = false, verbose = false, unicode = true, crlf = false, dot_is_all = false;
  bool lines = false;
};

// Reads from `at` on; each part moves behind what it read.
class Rewriter {
 public:
  Rewriter(std::string_view text, bool ascii, ReadClass read_class)
      : text_(text), ascii_(ascii), read_class_(read_class) {}

  RewrittenRegex run() {
    groups_.push_back({});
    while (at_ < text_.size() && problem_.empty()) step();
    return {std::move(out_), std::move(problem_)};
  }

 private:
  struct Group {
    Flags flags;
    bool alternates = false;
  };

  [[nodiscard]] Flags& flags() { return groups_.back().flags; }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool sees(std::string_view wanted) const {
    return text_.substr(at_).starts_with(wanted);
  }
  void copy(std::size_t count) {
    out_ += text_.substr(at_, count);
    at_ += count;
  }
  [[nodiscard]] bool is_unicode() { return flags().unicode && !ascii_; }

  void step() {
    const char c = peek();
    if (flags().verbose && skip_blank()) return;
    if (c != '\\') after_sign_ = false;
    switch (c) {
      case '\\':
        return escape();
      case '[':
        return bracket();
      case '(':
        return open_group();
      case ')':
        if (groups_.size() > 1) {
          after_word_ = after_word_ && !groups_.back().alternates;
          groups_.pop_back();
        }
        return copy(1);
      case '|':
        groups_.back().alternates = true;
        after_word_ = false;
        return copy(1);
      case '*':
      case '?':
        if (!after_repeat_) after_word_ = false;
        after_repeat_ = true;
        return copy(1);
      case '+':
        after_repeat_ = true;
        return copy(1);
      case '{': {
        const std::size_t end = text_.find_first_not_of("0123456789, ", at_ + 1);
        if (end == std::string_view::npos || text_[end] != '}') break;  // for RE2 a character
        if (peek(1) == '0') after_word_ = false;
        after_repeat_ = true;
        return copy(end + 1 - at_);
      }
      default:
        break;
    }
    after_repeat_ = false;
    after_word_ = is_ascii_word(c);
    after_sign_ = is_sign(c) && c != '.' && c != '^' && c != '$';
    if (c == '.' && flags().crlf && !flags().dot_is_all) {
      out_ += R"([^\r\n])";
      ++at_;
    } else if ((c == '^' || c == '$') && flags().crlf && flags().lines) {
      problem_ = "the flags m and R together are not supported";
    } else {
      copy(1);
    }
  }

  // White space and comments in verbose mode.
  bool skip_blank() {
    const char c = peek();
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return true;
    }
    if (c != ' ' && (c < '\t' || c > '\r')) return false;
    ++at_;
    return true;
  }

  void open_group() {
    after_word_ = after_repeat_ = false;
    Group inner{flags(), false};
    if (!sees("(?") || sees("(?P<")) {
      groups_.push_back(inner);
      return copy(sees("(?") ? 4 : 1);
    }
    if (sees("(?<") && peek(3) != '=' && peek(3) != '!') {
      groups_.push_back(inner);
      out_ += "(?P<";
      at_ += 3;
      return;
    }
    // (?flags) is for the rest of the group, (?flags:...) for one of its own.
    std::size_t end = at_ + 2;
    std::string kept;
    bool on = true;
    for (; end < text_.size() && text_[end] != ')' && text_[end] != ':'; ++end)
      set_flag(inner.flags, text_[end], on, kept);
    if (kept.ends_with('-')) kept.pop_back();
    const bool whole = end < text_.size() && text_[end] == ')';
    if (whole) {
      groups_.back().flags = inner.flags;
    } else {
      groups_.push_back(inner);
    }
    at_ = std::min(end + 1, text_.size());
    if (whole && kept.empty()) return;
    out_ += "(?" + kept + (whole ? ")" : ":");
  }
  // What RE2 knows too is kept.
  static void set_flag(Flags& flags, char c, bool& on, std::string& kept) {
    switch (c) {
      case '-':
        on = false;
        break;
      case 'x':
        flags.verbose = on;
        return;
      case 'u':
        flags.unicode = on;
        return;
      case 'R':
        flags.crlf = on;
        return;
      case 'i':
        flags.without_case = on;
        break;
      case 's':
        flags.dot_is_all = on;
        break;
      case 'm':
        flags.lines = on;
        break;
      default:
        break;
    }
    kept += c;
  }

  void escape() {
    const bool was_word = after_word_, was_sign = after_sign_;
    const char c = peek(1);
    after_word_ = after_repeat_ = false;
    after_sign_ = is_sign(c);
    if (sees(R"(\Q)")) {
      const std::size_t end = text_.find(R"(\E)", at_);
      return copy(end == std::string_view::npos ? text_.size() - at_ : end + 2 - at_);
    }
    if (end_of_word(was_word, was_sign)) return;
    if (const auto items = escaped_items()) {
      after_word_ = !items->negated && (c == 'w' || c == 'd');
      out_ += fmt::format("[{}{}]", items->negated ? "^" : "", items->text);
      return;
    }
    if (const auto code = escaped_code()) {
      after_word_ = *code < 0x80 && is_ascii_word(static_cast<char>(*code));
      out_ += code_text(*code);
      return;
    }
    after_word_ = c == 'w' || c == 'd';
    copy(2);
  }

  // \< \> \b{start} and the like. RE2 has \b only, which is the same beside a word's character.
  bool end_of_word(bool was_word, bool was_sign) {
    static constexpr std::array<std::pair<std::string_view, bool>, 6> marks{
        {{R"(\<)", true},
         {R"(\>)", false},
         {R"(\b{start})", true},
         {R"(\b{end})", false},
         {R"(\b{start-half})", true},
         {R"(\b{end-half})", false}}};
    for (const auto& [mark, at_start] : marks) {
      if (!sees(mark)) continue;
      at_ += mark.size();
      if (at_start ? word_follows() : was_word) {
        out_ += R"(\b)";
        after_word_ = was_word;
      } else if (mark.size() == 2 && (at_start ? sign_follows() : was_sign)) {
        // No word can end or begin there, and older patterns mean the character.
        out_ += mark.substr(1);
      } else {
        problem_ = fmt::format("{} is supported right {} a word's character only", mark,
                               at_start ? "before" : "behind");
      }
      return true;
    }
    return false;
  }
  [[nodiscard]] bool sign_follows() const {
    if (peek() == '\\') return is_sign(peek(1));
    return is_sign(peek()) &&
           std::string_view("[](){}.^$|*+?").find(peek()) == std::string_view::npos;
  }
  [[nodiscard]] bool word_follows() const {
    std::size_t next = at_;
    const bool alternates = text_.find('|', at_) != std::string_view::npos;
    while (!alternates && next < text_.size() && text_[next] == '(') {
      ++next;
      if (text_.substr(next).starts_with("?:")) next += 2;
      if (text_.substr(next).starts_with("?P<") || text_.substr(next).starts_with("?<"))
        next = std::min(text_.find('>', next), text_.size() - 1) + 1;
    }
    const std::string_view rest = text_.substr(next);
    const bool perl = rest.starts_with(R"(\w)") || rest.starts_with(R"(\d)");
    if (!perl && (rest.empty() || !is_ascii_word(rest.front()))) return false;
    const std::string_view behind = rest.substr(perl ? 2 : 1);
    return !behind.starts_with('*') && !behind.starts_with('?') && !behind.starts_with("{0");
  }

  // \d \S \p{Greek} \PL: what they name. Empty, and nothing read, when it is something else or when
  // RE2 reads it in the same way.
  std::optional<Items> escaped_items() {
    const char c = peek(1);
    if ((c == 'p' || c == 'P') && at_ + 2 < text_.size()) {
      Items items;
      if (peek(2) == '{') {
        const std::size_t end = text_.find('}', at_);
        if (end == std::string_view::npos) return std::nullopt;
        items = property(text_.substr(at_ + 3, end - at_ - 3));
        at_ = end + 1;
      } else {
        items.text = fmt::format(R"(\p{})", peek(2));
        at_ += 3;
      }
      items.negated = items.negated != (c == 'P');
      return items;
    }
    const char lower = static_cast<char>(c | 0x20);
    if (lower != 's' && (!is_unicode() || (lower != 'd' && lower != 'w'))) return std::nullopt;
    at_ += 2;
    return Items{std::string(lower == 'd'   ? digit_items
                             : lower == 'w' ? word_items
                             : is_unicode() ? space_items
                                            : ascii_space_items),
                 c != lower};
  }

  // \x41 \x{41} \u0041 \u{41} \U00000041
  std::optional<char32_t> escaped_code() {
    const char c = peek(1);
    if (c != 'x' && c != 'u' && c != 'U') return std::nullopt;
    const std::size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    std::string_view digits = text_.substr(at_ + 2, count);
    std::size_t length = 2 + digits.size();
    if (peek(2) != '{') {
      if (digits.size() != count) return std::nullopt;
    } else {
      const std::size_t end = text_.find('}', at_);
      if (end == std::string_view::npos) return std::nullopt;
      digits = text_.substr(at_ + 3, end - at_ - 3);
      length = end + 1 - at_;
    }
    std::uint32_t code = 0;
    const char* last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, code, 16);
    if (error != std::errc{} || end != last || code > CodePoints::greatest) return std::nullopt;
    at_ += length;
    return static_cast<char32_t>(code);
  }
  static std::string code_text(char32_t code) {
    return fmt::format(R"(\x{{{:x}}})", static_cast<std::uint32_t>(code));
  }

  // --- classes -----------------------------------------------------------------------------------

  // A class without classes inside stays one, item by item; any other becomes the ranges that it
  // comes to.
  void bracket() {
    after_word_ = after_repeat_ = false;
    const std::size_t start = at_;
    std::string plain;
    if (plain_class(plain)) {
      out_ += plain;
      return;
    }
    at_ = start;
    if (const auto set = nested_class(0)) {
      const bool without_case = flags().without_case;  // it is in the ranges already
      out_ += fmt::format("{}[{}]{}", without_case ? "(?-i:" : "", set->text(),
                          without_case ? ")" : "");
      return;
    }
    at_ = start;  // RE2 says what is wrong, or takes [ for itself as older patterns do
    old_class();
  }

  [[nodiscard]] bool sees_posix() const {
    return sees("[:") && text_.find(":]", at_ + 2) != std::string_view::npos;
  }
  [[nodiscard]] bool sees_operator() const { return sees("&&") || sees("--") || sees("~~"); }

  // False where it meets a class inside or an operator.
  bool plain_class(std::string& out) {
    out = "[";
    ++at_;
    if (peek() == '^') take(out);
    bool first = true;
    for (; at_ < text_.size(); first = false) {
      if (peek() == ']' && !first) {
        take(out);
        return true;
      }
      if (flags().verbose && skip_blank()) continue;
      if (peek() == '[' && sees_posix()) {
        const std::size_t end = text_.find(":]", at_) + 2;
        out += text_.substr(at_, end - at_);
        at_ = end;
        continue;
      }
      // [+--] and [--x] of old are ranges from or to the hyphen; Rust's parser minds them too.
      if (peek() == '[' || (!first && sees_operator())) return false;
      class_item(out);
    }
    return false;
  }
  void take(std::string& out) {
    out += text_[at_];
    ++at_;
  }
  void class_item(std::string& out) {
    if (peek() != '\\') return take(out);
    if (const auto items = escaped_items()) {
      out += items->negated ? held_by(items->text, false).complement().text() : items->text;
    } else if (const auto code = escaped_code()) {
      out += code_text(*code);
    } else {
      take(out);
      if (at_ < text_.size()) take(out);
    }
  }

  CodePoints held_by(std::string_view items, bool without_case) {
    if (++classes_asked_ <= classes_asked_max) return read_class_(items, without_case);
    problem_ = fmt::format("more than {} classes with others inside, or \\W and its like",
                           classes_asked_max);
    return {};
  }

  // To the first ] that is not escaped, with [ as a character.
  void old_class() {
    out_ += '[';
    ++at_;
    if (peek() == '^') take(out_);
    for (bool first = true; at_ < text_.size() && (first || peek() != ']'); first = false) {
      if (peek() == '[' && !sees_posix()) {
        out_ += R"(\[)";
        ++at_;
      } else {
        class_item(out_);
      }
    }
    if (at_ < text_.size()) take(out_);
  }

  // [...] with its operators; they bind alike, from left to right.
  std::optional<CodePoints> nested_class(std::size_t depth) {
    if (depth > class_depth_max) return std::nullopt;
    ++at_;
    const bool negated = peek() == '^';
    if (negated) ++at_;
    std::optional<CodePoints> left;
    char op = '\0';
    while (true) {
      const auto right = united(depth, !left);
      if (!right) return std::nullopt;
      left = !left ? *right : joined(*left, *right, op);
      if (peek() == ']') break;
      op = peek();
      at_ += 2;
    }
    ++at_;
    return negated ? left->complement() : left;
  }
  static CodePoints joined(const CodePoints& a, const CodePoints& b, char op) {
    if (op == '&') return a.common_with(b);
    const CodePoints without = a.common_with(b.complement());
    return op == '-' ? without : without.with(b.common_with(a.complement()));
  }
  // All up to an operator or the end of the class, which it does not read.
  std::optional<CodePoints> united(std::size_t depth, bool at_start) {
    CodePoints all;
    std::string items;
    for (bool first = at_start; at_ < text_.size(); first = false) {
      if ((peek() == ']' && !first) || (sees_operator() && !(first && peek() == '-'))) {
        if (items.empty()) return all;
        return all.with(held_by(items, flags().without_case));
      }
      if (flags().verbose && skip_blank()) continue;
      if (peek() == '[' && !sees_posix()) {
        const auto inner = nested_class(depth + 1);
        if (!inner) return std::nullopt;
        all = all.with(*inner);
      } else if (peek() == '[') {
        const std::size_t end = text_.find(":]", at_) + 2;
        items += text_.substr(at_, end - at_);
        at_ = end;
      } else if (items.empty() && peek() == '^') {
        items += R"(\^)";
        ++at_;
      } else {
        class_item(items);
      }
    }
    return std::nullopt;
  }

  std::string_view text_;
  bool ascii_ = false;
  ReadClass read_class_;
  std::size_t classes_asked_ = 0;
  std::size_t at_ = 0;
  std::string out_;
  std::string problem_;
  std::vector<Group> groups_;
  bool after_word_ = false;    // the last character that was matched is one of a word
  bool after_sign_ = false;    // it is a sign that stands for itself
  bool after_repeat_ = false;  // * + ? or {...} stands right before
};

}  // namespace

RewrittenRegex as_re2(std::string_view pattern, bool ascii, ReadClass read_class) {
  return Rewriter(pattern, ascii, read_class).run();
}

}  // namespace vedette::kql::native
