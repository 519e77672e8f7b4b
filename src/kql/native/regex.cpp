#include "kql/native/regex.h"

#include <re2/re2.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/encode.h"
#include "kql/native/characters.h"
#include "kql/native/code_points.h"
#include "kql/native/regex_syntax.h"

namespace vedette::kql::native {

namespace {

constexpr std::size_t patterns_kept_max = 64;
constexpr std::int64_t program_bytes_max = 16 << 20;

RE2::Options options() {
  RE2::Options chosen;
  chosen.set_log_errors(false);
  chosen.set_max_mem(program_bytes_max);
  return chosen;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

bool is_all_ascii(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & 0x8080808080808080ULL) != 0) return false;
  }
  return is_ascii(text.substr(at));
}

// Kept for as long as the program runs: \W inside of a class is asked for again and again.
constexpr std::size_t classes_kept_max = 256;
struct KeptClasses {
  std::mutex mutex;
  std::map<std::pair<std::string, bool>, CodePoints> kept;
};

CodePoints scanned(std::string_view items, bool without_case) {
  RE2::Options chosen = options();
  chosen.set_case_sensitive(!without_case);
  const RE2 one("[" + std::string(items) + "]", chosen);
  std::vector<std::pair<char32_t, char32_t>> ranges;
  std::string character;
  const auto look = [&](char32_t first, char32_t last) {  // all of these are alike
    character.clear();
    base::append_utf8(character, first);
    if (one.ok() && RE2::FullMatch(character, one)) ranges.emplace_back(first, last);
  };
  // Nothing is assigned between the planes 3 and 14, and the last two are private ones.
  for (char32_t code = 0; code < 0x40000; ++code)
    if (code < 0xD800 || code > 0xDFFF) look(code, code);
  for (char32_t code = 0xE0000; code < 0xE1000; ++code) look(code, code);
  look(0x40000, 0xDFFFF);
  look(0xE1000, 0xEFFFF);
  look(0xF0000, 0xFFFFD);
  look(0xFFFFE, 0xFFFFF);
  look(0x100000, 0x10FFFD);
  look(0x10FFFE, 0x10FFFF);
  return CodePoints(std::move(ranges));
}

CodePoints read_class(std::string_view items, bool without_case) {
  static KeptClasses classes;
  const std::lock_guard lock(classes.mutex);
  const auto found = classes.kept.find({std::string(items), without_case});
  if (found != classes.kept.end()) return found->second;
  if (classes.kept.size() >= classes_kept_max) classes.kept.clear();
  return classes.kept
      .emplace(std::pair(std::string(items), without_case), scanned(items, without_case))
      .first->second;
}

}  // namespace

// Two programs: for text of ASCII alone, and for any text where \d \s \w make a difference. The
// second is made when it is first needed. (A pattern that repeats Unicode's words very often would
// take RE2 many times as long, or is larger than it allows: those of ASCII stand for them then.)
struct Regex::Compiled {
  explicit Compiled(std::string_view written)
      : pattern(written),
        plain(as_re2(written, true, read_class)),
        plain_program(piece(plain.pattern), options()) {
    for (std::size_t at = pattern.find('\\'); at != std::string::npos && at + 1 < pattern.size();
         at = pattern.find('\\', at + 2))
      minds_unicode = minds_unicode ||
                      std::string_view("dswDSW").find(pattern[at + 1]) != std::string_view::npos;
  }
  [[nodiscard]] bool ok() const { return plain.problem.empty() && plain_program.ok(); }
  [[nodiscard]] const RE2& unicode_program() const {
    constexpr int instructions_max = 20'000;
    if (!unicode) {
      const RewrittenRegex rewritten = as_re2(pattern, false, read_class);
      unicode = std::make_unique<RE2>(piece(rewritten.pattern), options());
      unicode_fits =
          rewritten.problem.empty() && unicode->ok() && unicode->ProgramSize() <= instructions_max;
    }
    return unicode_fits ? *unicode : plain_program;
  }
  // For text that may not change before the next call of Regex::get.
  [[nodiscard]] const RE2& program_for(std::string_view text) const {
    if (!minds_unicode) return plain_program;
    if (text.data() != seen_text.data() || text.size() != seen_text.size()) {
      seen_text = text;
      seen_ascii = is_all_ascii(text);
    }
    return seen_ascii ? plain_program : unicode_program();
  }

  std::string pattern;
  RewrittenRegex plain;
  RE2 plain_program;
  bool minds_unicode = false;
  // Each thread has its own (Regex::get).
  mutable std::unique_ptr<RE2> unicode;
  mutable bool unicode_fits = false;
  mutable std::string_view seen_text;
  mutable bool seen_ascii = false;
};

std::string regex_problem(std::string_view pattern) {
  const Regex::Compiled compiled(pattern);
  if (compiled.ok()) return {};
  return compiled.plain.problem.empty() ? compiled.plain_program.error() : compiled.plain.problem;
}

// (RE2's own QuoteMeta writes \< for <, which is the start of a word.)
std::string quote_regex(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '<' || c == '>' || static_cast<unsigned char>(c) >= 0x80;
    if (c == '\0') {
      quoted += "\\x00";
    } else {
      if (!plain) quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

const Regex* Regex::get(std::string_view pattern) {
  thread_local std::unordered_map<std::string, Regex> kept;
  thread_local const Regex* last = nullptr;
  thread_local std::string last_pattern;
  if (last != nullptr && last_pattern == pattern) {
    last->compiled_->seen_text = {};
    return last;
  }
  auto found = kept.find(std::string(pattern));
  if (found == kept.end()) {
    if (kept.size() >= patterns_kept_max) {
      kept.clear();
      last = nullptr;
    }
    found =
        kept.emplace(std::string(pattern), Regex(std::make_shared<const Compiled>(pattern))).first;
  }
  if (!found->second.compiled_->ok()) return nullptr;
  last = &found->second;
  last->compiled_->seen_text = {};
  last_pattern = pattern;
  return last;
}

bool Regex::matches(std::string_view text) const {
  return RE2::PartialMatch(piece(text), compiled_->program_for(text));
}

int Regex::groups() const {
  return compiled_->plain_program.NumberOfCapturingGroups();
}

int Regex::group_number(const std::string& name) const {
  const auto& names = compiled_->plain_program.NamedCapturingGroups();
  const auto found = names.find(name);
  return found == names.end() ? -1 : found->second;
}

bool Regex::find(std::string_view text, std::size_t start,
                 std::vector<std::string_view>& groups) const {
  const int count = this->groups() + 1;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(count));
  if (start > text.size() ||
      !compiled_->program_for(text).Match(piece(text), start, text.size(), RE2::UNANCHORED,
                                          found.data(), count))
    return false;
  groups.clear();
  for (const re2::StringPiece& one : found)
    groups.emplace_back(one.data() == nullptr ? std::string_view{}
                                              : std::string_view(one.data(), one.size()));
  return true;
}

bool RegexMatches::next(std::vector<std::string_view>& groups) {
  while (at_ <= text_.size() && regex_.find(text_, at_, groups)) {
    const std::size_t start = static_cast<std::size_t>(groups[0].data() - text_.data());
    const bool behind = groups[0].empty() && start == end_;
    at_ = end_ = start + groups[0].size();
    if (groups[0].empty()) {  // on by one character
      ++at_;
      while (at_ < text_.size() && !starts_character(text_[at_])) ++at_;
    }
    if (!behind) return true;
  }
  return false;
}

}  // namespace vedette::kql::native
