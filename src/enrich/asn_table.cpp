#include "enrich/asn_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "enrich/asn_table_format.h"

namespace vedette::enrich {
namespace {

using base::ErrorCode;
using base::failure;

template <typename Number>
Number read(std::string_view bytes, std::size_t offset) {
  assert(offset + sizeof(Number) <= bytes.size());
  Number value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

struct Ipv4Record {
  static constexpr std::size_t bytes = asn_format::v4_record_bytes;
  using Key = std::uint32_t;
  static Key first(std::string_view all, std::size_t at) { return read<Key>(all, at); }
  static Key last(std::string_view all, std::size_t at) { return read<Key>(all, at + 4); }
};

struct Ipv6Record {
  static constexpr std::size_t bytes = asn_format::v6_record_bytes;
  using Key = base::IpAddress;
  static Key address(std::string_view all, std::size_t at) {
    return {read<std::uint64_t>(all, at), read<std::uint64_t>(all, at + 8)};
  }
  static Key first(std::string_view all, std::size_t at) { return address(all, at); }
  static Key last(std::string_view all, std::size_t at) { return address(all, at + 16); }
};

// Offset of the record that holds the key: the last one that starts at or before it, if it reaches
// it.
template <typename Record>
std::optional<std::size_t> find_record(std::string_view all, const typename Record::Key& key) {
  std::size_t low = 0;
  std::size_t high = all.size() / Record::bytes;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (Record::first(all, middle * Record::bytes) <= key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  const std::size_t at = (low - 1) * Record::bytes;
  if (Record::last(all, at) < key) return std::nullopt;
  return at;
}

// Closes the descriptor at the end of the scope; the mapping outlives it.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

base::Result<AsnTable> AsnTable::over(std::string_view bytes) {
  static_assert(std::endian::native == std::endian::little, "the table is little-endian");
  const auto damaged = [](const char* what) {
    return failure(ErrorCode::malformed,
                   std::string("no usable table of autonomous systems: ") + what);
  };
  if (bytes.size() < asn_format::header_bytes) return damaged("too short");
  if (!bytes.starts_with(asn_format::magic)) return damaged("it does not start like one");
  if (read<std::uint32_t>(bytes, 8) != asn_format::version)
    return damaged("made by another version; build it anew");
  const std::uint64_t v4_bytes = std::uint64_t{read<std::uint32_t>(bytes, 12)} * Ipv4Record::bytes;
  const std::uint64_t v6_bytes = std::uint64_t{read<std::uint32_t>(bytes, 16)} * Ipv6Record::bytes;
  const std::uint64_t offset_bytes = (std::uint64_t{read<std::uint32_t>(bytes, 20)} + 1) * 4;
  const std::uint64_t name_bytes = read<std::uint32_t>(bytes, 24);
  // Each term is below 2^38, so the sum cannot wrap.
  if (asn_format::header_bytes + v4_bytes + v6_bytes + offset_bytes + name_bytes != bytes.size())
    return damaged("its length is not what its head says (cut off?)");
  std::string_view rest = bytes.substr(asn_format::header_bytes);
  if (base::hash_bytes(rest, asn_format::version) != read<std::uint64_t>(bytes, 32))
    return damaged("its checksum is wrong");
  const auto take = [&rest](std::uint64_t count) {
    const std::string_view part = rest.substr(0, count);
    rest.remove_prefix(count);
    return part;
  };
  AsnTable table;
  table.v6_ = take(v6_bytes);
  table.v4_ = take(v4_bytes);
  table.name_offsets_ = take(offset_bytes);
  table.names_ = take(name_bytes);
  return table;
}

base::Result<AsnTable> AsnTable::open(const std::filesystem::path& file) {
  const Descriptor descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.number < 0) return base::system_failure("cannot open " + file.string(), errno);
  struct stat status{};
  if (::fstat(descriptor.number, &status) != 0)
    return base::system_failure("cannot look at " + file.string(), errno);
  if (!S_ISREG(status.st_mode) || status.st_size <= 0)
    return failure(ErrorCode::malformed, file.string() + ": not a table of autonomous systems");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number, 0);
  if (memory == MAP_FAILED) return base::system_failure("cannot map " + file.string(), errno);
  const std::string_view bytes(static_cast<const char*>(memory), size);
  auto table = over(bytes);
  if (!table) {
    ::munmap(memory, size);
    return std::unexpected(std::move(table).error().within(file.string()));
  }
  // The checksum touched every page; the few that look-ups need come back by themselves.
  ::madvise(memory, size, MADV_DONTNEED);
  table->mapping_ = bytes;
  return table;
}

std::optional<AutonomousSystem> AsnTable::find(const base::IpAddress& address) const {
  if (address.is_v4()) {
    const auto at = find_record<Ipv4Record>(v4_, address.v4());
    if (!at) return std::nullopt;
    return at_name(read<std::uint32_t>(v4_, *at + 8), read<std::uint32_t>(v4_, *at + 12));
  }
  const auto at = find_record<Ipv6Record>(v6_, address);
  if (!at) return std::nullopt;
  return at_name(read<std::uint32_t>(v6_, *at + 32), read<std::uint32_t>(v6_, *at + 36));
}

// The checksum proves that nothing was damaged, not that a sane program wrote the file.
std::optional<AutonomousSystem> AsnTable::at_name(std::uint32_t number, std::uint32_t name) const {
  const std::size_t at = std::size_t{name} * 4;
  if (at + 8 > name_offsets_.size()) return std::nullopt;
  const std::size_t begin = read<std::uint32_t>(name_offsets_, at);
  const std::size_t end = read<std::uint32_t>(name_offsets_, at + 4);
  if (begin > end || end > names_.size()) return std::nullopt;
  return AutonomousSystem{number, names_.substr(begin, end - begin)};
}

AsnTable::AsnTable(AsnTable&& other) noexcept
    : mapping_(std::exchange(other.mapping_, {})),
      v4_(std::exchange(other.v4_, {})),
      v6_(std::exchange(other.v6_, {})),
      name_offsets_(std::exchange(other.name_offsets_, {})),
      names_(std::exchange(other.names_, {})) {}

AsnTable& AsnTable::operator=(AsnTable&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(v4_, other.v4_);
  std::swap(v6_, other.v6_);
  std::swap(name_offsets_, other.name_offsets_);
  std::swap(names_, other.names_);
  return *this;
}

AsnTable::~AsnTable() {
  // munmap takes a pointer to non-const; the pages themselves are read-only.
  if (!mapping_.empty()) ::munmap(const_cast<char*>(mapping_.data()), mapping_.size());
}

}  // namespace vedette::enrich
