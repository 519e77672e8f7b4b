// What hll() and tdigest() keep of a group, so that groups can be put together later. Both are
// dynamic values of a form of our own: {"hll":[hashes]} holds the smallest hashes of the distinct
// values, {"tdigest":[[value,weight],...]} the values in order. Both are exact until they are full.
#include <algorithm>
#include <cmath>

#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

constexpr std::size_t hashes_max = 16'384;
constexpr std::size_t centroids_max = 4'096;
constexpr std::string_view hashes_key = "hll", centroids_key = "tdigest";

// --- distinct values ---------------------------------------------------------------------------

std::vector<std::uint64_t> hashes_in(std::string_view array) {
  std::vector<std::uint64_t> hashes;
  for (const std::string_view element : native::elements_of(array))
    if (const auto hash = native::integer_of(element))
      hashes.push_back(static_cast<std::uint64_t>(*hash));
  return hashes;
}
void add_sketch(std::vector<std::uint64_t>& hashes, std::string_view sketch) {
  if (native::kind_of(sketch) != native::JsonKind::object) return;
  if (const auto array = native::find_member(sketch, hashes_key))
    for (const std::uint64_t hash : hashes_in(*array)) hashes.push_back(hash);
}
void keep_smallest(std::vector<std::uint64_t>& hashes) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  if (hashes.size() > hashes_max) hashes.resize(hashes_max);
}
void give_hashes(Call& call, std::vector<std::uint64_t> hashes) {
  keep_smallest(hashes);
  JsonBuilder out(call.give_text());
  out.open('{');
  out.key(hashes_key);
  out.open('[');
  for (const std::uint64_t hash : hashes) out.integer(static_cast<std::int64_t>(hash));
  out.close(']');
  out.close('}');
}
void sketch_of(Call& call) {
  give_hashes(call, hashes_in(call.text(0)));
}
void sketch_merged(Call& call) {  // a list of sketches
  std::vector<std::uint64_t> hashes;
  for (const std::string_view sketch : native::elements_of(call.text(0)))
    add_sketch(hashes, sketch);
  give_hashes(call, std::move(hashes));
}
void sketches_merged(Call& call) {  // sketches as arguments
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) add_sketch(hashes, call.text(i));
  give_hashes(call, std::move(hashes));
}
// A full sketch knows how close together its hashes lie, and so how many there must be.
std::int64_t estimate(const std::vector<std::uint64_t>& smallest) {
  if (smallest.size() < hashes_max) return static_cast<std::int64_t>(smallest.size());
  const double part = static_cast<double>(smallest.back()) / 18446744073709551616.0;
  return std::llround(static_cast<double>(smallest.size() - 1) / part);
}
void count_of_sketch(Call& call) {
  std::vector<std::uint64_t> hashes;
  add_sketch(hashes, call.text(0));
  keep_smallest(hashes);
  call.give_integer(estimate(hashes));
}
// How many values all of the sketches have: the part of the union's sketch that is in each.
void count_of_common(Call& call) {
  std::vector<std::uint64_t> all;
  std::vector<std::vector<std::uint64_t>> each(call.arguments.size());
  for (std::size_t i = 0; i < each.size(); ++i) {
    add_sketch(each[i], call.text(i));
    keep_smallest(each[i]);
    all.insert(all.end(), each[i].begin(), each[i].end());
  }
  keep_smallest(all);
  if (all.empty()) return call.give_integer(0);
  std::size_t common = 0;
  for (const std::uint64_t hash : all)
    common += std::all_of(
                  each.begin(), each.end(),
                  [&](const auto& one) { return std::binary_search(one.begin(), one.end(), hash); })
                  ? 1U
                  : 0U;
  const double part = static_cast<double>(common) / static_cast<double>(all.size());
  call.give_integer(std::llround(part * static_cast<double>(estimate(all))));
}

// --- percentiles -------------------------------------------------------------------------------

struct Centroid {
  double value = 0;
  double weight = 1;
};
using Digest = std::vector<Centroid>;

// The values of a digest of times are ticks: of datetimes since the year 2000, so that a double
// holds those of our days exactly.
constexpr std::string_view kind_key = "of", datetime_kind = "datetime", timespan_kind = "timespan";
constexpr std::int64_t ticks_of_2000 = 630'822'816'000'000'000;

std::string kind_in(std::string_view json) {
  if (native::kind_of(json) != native::JsonKind::object) return {};
  const auto kind = native::find_member(json, kind_key);
  return kind && native::kind_of(*kind) == native::JsonKind::string ? native::unescaped(*kind)
                                                                    : std::string{};
}

void add_digest(Digest& digest, std::string_view json) {
  if (native::kind_of(json) != native::JsonKind::object) return;
  const auto array = native::find_member(json, centroids_key);
  if (!array) return;
  for (const std::string_view pair : native::elements_of(*array)) {
    const auto parts = native::elements_of(pair);
    if (parts.size() != 2) continue;
    const auto value = native::number_of(parts[0]), weight = native::number_of(parts[1]);
    if (value && weight && *weight > 0) digest.push_back({*value, *weight});
  }
}
// Neighbours become one until few enough are left.
void shrink(Digest& digest) {
  std::sort(digest.begin(), digest.end(),
            [](const Centroid& a, const Centroid& b) { return a.value < b.value; });
  Digest smaller;
  for (const Centroid& one : digest) {
    if (!smaller.empty() && smaller.back().value == one.value) {
      smaller.back().weight += one.weight;
    } else {
      smaller.push_back(one);
    }
  }
  while (smaller.size() > centroids_max) {
    Digest halved;
    for (std::size_t i = 0; i < smaller.size(); i += 2) {
      Centroid one = smaller[i];
      if (i + 1 < smaller.size()) {
        const double weight = one.weight + smaller[i + 1].weight;
        one.value =
            (one.value * one.weight + smaller[i + 1].value * smaller[i + 1].weight) / weight;
        one.weight = weight;
      }
      halved.push_back(one);
    }
    smaller = std::move(halved);
  }
  digest = std::move(smaller);
}
void append_number(JsonBuilder& out, double value) {
  if (std::floor(value) == value && std::fabs(value) < 9e15) {
    out.integer(static_cast<std::int64_t>(value));
  } else {
    out.real(value);
  }
}
// A value of a digest as it was before.
void append_value(JsonBuilder& out, double value, std::string_view kind) {
  const auto ticks = static_cast<std::int64_t>(value);
  if (kind == datetime_kind) return out.text(format_datetime_full(ticks + ticks_of_2000));
  if (kind == timespan_kind) return out.text(format_timespan_full(ticks));
  append_number(out, value);
}
std::optional<double> read_value(std::string_view json, std::string_view kind) {
  const auto from = [&](std::optional<std::int64_t> ticks, std::int64_t zero) {
    return ticks ? std::optional(static_cast<double>(*ticks - zero)) : std::nullopt;
  };
  if (native::kind_of(json) == native::JsonKind::string && kind == datetime_kind)
    return from(parse_datetime(native::unescaped(json)), ticks_of_2000);
  if (native::kind_of(json) == native::JsonKind::string && kind == timespan_kind)
    return from(parse_timespan(native::unescaped(json)), 0);
  return native::number_of(json);
}
void give_digest(Call& call, Digest digest, std::string_view kind) {
  shrink(digest);
  JsonBuilder out(call.give_text());
  out.open('{');
  out.key(centroids_key);
  out.open('[');
  for (const Centroid& one : digest) {
    std::string pair;
    JsonBuilder inner(pair);
    inner.open('[');
    append_number(inner, one.value);
    append_number(inner, one.weight);
    inner.close(']');
    out.value(pair);
  }
  out.close(']');
  if (!kind.empty()) {
    out.key(kind_key);
    out.text(kind);
  }
  out.close('}');
}
void digest_of(Call& call) {
  const auto values = native::elements_of(call.text(0));
  const auto weights = native::elements_of(call.text(1));
  Digest digest;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = native::number_of(values[i]);
    const auto weight = i < weights.size() ? native::number_of(weights[i]) : std::optional(1.0);
    if (value && weight && *weight > 0) digest.push_back({*value, *weight});
  }
  give_digest(call, std::move(digest), call.text(2));
}
void digest_merged(Call& call) {
  Digest digest;
  std::string kind;
  for (const std::string_view one : native::elements_of(call.text(0))) {
    if (digest.empty()) kind = kind_in(one);
    add_digest(digest, one);
  }
  give_digest(call, std::move(digest), kind);
}
void digests_merged(Call& call) {
  Digest digest;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) add_digest(digest, call.text(i));
  give_digest(call, std::move(digest), kind_in(call.text(0)));
}
double weight_of(const Digest& digest) {
  double total = 0;
  for (const Centroid& one : digest) total += one.weight;
  return total;
}
std::optional<double> percentile_in(const Digest& digest, double percent) {
  const double wanted = weight_of(digest) * percent / 100;
  double seen = 0;
  for (const Centroid& one : digest) {
    seen += one.weight;
    if (seen >= wanted - 1e-9) return one.value;
  }
  return digest.empty() ? std::nullopt : std::optional(digest.back().value);
}
Digest read_digest(const Call& call) {
  Digest digest;
  add_digest(digest, call.text(0));
  return digest;
}
void percentile_of_digest(Call& call) {
  if (const auto value = percentile_in(read_digest(call), call.real(1))) {
    JsonBuilder out(call.give_text());
    append_value(out, *value, kind_in(call.text(0)));
  }
}
void percentiles_of_digest(Call& call) {
  const Digest digest = read_digest(call);
  const std::string kind = kind_in(call.text(0));
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    std::vector<std::string_view> percents{call.text(i)};
    if (native::kind_of(call.text(i)) == native::JsonKind::array)
      percents = native::elements_of(call.text(i));
    for (const std::string_view percent : percents)
      if (const auto value = percentile_in(digest, native::number_of(percent).value_or(0)))
        append_value(out, *value, kind);
  }
  out.close(']');
}
double rank_in(const Digest& digest, double value) {
  double rank = 0;
  for (const Centroid& one : digest)
    if (one.value <= value) rank += one.weight;
  return rank;
}
void rank_of(Call& call) {
  const auto value = read_value(call.text(1), kind_in(call.text(0)));
  if (value) call.give_real(rank_in(read_digest(call), *value));
}
void percent_rank_of(Call& call) {
  const Digest digest = read_digest(call);
  const auto value = read_value(call.text(1), kind_in(call.text(0)));
  if (value && !digest.empty()) call.give_real(100 * rank_in(digest, *value) / weight_of(digest));
}

constexpr Function row(std::string_view name, std::string_view parameters, std::string_view result,
                       native::Body run, std::string_view example = {}, std::string_view gives = {},
                       Naming naming = Naming::prefixed, std::string_view prefix = {}) {
  return {.name = name,
          .parameters = parameters,
          .result = result,
          .body = run,
          .example = example,
          .gives = gives,
          .naming = naming,
          .prefix = prefix};
}
constexpr Function group(std::string_view name, std::string_view parameters, std::string_view sql) {
  return {.name = name,
          .parameters = parameters,
          .result = "dynamic",
          .duckdb = sql,
          .naming = Naming::prefixed,
          .use = Use::aggregate};
}
constexpr Function inner(std::string_view name, std::string_view parameters,
                         std::string_view result, native::Body run) {
  return internal_row(name, parameters, result, run, sees_nulls);
}

// The values of a group and their weights, as two arrays.
#define LISTED(VALUE)                      \
  "coalesce('[' || string_agg(CAST(" VALUE \
  " AS VARCHAR), ',')$F || ']', '[]'), "   \
  "'[' || string_agg(CASE WHEN $1 IS NOT NULL THEN CAST($2 AS VARCHAR) END, ',')$F || ']'"
#define NUMBERS "range x from 1 to 10 step 1 | summarize "

constexpr Function rows[] = {
    group("hll", "json, long?",
          "kql_sketch_of(coalesce('[' || string_agg(DISTINCT CAST(kql_hash($1, NULL) AS VARCHAR), "
          "',')$F || ']', '[]'))"),
    group("hll_if", "json, bool, long?",
          "kql_sketch_of(coalesce('[' || string_agg(DISTINCT CAST(kql_hash($1, NULL) AS VARCHAR), "
          "',')$G2 || ']', '[]'))"),
    group("hll_merge", "dynamic",
          "kql_sketch_merged(coalesce('[' || string_agg($1, ',')$F || ']', '[]'))"),
    group("tdigest", "real, long?", "kql_digest_of(" LISTED("$1") ", '')"),
    group("tdigest", "datetime, long?",
          "kql_digest_of(" LISTED("($1 - 630822816000000000)") ", 'datetime')"),
    group("tdigest", "timespan, long?", "kql_digest_of(" LISTED("$1") ", 'timespan')"),
    group("tdigest_merge merge_tdigest", "dynamic",
          "kql_digest_merged(coalesce('[' || string_agg($1, ',')$F || ']', '[]'))"),
    row("dcount_hll", "dynamic", "long", count_of_sketch,
        NUMBERS "h = hll(x) | project dcount_hll(h)", "10"),
    row("hll_merge", "dynamic*", "dynamic", sketches_merged,
        NUMBERS "a = hll(x), b = hll(x + 5) | project dcount_hll(hll_merge(a, b))", "15",
        Naming::prefix_only, "hll_merged_result"),
    row("tdigest_merge merge_tdigest", "dynamic*", "dynamic", digests_merged,
        NUMBERS "a = tdigest(x), b = tdigest(x + 5) | project "
                "percentile_tdigest(merge_tdigest(a, b), 100, typeof(long))",
        "15", Naming::prefix_only, "tdigests_merge_result"),
    row("percentile_tdigest", "dynamic, real", "dynamic", percentile_of_digest,
        NUMBERS "t = tdigest(x) | project percentile_tdigest(t, 50)", "5"),
    row("percentiles_array_tdigest percentile_array_tdigest", "dynamic, json*", "dynamic",
        percentiles_of_digest,
        NUMBERS "t = tdigest(x) | project percentiles_array_tdigest(t, 10, "
                "90)",
        "[1,9]"),
    row("rank_tdigest", "dynamic, json", "real", rank_of,
        NUMBERS "t = tdigest(x) | project rank_tdigest(t, 7)", "7", Naming::none),
    row("percentrank_tdigest", "dynamic, json", "real", percent_rank_of,
        NUMBERS "t = tdigest(x) | project percentrank_tdigest(t, 7)", "70", Naming::none),
    inner("sketch_of", "dynamic", "dynamic", sketch_of),
    inner("sketch_merged", "dynamic", "dynamic", sketch_merged),
    inner("count_of_common", "dynamic*", "long", count_of_common),
    inner("digest_of", "dynamic, dynamic, string", "dynamic", digest_of),
    inner("digest_merged", "dynamic", "dynamic", digest_merged),
};

#undef LISTED
#undef NUMBERS

}  // namespace

std::span<const Function> sketch_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
