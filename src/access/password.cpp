#include "access/password.h"

#include <sodium.h>

#include <semaphore>

#include "access/access_limits.h"
#include "access/key.h"
#include "base/text.h"

namespace vedette::access {
namespace {

constexpr unsigned long long passes = 3;
constexpr std::size_t memory_bytes = 64UL * 1024 * 1024;
constexpr int algorithm = crypto_pwhash_ALG_ARGON2ID13;
// One of the places in which passwords are hashed.
class Place {
 public:
  Place() { places().acquire(); }
  ~Place() { places().release(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  static std::counting_semaphore<password_hashes_at_once>& places() {
    static std::counting_semaphore<password_hashes_at_once> all(password_hashes_at_once);
    return all;
  }
};

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++count;
  return count;
}

// Without every occurrence of that word.
std::string without(std::string text, std::string_view word) {
  if (word.empty()) return text;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word))
    text.erase(at, word.size());
  return text;
}

}  // namespace

std::string problem_with_password(std::string_view password, std::string_view name,
                                  const GuessedPasswords& common) {
  if (password.size() > password_bytes_max) return "the password is longer than 1,024 bytes";
  if (count_characters(password) < password_characters_min)
    return "a password needs at least 12 characters; a sentence is easy to remember";
  // What is left without the words that everybody tries must still be worth guessing.
  const std::string rest = without(base::to_lower_ascii(password), base::to_lower_ascii(name));
  if (common.is_guessed_first(rest))
    return "this password is among the first that are tried: it says little but the user's name, "
           "a common password or the same few characters";
  return {};
}

base::Result<std::string> hash_password(const base::Secret& password) {
  const Place place;
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  const std::string_view text = password.reveal();
  if (crypto_pwhash_str_alg(hash.data(), text.data(), text.size(), passes, memory_bytes,
                            algorithm) != 0)
    return base::failure(base::ErrorCode::limit_exceeded,
                         "there is no memory to hash a password (64 MiB)");
  hash.resize(hash.find('\0'));
  return hash;
}

bool is_password(const base::Secret& password, const std::string& hash) {
  // Of a password that nobody knows, with the same parameters.
  static const std::string nobodys_hash = hash_password(new_key()).value_or("");
  const Place place;
  const std::string_view text = password.reveal();
  if (text.size() > password_bytes_max) return false;
  const std::string& compared = hash.empty() ? nobodys_hash : hash;
  return crypto_pwhash_str_verify(compared.c_str(), text.data(), text.size()) == 0 && !hash.empty();
}

}  // namespace vedette::access
