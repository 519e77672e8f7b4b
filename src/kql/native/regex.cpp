#include "kql/native/regex.h"

#include <re2/re2.h>

#include <memory>
#include <unordered_map>

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

}  // namespace

struct Regex::Compiled {
  explicit Compiled(std::string_view pattern) : program(piece(pattern), options()) {}
  RE2 program;
};

std::string regex_problem(std::string_view pattern) {
  const RE2 compiled_pattern(piece(pattern), options());
  return compiled_pattern.ok() ? std::string{} : compiled_pattern.error();
}

std::string quote_regex(std::string_view text) {
  return RE2::QuoteMeta(piece(text));
}

const Regex* Regex::get(std::string_view pattern) {
  thread_local std::unordered_map<std::string, Regex> kept;
  thread_local const Regex* last = nullptr;
  thread_local std::string last_pattern;
  if (last != nullptr && last_pattern == pattern) return last;
  auto found = kept.find(std::string(pattern));
  if (found == kept.end()) {
    if (kept.size() >= patterns_kept_max) {
      kept.clear();
      last = nullptr;
    }
    found =
        kept.emplace(std::string(pattern), Regex(std::make_shared<const Compiled>(pattern))).first;
  }
  if (!found->second.compiled_->program.ok()) return nullptr;
  last = &found->second;
  last_pattern = pattern;
  return last;
}

bool Regex::matches(std::string_view text) const {
  return RE2::PartialMatch(piece(text), compiled_->program);
}

int Regex::groups() const {
  return compiled_->program.NumberOfCapturingGroups();
}

int Regex::group_number(const std::string& name) const {
  const auto& names = compiled_->program.NamedCapturingGroups();
  const auto found = names.find(name);
  return found == names.end() ? -1 : found->second;
}

bool Regex::find(std::string_view text, std::size_t start,
                 std::vector<std::string_view>& groups) const {
  const int count = this->groups() + 1;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(count));
  if (start > text.size() || !compiled_->program.Match(piece(text), start, text.size(),
                                                       RE2::UNANCHORED, found.data(), count))
    return false;
  groups.clear();
  for (const re2::StringPiece& one : found)
    groups.emplace_back(one.data() == nullptr ? std::string_view{}
                                              : std::string_view(one.data(), one.size()));
  return true;
}

}  // namespace vedette::kql::native
