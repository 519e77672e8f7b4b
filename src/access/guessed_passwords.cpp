#include "access/guessed_passwords.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "base/text.h"

namespace vedette::access {
namespace {

constexpr std::size_t word_bytes_min = 5;  // shorter ones are in every sentence
constexpr std::size_t words_max = 10'000;
constexpr std::size_t different_min = 6;
// Words that are tried first against this program, and what people type when a long word is asked.
constexpr std::array<std::string_view, 14> built_in{
    "vedette",  "password", "passwort", "motdepasse", "administrator", "welcome",  "letmein",
    "security", "changeme", "qwerty",   "azerty",     "sentinel",      "iloveyou", "123456"};

bool is_little(std::string_view text) {
  std::array<bool, 256> seen{};
  std::size_t count = 0;
  for (const char c : text) {
    bool& is_seen = seen[static_cast<unsigned char>(c)];
    if (!is_seen) ++count;
    is_seen = true;
  }
  return count < different_min;
}

// Without every occurrence of that word.
std::string without(std::string text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word))
    text.erase(at, word.size());
  return text;
}

}  // namespace

base::Result<GuessedPasswords> GuessedPasswords::load(const std::string& file) {
  std::ifstream lines(file);
  GuessedPasswords made;
  for (std::string line; made.words_.size() < words_max && std::getline(lines, line);)
    if (line.size() >= word_bytes_min) made.words_.push_back(base::to_lower_ascii(line));
  if (made.words_.empty())
    return base::failure(base::ErrorCode::not_found, "there is no list of common passwords");
  return made;
}

bool GuessedPasswords::is_guessed_first(std::string_view password) const {
  // All of the built-in ones together; of the long list one at a time, since a sentence of common
  // words is a good password.
  std::string rest(password);
  for (const auto word : built_in) rest = without(std::move(rest), word);
  if (is_little(rest)) return true;
  return std::ranges::any_of(words_, [&](const std::string& word) {
    return password.contains(word) && is_little(without(std::string(password), word));
  });
}

}  // namespace vedette::access
