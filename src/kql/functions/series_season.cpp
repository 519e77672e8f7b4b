// Series with a season: which period they have, what they are without it, which points stand out.
// The period is looked for in the autocorrelation: a lag counts when it is the highest hill around
// it. Lags are between 4 and half of the series, as Microsoft documents.
#include <algorithm>
#include <cmath>

#include "kql/functions/function.h"
#include "kql/functions/series_values.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

constexpr std::size_t shortest_period = 4;
constexpr double least_score = 0.3;   // hills below it are noise
constexpr double season_score = 0.6;  // series_decompose's default threshold
constexpr std::size_t periods_max = 16;

double average_of(const std::vector<double>& numbers) {
  double total = 0;
  for (const double number : numbers) total += number;
  return numbers.empty() ? 0 : total / static_cast<double>(numbers.size());
}

// Missing points stand at the average, so that they neither add to a period nor take from it.
std::vector<double> centred(const Series& series) {
  const double average = average_of(present(series));
  std::vector<double> out;
  for (const auto& value : series) out.push_back(value.value_or(average) - average);
  return out;
}

// The likeness of the series to itself, `lag` points later; 0 to 1. A series that is shorter than
// it was by the lag is made good for by the root of what it lost.
double likeness(const std::vector<double>& series, std::size_t lag) {
  double whole = 0, shifted = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    whole += series[i] * series[i];
    if (i + lag < series.size()) shifted += series[i] * series[i + lag];
  }
  if (whole == 0) return 0;
  const double n = static_cast<double>(series.size());
  return std::clamp(shifted / whole * std::sqrt(n / (n - static_cast<double>(lag))), 0.0, 1.0);
}

// The score of each lag that is a hill; 0 elsewhere. A hill is the highest within a quarter of its
// lag, and a lag at the end of the range is none, since what lies behind it was not looked at.
std::vector<double> hills(const Series& series) {
  const std::vector<double> points = centred(series);
  const std::size_t longest = points.size() / 2;
  std::vector<double> scores(longest + 1, 0), result(longest + 1, 0);
  for (std::size_t lag = 1; lag <= longest; ++lag) scores[lag] = likeness(points, lag);
  for (std::size_t lag = shortest_period; lag < longest; ++lag) {
    const std::size_t around = std::max<std::size_t>(1, lag / 4);
    bool highest = scores[lag] > 0;
    for (std::size_t other = lag - around; other <= std::min(lag + around, longest); ++other)
      if (other != lag && scores[other] >= scores[lag]) highest = false;
    if (highest) result[lag] = scores[lag];
  }
  return result;
}

struct Period {
  std::size_t length = 0;
  double score = 0;
};

// The best first; multiples of a period that was found are the same period.
std::vector<Period> find_periods(const Series& series, double shortest, double longest,
                                 std::size_t wanted) {
  std::vector<Period> candidates, found;
  const std::vector<double> scores = hills(series);
  for (std::size_t lag = shortest_period; lag < scores.size(); ++lag)
    if (scores[lag] >= least_score && static_cast<double>(lag) >= shortest &&
        static_cast<double>(lag) <= longest)
      candidates.push_back({lag, scores[lag]});
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Period& a, const Period& b) { return a.score > b.score; });
  for (const Period& candidate : candidates) {
    if (found.size() >= wanted) break;
    const bool again = std::any_of(found.begin(), found.end(), [&](const Period& known) {
      return candidate.length % known.length == 0 || known.length % candidate.length == 0;
    });
    if (!again) found.push_back(candidate);
  }
  return found;
}

void give_periods(Call& call, const std::vector<double>& periods,
                  const std::vector<double>& scores) {
  std::string& out = call.give_text();
  out += '[';
  append_series(out, periods);
  out += ',';
  append_series(out, scores);
  out += ']';
}

void periods_detect(Call& call) {
  const auto wanted = static_cast<std::size_t>(
      std::clamp<std::int64_t>(call.integer(3), 0, static_cast<std::int64_t>(periods_max)));
  const auto found = find_periods(read_series(call.text(0)), call.real(1), call.real(2), wanted);
  std::vector<double> periods(wanted, 0), scores(wanted, 0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    periods[i] = static_cast<double>(found[i].length);
    scores[i] = found[i].score;
  }
  give_periods(call, periods, scores);
}

void periods_validate(Call& call) {
  const std::vector<double> found = hills(read_series(call.text(0)));
  std::vector<double> periods, scores;
  for (std::size_t i = 1; i < call.arguments.size() && i <= periods_max; ++i) {
    const double period = call.real(i);
    periods.push_back(period);
    const bool known = period >= 0 && period < static_cast<double>(found.size());
    scores.push_back(known ? found[static_cast<std::size_t>(std::round(period))] : 0);
  }
  give_periods(call, periods, scores);
}

// 0: no season.
std::size_t season_of(const Series& series, std::int64_t asked, double threshold) {
  if (asked >= 0) return static_cast<std::size_t>(asked);
  const auto found = find_periods(series, 0, static_cast<double>(series.size()), 1);
  return found.empty() || found.front().score < threshold ? 0 : found.front().length;
}

// The median of the points of each phase, for the whole length; learnt from the first `known`.
std::vector<double> seasonal_part(const Series& series, std::size_t period, std::size_t known) {
  std::vector<double> out(series.size(), 0);
  if (period == 0) return out;
  std::vector<std::vector<double>> phases(std::min(period, series.size()));
  for (std::size_t i = 0; i < known; ++i)
    if (series[i]) phases[i % period].push_back(*series[i]);
  for (auto& phase : phases) std::sort(phase.begin(), phase.end());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = quantile_of_sorted(phases[i % period], 0.5);
  return out;
}

void seasonal(Call& call) {
  const Series series = read_series(call.text(0));
  const std::size_t period = season_of(series, call.integer(1, -1), season_score);
  append_series(call.give_text(), seasonal_part(series, period, series.size()));
}

struct Parts {
  std::vector<double> baseline, season, trend;
  Series residual;
};

Parts decomposed(const Series& series, std::int64_t asked, std::string_view trend,
                 std::int64_t test_points, double threshold) {
  Parts parts;
  const auto size = static_cast<std::int64_t>(series.size());
  const auto known =
      static_cast<std::size_t>(size - std::clamp<std::int64_t>(test_points, 0, size));
  const Series learnt(series.begin(), series.begin() + static_cast<std::ptrdiff_t>(known));
  parts.season = seasonal_part(series, season_of(learnt, asked, threshold), known);
  Series without;
  for (std::size_t i = 0; i < known; ++i)
    without.push_back(series[i] ? std::optional(*series[i] - parts.season[i]) : std::nullopt);
  parts.trend.assign(series.size(), 0);
  if (trend == "linefit") {
    if (const auto line = fit_line_through(without, 0, known))
      for (std::size_t i = 0; i < series.size(); ++i)
        parts.trend[i] = line->intercept + line->slope * static_cast<double>(i);
  } else if (trend != "none") {
    parts.trend.assign(series.size(), average_of(present(without)));
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    parts.baseline.push_back(parts.season[i] + parts.trend[i]);
    parts.residual.push_back(series[i] ? std::optional(*series[i] - parts.baseline[i])
                                       : std::nullopt);
  }
  return parts;
}

std::string_view trend_of(const Call& call, std::size_t place, std::string_view usual) {
  return call.text(place).empty() ? usual : call.text(place);
}
bool is_trend(std::string_view name) {
  return name == "avg" || name == "linefit" || name == "none";
}
constexpr const char* unknown_trend = "a trend is 'avg', 'linefit' or 'none'";

void append_parts(std::string& out, const Parts& parts) {
  append_series(out, parts.baseline);
  out += ',';
  append_series(out, parts.season);
  out += ',';
  append_series(out, parts.trend);
  out += ',';
  append_series(out, parts.residual);
}

// (series, seasonality, trend, test points, threshold)
void decompose(Call& call) {
  const std::string_view trend = trend_of(call, 2, "avg");
  if (!is_trend(trend)) return call.fail(unknown_trend);
  const Parts parts = decomposed(read_series(call.text(0)), call.integer(1, -1), trend,
                                 call.integer(3), call.real(4, season_score));
  std::string& out = call.give_text();
  out += '[';
  append_parts(out, parts);
  out += ']';
}

// (series, points, seasonality, trend, threshold): the baseline, learnt without the last points.
void decompose_forecast(Call& call) {
  const std::string_view trend = trend_of(call, 3, "linefit");
  if (!is_trend(trend)) return call.fail(unknown_trend);
  const Parts parts = decomposed(read_series(call.text(0)), call.integer(2, -1), trend,
                                 call.integer(1), call.real(4, season_score));
  std::string& out = call.give_text();
  out += '[';
  append_series(out, parts.baseline);
  out += ',';
  append_parts(out, parts);
  out += ']';
}

// Tukey's fences: how far a point lies outside of the range between two percentiles, in ranges.
Series outlier_scores(const Series& series, double low, double high) {
  std::vector<double> sorted = present(series);
  std::sort(sorted.begin(), sorted.end());
  const double from = quantile_of_sorted(sorted, low), to = quantile_of_sorted(sorted, high);
  Series scores;
  for (const auto& value : series) {
    double score = 0;
    if (value && *value > to) score = to > from ? (*value - to) / (to - from) : *value - to;
    if (value && *value < from) score = to > from ? (*value - from) / (to - from) : *value - from;
    scores.emplace_back(score);
  }
  return scores;
}

// (series, kind, ignored value, low percentile, high percentile)
void outliers(Call& call) {
  Series series = read_series(call.text(0));
  if (!call.is_null(2))
    for (auto& value : series)
      if (value && *value == call.real(2)) value.reset();
  const bool plain = call.text(1) == "tukey";
  if (!plain && !call.text(1).empty() && call.text(1) != "ctukey")
    return call.fail("series_outliers knows the kinds 'tukey' and 'ctukey'");
  const double low = plain ? 25 : call.real(3, 10);
  const double high = plain ? 75 : call.real(4, 90);
  for (const double percentile : {low, high})
    if (!(percentile >= 2 && percentile <= 98))
      return call.fail("series_outliers takes percentiles from 2 to 98");
  append_series(call.give_text(), outlier_scores(series, low / 100, high / 100));
}

// (series, threshold, seasonality, trend, test points, method, season threshold)
void decompose_anomalies(Call& call) {
  const std::string_view trend = trend_of(call, 3, "avg");
  if (!is_trend(trend)) return call.fail(unknown_trend);
  const Parts parts = decomposed(read_series(call.text(0)), call.integer(2, -1), trend,
                                 call.integer(4), call.real(6, season_score));
  const bool plain = call.text(5) == "tukey";
  const Series scores = outlier_scores(parts.residual, plain ? 0.25 : 0.1, plain ? 0.75 : 0.9);
  const double threshold = call.real(1, 1.5);
  std::string& out = call.give_text();
  JsonBuilder flags(out);
  out += '[';
  flags.open('[');
  for (const auto& score : scores)
    flags.integer(*score > threshold ? 1 : *score < -threshold ? -1 : 0);
  flags.close(']');
  out += ',';
  append_series(out, scores);
  out += ',';
  append_series(out, parts.baseline);
  out += ']';
}

// A series that is null has nothing to be found in it; optional arguments may be null.
template <native::Body run>
void unless_null(Call& call) {
  if (!call.is_null(0)) run(call);
}

constexpr Function row(std::string_view name, std::string_view parameters, native::Body run,
                       std::string_view example = {}, std::string_view gives = {}) {
  return body_row(name, parameters, "dynamic", run, example, gives, sees_nulls);
}

constexpr Function rows[] = {
    row("series_seasonal", "dynamic, long?", unless_null<seasonal>,
        "series_seasonal(dynamic([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]))",
        "[1.0,2.0,3.0,4.0,1.0,2.0,3.0,4.0,1.0,2.0,3.0,4.0]"),
    {.name = "series_outliers",
     .parameters = "dynamic, string?, real?, real?, real?",
     .result = "dynamic",
     .body = unless_null<outliers>,
     .example = "series_outliers(dynamic([1, 2, 3, 4, 100]), 'tukey')",
     .gives = "[-0.5,0.0,0.0,0.0,48.0]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    row("series_decompose", "dynamic, long?, string?, long?, real?", unless_null<decompose>,
        "print s = dynamic([1, 3]) | extend (baseline, seasonal, trend, residual) = "
        "series_decompose(s, 0) | project residual",
        "[-1.0,1.0]"),
    row("series_decompose_anomalies", "dynamic, real?, long?, string?, long?, string?, real?",
        unless_null<decompose_anomalies>,
        "print s = dynamic([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 90]) | extend (flag, score, baseline) "
        "= "
        "series_decompose_anomalies(s, 1.5, 0) | project flag",
        "[0,0,0,0,0,0,0,0,0,0,0,1]"),
    row("series_decompose_forecast", "dynamic, long, long?, string?, real?",
        unless_null<decompose_forecast>,
        "print s = dynamic([1, 2, 3, 4, 0]) | extend (forecast, b, s1, t, r) = "
        "series_decompose_forecast(s, 1, 0) | project forecast",
        "[1.0,2.0,3.0,4.0,5.0]"),
    row("series_periods_detect", "dynamic, real, real, long", unless_null<periods_detect>,
        "print s = dynamic([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]) | extend (p, score) = "
        "series_periods_detect(s, 0, 10, 1) | project p",
        "[4.0]"),
    row("series_periods_validate", "dynamic, real*", unless_null<periods_validate>,
        "print s = dynamic([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]) | extend (p, score) = "
        "series_periods_validate(s, 5) | project score",
        "[0.0]"),
};

}  // namespace

std::span<const Function> series_season_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
