#include "app/kept_file.h"

#include <fmt/format.h>

#include "app/private_file.h"
#include "base/file_text.h"

namespace vedette::app {
namespace {

using base::ErrorCode;

constexpr std::size_t file_bytes_max = 1024UL * 1024;

}  // namespace

base::Result<std::optional<SettingNode>> KeptFile::read() const {
  const auto text = base::read_file(path_, file_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  ProblemList problems(path_);
  auto tree = parse_settings(*text, problems);
  if (!tree)
    return base::failure(ErrorCode::malformed,
                         problems.take().front() + "; mend or delete the file");
  return tree;
}

std::unexpected<base::Error> KeptFile::malformed(const std::string& problem) const {
  return base::failure(ErrorCode::malformed,
                       fmt::format("{}: {}; mend or delete the file", path_, problem));
}

base::Result<void> KeptFile::replace(std::uint64_t version, std::string_view text,
                                     const std::function<base::Result<void>()>& note) {
  if (version != version_.load())
    return base::failure(ErrorCode::refused,
                         "somebody else changed this meanwhile; look at it again");
  VEDETTE_TRY_VOID(note());
  VEDETTE_TRY_VOID(write_private_file(path_, std::string(head_) + std::string(text)));
  ++version_;
  return {};
}

}  // namespace vedette::app
