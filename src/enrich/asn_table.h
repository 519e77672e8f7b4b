// Owns: the table "which autonomous system announces this address, and who runs it", one file made
// at build time by tools/compile_asn and mapped, not read. AsnTable reads it; write_asn_table makes
// it. Promises: open() checks size, header and checksum, so a damaged or cut file is an error;
// every index is checked again when it is used. A file is replaced by renaming a new one over it,
// never written in place (a mapped file that shrinks cannot be read safely by anyone). Must not
// know: where the ranges came from. Called from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/result.h"

namespace vedette::enrich {

struct AsnRange {
  base::IpAddress first;
  base::IpAddress last;  // inclusive, of the same family
  std::uint32_t number = 0;
  std::string organisation;
};

struct AutonomousSystem {
  std::uint32_t number = 0;
  std::string_view organisation;  // points into the table
};

class AsnTable {
 public:
  // malformed: not such a file, or a damaged one; otherwise why it cannot be opened.
  [[nodiscard]] static base::Result<AsnTable> open(const std::filesystem::path& file);
  // The same over bytes that outlive the table (for tests).
  [[nodiscard]] static base::Result<AsnTable> over(std::string_view bytes);

  [[nodiscard]] std::optional<AutonomousSystem> find(const base::IpAddress& address) const;
  [[nodiscard]] std::size_t range_count() const { return v4_.size() / 16 + v6_.size() / 40; }

  AsnTable(AsnTable&& other) noexcept;
  AsnTable& operator=(AsnTable&& other) noexcept;
  AsnTable(const AsnTable&) = delete;
  AsnTable& operator=(const AsnTable&) = delete;
  ~AsnTable();

 private:
  AsnTable() = default;
  [[nodiscard]] std::optional<AutonomousSystem> at_name(std::uint32_t number,
                                                        std::uint32_t name) const;

  std::string_view mapping_;  // what the destructor unmaps; empty over foreign bytes
  std::string_view v4_, v6_, name_offsets_, names_;
};

// What write_asn_table left out, to be told to whoever builds.
struct AsnTableReport {
  std::size_t ranges = 0;
  std::size_t reserved_numbers = 0;  // ranges of numbers nobody can hold on the Internet
  std::size_t overlaps = 0;          // ranges cut because an earlier one has those addresses
};

// The file's bytes. Ranges may come in any order; where two overlap the one that starts first keeps
// its addresses. Numbers that are reserved or for private use are left out: such a range is a
// mistake in the data.
[[nodiscard]] base::Result<std::string> write_asn_table(std::vector<AsnRange> ranges,
                                                        AsnTableReport& report);

// RFC 7607 (0), 6793 (23456), 5398 and 6996 and 7300 (documentation, private use, last ones).
[[nodiscard]] bool is_reserved_asn(std::uint32_t number);

}  // namespace vedette::enrich
