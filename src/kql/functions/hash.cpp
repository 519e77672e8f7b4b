// Hashes and new identities.
#include <array>
#include <bit>
#include <cstring>

#include "kql/functions/function.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// xxHash64 (Yann Collet), seed 0: what Kusto's hash() is.
constexpr std::uint64_t p1 = 0x9E3779B185EBCA87ULL, p2 = 0xC2B2AE3D27D4EB4FULL,
                        p3 = 0x165667B19E3779F9ULL, p4 = 0x85EBCA77C2B2AE63ULL,
                        p5 = 0x27D4EB2F165667C5ULL;

std::uint64_t word_at(const char* p) {
  std::uint64_t value = 0;
  std::memcpy(&value, p, 8);
  return value;
}
std::uint64_t round_of(std::uint64_t state, std::uint64_t input) {
  return std::rotl(state + input * p2, 31) * p1;
}

std::uint64_t xxhash64(std::string_view bytes) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  std::uint64_t h = p5;
  if (bytes.size() >= 32) {
    std::array<std::uint64_t, 4> v{p1 + p2, p2, 0, 0 - p1};
    for (; end - p >= 32; p += 32)
      for (std::size_t i = 0; i < 4; ++i) v[i] = round_of(v[i], word_at(p + 8 * i));
    h = std::rotl(v[0], 1) + std::rotl(v[1], 7) + std::rotl(v[2], 12) + std::rotl(v[3], 18);
    for (const std::uint64_t one : v) h = (h ^ round_of(0, one)) * p1 + p4;
  }
  h += bytes.size();
  for (; end - p >= 8; p += 8) h = std::rotl(h ^ round_of(0, word_at(p)), 27) * p1 + p4;
  if (end - p >= 4) {
    std::uint32_t half = 0;
    std::memcpy(&half, p, 4);
    h = std::rotl(h ^ half * p1, 23) * p2 + p3;
    p += 4;
  }
  for (; p < end; ++p) h = std::rotl(h ^ static_cast<unsigned char>(*p) * p5, 11) * p1;
  h = (h ^ h >> 33) * p2;
  h = (h ^ h >> 29) * p3;
  return h ^ h >> 32;
}

void give_hash(Call& call, std::uint64_t hash, std::size_t modulus) {
  if (call.is_null(modulus)) return call.give_integer(static_cast<std::int64_t>(hash));
  if (call.integer(modulus) <= 0) return;
  const auto value = static_cast<std::int64_t>(hash);
  const std::int64_t rest = value % call.integer(modulus);
  call.give_integer(rest < 0 ? -rest : rest);
}
void hash_text(Call& call) {
  give_hash(call, xxhash64(call.text(0)), 1);
}
// What graph-to-table shows of a node's key.
void node_hash(Call& call) {
  call.give_integer(static_cast<std::int64_t>(xxhash64(call.text(0))));
}
void hash_integer(Call& call) {
  const std::int64_t value = call.integer(0);
  give_hash(call, xxhash64({reinterpret_cast<const char*>(&value), sizeof value}), 1);
}
void hash_real(Call& call) {
  const double value = call.real(0);
  give_hash(call, xxhash64({reinterpret_cast<const char*>(&value), sizeof value}), 1);
}

// One hash of several, in their order. How Microsoft mixes them is not documented (their page asks
// people to compare such values within one query only); here it is xxHash64 of both, one by one.
void hash_combine(Call& call) {
  auto mixed = static_cast<std::uint64_t>(call.integer(0));
  for (std::size_t i = 1; i < call.size(); ++i) {
    const std::array<std::uint64_t, 2> both{mixed, static_cast<std::uint64_t>(call.integer(i))};
    mixed = xxhash64({reinterpret_cast<const char*>(both.data()), sizeof both});
  }
  call.give_integer(static_cast<std::int64_t>(mixed));
}

constexpr Function rows[] = {
    {.name = "node_hash",
     .parameters = "string",
     .result = "long",
     .body = node_hash,
     .use = Use::internal},
    {.name = "hash hash_xxhash64",
     .parameters = "string, long?",
     .result = "long",
     .body = hash_text,
     .example = "hash('World')",
     .gives = "1846988464401551951",
     .traits = sees_nulls},
    {.name = "hash hash_xxhash64",
     .parameters = "datetime, long?",
     .result = "long",
     .body = hash_integer,
     .example = "hash(datetime(2015-01-01))",
     .gives = "1380966698541616202",
     .traits = sees_nulls},
    {.name = "hash hash_xxhash64",
     .parameters = "long, long?",
     .result = "long",
     .body = hash_integer,
     .example = "hash(1) == hash(1)",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "hash hash_xxhash64",
     .parameters = "timespan, long?",
     .result = "long",
     .body = hash_integer,
     .example = "hash(1d) == hash(24h)",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "hash hash_xxhash64",
     .parameters = "real, long?",
     .result = "long",
     .body = hash_real,
     .example = "hash(1.5) == hash(1.5)",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "hash hash_xxhash64",
     .parameters = "bool, long?",
     .result = "long",
     .duckdb = "kql_hash(CAST($1 AS VARCHAR), $2)",
     .example = "hash(true) == hash(false)",
     .gives = "false"},
    {.name = "hash hash_xxhash64",
     .parameters = "guid, long?",
     .result = "long",
     .duckdb = "kql_hash(CAST($1 AS VARCHAR), $2)",
     .example = "hash(guid(12e8b78d-55b4-46ae-b068-26d7a0080254), 10) < 10",
     .gives = "true"},
    {.name = "hash_combine",
     .parameters = "long, long*",
     .result = "long",
     .body = hash_combine,
     .example = "hash_combine(1, 2) == hash_combine(2, 1)",
     .gives = "false",
     .traits = sees_nulls},
    {.name = "hash_md5",
     .parameters = "text",
     .result = "string",
     .duckdb = "md5($1)",
     .example = "hash_md5('World')",
     .gives = "f5a7924e621e84c9280a9a27e1bcb7f6",
     .traits = never_null},
    {.name = "hash_sha1",
     .parameters = "text",
     .result = "string",
     .duckdb = "sha1($1)",
     .example = "hash_sha1('World')",
     .gives = "70c07ec18ef89c5309bbb0937f3a6342411e1fdd",
     .traits = never_null},
    {.name = "hash_sha256",
     .parameters = "text",
     .result = "string",
     .duckdb = "sha256($1)",
     .example = "hash_sha256('World')",
     .gives = "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524",
     .traits = never_null},
    {.name = "new_guid",
     .result = "guid",
     .duckdb = "uuid()",
     .example = "strlen(tostring(new_guid()))",
     .gives = "36",
     .traits = is_volatile},
};

}  // namespace

std::span<const Function> hash_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
