// Geography: distances and membership on the sphere. The Earth is a sphere of 6,371,010 m, as S2's.
#include <cmath>

#include "kql/functions/function.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

constexpr double earth_radius_m = 6'371'010;

bool valid(double longitude, double latitude) {
  return std::fabs(longitude) <= 180 && std::fabs(latitude) <= 90;
}
double distance_m(double lon1, double lat1, double lon2, double lat2) {
  const double radians = M_PI / 180;
  const double a = lat1 * radians, b = lat2 * radians;
  const double half_lat = std::sin((b - a) / 2), half_lon = std::sin((lon2 - lon1) * radians / 2);
  const double h = half_lat * half_lat + std::cos(a) * std::cos(b) * half_lon * half_lon;
  return 2 * earth_radius_m * std::asin(std::sqrt(std::min(1.0, h)));
}
void distance_2points(Call& call) {
  if (valid(call.real(0), call.real(1)) && valid(call.real(2), call.real(3)))
    call.give_real(distance_m(call.real(0), call.real(1), call.real(2), call.real(3)));
}
void point_in_circle(Call& call) {
  if (valid(call.real(0), call.real(1)) && valid(call.real(2), call.real(3)) && call.real(4) >= 0)
    call.give(distance_m(call.real(0), call.real(1), call.real(2), call.real(3)) <= call.real(4));
}

constexpr Function rows[] = {
    {.name = "geo_distance_2points",
     .parameters = "real, real, real, real",
     .result = "real",
     .body = distance_2points,
     .example = "round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056))",
     .gives = "1546754"},
    {.name = "geo_point_in_circle",
     .parameters = "real, real, real, real, real",
     .result = "bool",
     .body = point_in_circle,
     .example = "geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)",
     .gives = "true"},
};

}  // namespace

std::span<const Function> geo_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
