#include "kql/bind/tuples.h"

namespace vedette::kql::bind {

const TupleShape* tuple_shape(std::string_view function) {
  static const std::vector<TupleShape> shapes{
      {"series_fit_line",
       {{"rsquare", Type::real},
        {"slope", Type::real},
        {"variance", Type::real},
        {"rvariance", Type::real},
        {"interception", Type::real},
        {"line_fit", Type::dynamic}}},
      {"series_fit_2lines",
       {{"rsquare", Type::real},
        {"split_idx", Type::int64},
        {"variance", Type::real},
        {"rvariance", Type::real},
        {"line_fit", Type::dynamic},
        {"right_rsquare", Type::real},
        {"right_slope", Type::real},
        {"right_interception", Type::real},
        {"right_variance", Type::real},
        {"right_rvariance", Type::real},
        {"left_rsquare", Type::real},
        {"left_slope", Type::real},
        {"left_interception", Type::real},
        {"left_variance", Type::real},
        {"left_rvariance", Type::real}}},
      {"series_stats",
       {{"min", Type::real},
        {"min_idx", Type::int64},
        {"max", Type::real},
        {"max_idx", Type::int64},
        {"avg", Type::real},
        {"stdev", Type::real},
        {"variance", Type::real}}},
      {"series_fft", {{"real", Type::dynamic}, {"imag", Type::dynamic}}},
      {"series_ifft", {{"real", Type::dynamic}, {"imag", Type::dynamic}}},
      {"series_periods_detect", {{"periods", Type::dynamic}, {"scores", Type::dynamic}}},
      {"series_periods_validate", {{"periods", Type::dynamic}, {"scores", Type::dynamic}}},
      {"series_decompose",
       {{"baseline", Type::dynamic},
        {"seasonal", Type::dynamic},
        {"trend", Type::dynamic},
        {"residual", Type::dynamic}}},
      {"series_decompose_forecast",
       {{"forecast", Type::dynamic},
        {"baseline", Type::dynamic},
        {"seasonal", Type::dynamic},
        {"trend", Type::dynamic},
        {"residual", Type::dynamic}}},
      {"series_decompose_anomalies",
       {{"ad_flag", Type::dynamic}, {"ad_score", Type::dynamic}, {"baseline", Type::dynamic}}},
      {"series_fit_poly",
       {{"rsquare", Type::real},
        {"coefficients", Type::dynamic},
        {"variance", Type::real},
        {"rvariance", Type::real},
        {"poly_fit", Type::dynamic}}},
  };
  for (const TupleShape& shape : shapes)
    if (shape.function == function) return &shape;
  return nullptr;
}

}  // namespace vedette::kql::bind
