// Owns: the first look at a source's bytes (is this text at all?) and the notices that every source
// words alike.
// Must not know: where the bytes came from. Called from any thread.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "collect/line_source.h"

namespace vedette::collect {

// `head` is the beginning of the content. A NUL byte, or no newline in the first 64 kB.
[[nodiscard]] bool looks_binary(std::string_view head);
// gzip, xz, bzip2 or zstd by its magic bytes: the program that unpacks it; empty otherwise.
[[nodiscard]] std::string_view unpacker_of(std::string_view head);

[[nodiscard]] SourceNotice binary_notice(const std::string& source_name);
[[nodiscard]] SourceNotice compressed_notice(const std::string& source_name,
                                             std::string_view unpacker);
[[nodiscard]] SourceNotice line_cut_notice(const std::string& source_name);

// Adds a notice; dropped when limits::source_notices_max wait to be taken already.
void note(std::vector<SourceNotice>& notices, SourceNotice notice);

[[nodiscard]] base::Timestamp timestamp_of(const timespec& time);

}  // namespace vedette::collect
