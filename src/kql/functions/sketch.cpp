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
constexpr std::string_view hashes_key = "hll", centroids_key = "tdigest", type_key = "of";
// Datetimes are kept as ticks from 2020 on, so that a real holds those of our days exactly.
constexpr std::int64_t kept_from_ticks = 637'134'336'000'000'000;

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
struct Digest {
  std::vector<Centroid> centroids;
  std::string of;  // datetime, timespan, or nothing: numbers
};

// Digests of another type than the first one are left out: they have no order in common.
void add_digest(Digest& digest, std::string_view json) {
  if (native::kind_of(json) != native::JsonKind::object) return;
  const auto array = native::find_member(json, centroids_key);
  if (!array) return;
  const auto type = native::find_member(json, type_key);
  const std::string of = type ? native::unescaped(*type) : "";
  if (digest.centroids.empty()) digest.of = of;
  if (digest.of != of) return;
  for (const std::string_view pair : native::elements_of(*array)) {
    const auto parts = native::elements_of(pair);
    if (parts.size() != 2) continue;
    const auto value = native::number_of(parts[0]), weight = native::number_of(parts[1]);
    if (value && weight && *weight > 0) digest.centroids.push_back({*value, *weight});
  }
}
// Neighbours become one until few enough are left.
void shrink(std::vector<Centroid>& centroids) {
  std::sort(centroids.begin(), centroids.end(),
            [](const Centroid& a, const Centroid& b) { return a.value < b.value; });
  std::vector<Centroid> smaller;
  for (const Centroid& one : centroids) {
    if (!smaller.empty() && smaller.back().value == one.value) {
      smaller.back().weight += one.weight;
    } else {
      smaller.push_back(one);
    }
  }
  while (smaller.size() > centroids_max) {
    std::vector<Centroid> halved;
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
  centroids = std::move(smaller);
}
void append_number(JsonBuilder& out, double value) {
  if (std::floor(value) == value && std::fabs(value) < 9e15) {
    out.integer(static_cast<std::int64_t>(value));
  } else {
    out.real(value);
  }
}
void append_value(JsonBuilder& out, const Digest& digest, double value) {
  if (digest.of == "datetime") {
    out.text(format_datetime_full(std::llround(value) + kept_from_ticks));
  } else if (digest.of == "timespan") {
    out.text(format_timespan_full(std::llround(value)));
  } else {
    append_number(out, value);
  }
}
// What append_value writes, and any number.
std::optional<double> kept_value(const Digest& digest, std::string_view json) {
  if (native::kind_of(json) != native::JsonKind::string || digest.of.empty())
    return native::number_of(json);
  const std::string text = native::unescaped(json);
  const auto ticks = digest.of == "datetime" ? parse_datetime(text) : parse_timespan(text);
  if (!ticks) return std::nullopt;
  return static_cast<double>(*ticks - (digest.of == "datetime" ? kept_from_ticks : 0));
}
void give_digest(Call& call, Digest digest) {
  shrink(digest.centroids);
  JsonBuilder out(call.give_text());
  out.open('{');
  out.key(centroids_key);
  out.open('[');
  for (const Centroid& one : digest.centroids) {
    std::string pair;
    JsonBuilder inner(pair);
    inner.open('[');
    append_number(inner, one.value);
    append_number(inner, one.weight);
    inner.close(']');
    out.value(pair);
  }
  out.close(']');
  if (!digest.of.empty()) {
    out.key(type_key);
    out.text(digest.of);
  }
  out.close('}');
}
void digest_of(Call& call) {
  const auto values = native::elements_of(call.text(0));
  const auto weights = native::elements_of(call.text(1));
  Digest digest;
  digest.of = call.text(2);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = native::number_of(values[i]);
    const auto weight = i < weights.size() ? native::number_of(weights[i]) : std::optional(1.0);
    if (value && weight && *weight > 0) digest.centroids.push_back({*value, *weight});
  }
  give_digest(call, std::move(digest));
}
void digest_merged(Call& call) {
  Digest digest;
  for (const std::string_view one : native::elements_of(call.text(0))) add_digest(digest, one);
  give_digest(call, std::move(digest));
}
void digests_merged(Call& call) {
  Digest digest;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) add_digest(digest, call.text(i));
  give_digest(call, std::move(digest));
}
double weight_of(const Digest& digest) {
  double total = 0;
  for (const Centroid& one : digest.centroids) total += one.weight;
  return total;
}
std::optional<double> percentile_in(const Digest& digest, double percent) {
  const double wanted = weight_of(digest) * percent / 100;
  double seen = 0;
  for (const Centroid& one : digest.centroids) {
    seen += one.weight;
    if (seen >= wanted - 1e-9) return one.value;
  }
  return digest.centroids.empty() ? std::nullopt : std::optional(digest.centroids.back().value);
}
Digest read_digest(const Call& call) {
  Digest digest;
  add_digest(digest, call.text(0));
  return digest;
}
void percentile_of_digest(Call& call) {
  const Digest digest = read_digest(call);
  if (const auto value = percentile_in(digest, call.real(1))) {
    JsonBuilder out(call.give_text());
    append_value(out, digest, *value);
  }
}
void percentiles_of_digest(Call& call) {
  const Digest digest = read_digest(call);
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    std::vector<std::string_view> percents{call.text(i)};
    if (native::kind_of(call.text(i)) == native::JsonKind::array)
      percents = native::elements_of(call.text(i));
    for (const std::string_view percent : percents)
      if (const auto value = percentile_in(digest, native::number_of(percent).value_or(0)))
        append_value(out, digest, *value);
  }
  out.close(']');
}
// An array of percentiles as the type that was asked for: whole numbers are cut, all else stays.
void percentiles_as(Call& call) {
  const bool whole = call.text(1) == "long" || call.text(1) == "int";
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::string_view element : native::elements_of(call.text(0))) {
    const auto value = native::number_of(element);
    if (whole && value && std::fabs(*value) < 9e15) {
      out.integer(static_cast<std::int64_t>(*value));
    } else {
      out.value(element);
    }
  }
  out.close(']');
}
double rank_in(const Digest& digest, double value) {
  double rank = 0;
  for (const Centroid& one : digest.centroids)
    if (one.value <= value) rank += one.weight;
  return rank;
}
void rank_of(Call& call) {
  const Digest digest = read_digest(call);
  if (const auto value = kept_value(digest, call.text(1))) call.give_real(rank_in(digest, *value));
}
void percent_rank_of(Call& call) {
  const Digest digest = read_digest(call);
  const auto value = kept_value(digest, call.text(1));
  if (value && !digest.centroids.empty())
    call.give_real(100 * rank_in(digest, *value) / weight_of(digest));
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
constexpr Function group(std::string_view name, std::string_view parameters, std::string_view sql,
                         std::string_view prefix = {}) {
  return {.name = name,
          .parameters = parameters,
          .result = "dynamic",
          .duckdb = sql,
          .naming = Naming::prefixed,
          .prefix = prefix,
          .use = Use::aggregate};
}
constexpr Function inner(std::string_view name, std::string_view parameters,
                         std::string_view result, native::Body run) {
  return internal_row(name, parameters, result, run, sees_nulls);
}

// The values and their weights as two arrays, and what the values are.
#define DIGEST(value, type)                                                              \
  "kql_digest_of(coalesce('[' || string_agg(CAST(" value                                 \
  " AS VARCHAR), ',')$F || ']', '[]'), '[' || string_agg(CASE WHEN $1 IS NOT NULL THEN " \
  "CAST($2 AS VARCHAR) END, ',')$F || ']', " type ")"
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
    group("tdigest", "real, long?", DIGEST("$1", "''")),
    group("tdigest", "datetime, long?", DIGEST("($1 - 637134336000000000)", "'datetime'")),
    group("tdigest", "timespan, long?", DIGEST("$1", "'timespan'")),
    group("tdigest_merge merge_tdigest", "dynamic",
          "kql_digest_merged(coalesce('[' || string_agg($1, ',')$F || ']', '[]'))",
          "merge_tdigests"),
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
        "[1,9]", Naming::prefixed, "percentile_tdigest"),
    row("rank_tdigest", "dynamic, json", "real", rank_of,
        NUMBERS "t = tdigest(x) | project rank_tdigest(t, 7)", "7", Naming::none),
    row("percentrank_tdigest", "dynamic, json", "real", percent_rank_of,
        NUMBERS "t = tdigest(x) | project percentrank_tdigest(t, 7)", "70", Naming::none),
    inner("sketch_of", "dynamic", "dynamic", sketch_of),
    inner("sketch_merged", "dynamic", "dynamic", sketch_merged),
    inner("count_of_common", "dynamic*", "long", count_of_common),
    inner("digest_of", "dynamic, dynamic, string", "dynamic", digest_of),
    inner("percentiles_as", "dynamic, string", "dynamic", percentiles_as),
    inner("digest_merged", "dynamic", "dynamic", digest_merged),
};

#undef NUMBERS
#undef DIGEST

}  // namespace

std::span<const Function> sketch_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
