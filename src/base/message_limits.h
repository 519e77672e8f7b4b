#pragma once
#include <cstddef>
namespace vedette::base::limits {
inline constexpr std::size_t chat_digest_items_max = 20;
inline constexpr std::size_t mail_digest_items_max = 100;
inline constexpr std::size_t template_bytes_max = 64 * 1024;
inline constexpr std::size_t template_files_max = 256;
}  // namespace vedette::base::limits
