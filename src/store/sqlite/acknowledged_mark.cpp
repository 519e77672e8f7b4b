#include "store/sqlite/acknowledged_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <tuple>

#include "base/hash.h"

namespace vedette::store::sqlite {
namespace {

// The position and what it hashes to, in this machine's own order of bytes.
using Words = std::array<std::uint64_t, 2>;

Words words_of(std::uint64_t position) {
  return {position, base::hash_words(position, 0x6d61726b)};
}

}  // namespace

AcknowledgedMark::~AcknowledgedMark() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t AcknowledgedMark::read() const {
  const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return 0;
  Words words{};
  const auto got = ::pread(descriptor, words.data(), sizeof words, 0);
  ::close(descriptor);
  const bool is_whole = got == static_cast<ssize_t>(sizeof words) && words == words_of(words[0]);
  return is_whole ? words[0] : 0;
}

void AcknowledgedMark::write(std::uint64_t position) {
  if (descriptor_ < 0)
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) return;
  const Words words = words_of(position);
  std::ignore = ::pwrite(descriptor_, words.data(), sizeof words, 0);
}

}  // namespace vedette::store::sqlite
