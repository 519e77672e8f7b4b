#include "base/file_text.h"

#include <cerrno>
#include <fstream>

#include "base/encode.h"
#include "base/text.h"

namespace vedette::base {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max,
                              const std::string& what) {
  const std::string shown = what + encode_terminal(path.string());
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad())
    return system_failure("cannot read " + shown, errno == 0 ? EIO : errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max)
    return failure(ErrorCode::limit_exceeded, shown + " is larger than " + format_bytes(bytes_max));
  return text;
}

}  // namespace vedette::base
