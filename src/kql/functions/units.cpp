// convert_*: a value from one unit to another. A unit is a number of base units; what is not known
// gives null. The names are those that Microsoft documents.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "kql/functions/function.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

struct Unit {
  std::string_view name;
  double size = 1;  // in base units
};

constexpr double pi = 3.14159265358979323846;
constexpr Unit angles[] = {
    // radians
    {"Arcminute", pi / 10'800},  {"Arcsecond", pi / 648'000},
    {"Centiradian", 1e-2},       {"Deciradian", 1e-1},
    {"Degree", pi / 180},        {"Gradian", pi / 200},
    {"Microdegree", pi / 180e6}, {"Microradian", 1e-6},
    {"Millidegree", pi / 180e3}, {"Milliradian", 1e-3},
    {"Nanodegree", pi / 180e9},  {"Nanoradian", 1e-9},
    {"NatoMil", pi / 3'200},     {"Radian", 1},
    {"Revolution", 2 * pi},
};
constexpr double electron_volt = 1.602176565e-19, thermal_unit = 1055.05585262, calorie = 4.184;
constexpr Unit energies[] = {
    // joules
    {"BritishThermalUnit", thermal_unit},
    {"Calorie", calorie},
    {"DecathermEc", 1.05505585262e9},
    {"DecathermImperial", 1.05505585257348e9},
    {"DecathermUs", 1.054804e9},
    {"ElectronVolt", electron_volt},
    {"Erg", 1e-7},
    {"FootPound", 1.355817948},
    {"GigabritishThermalUnit", thermal_unit * 1e9},
    {"GigaelectronVolt", electron_volt * 1e9},
    {"Gigajoule", 1e9},
    {"GigawattDay", 86'400e9},
    {"GigawattHour", 3'600e9},
    {"HorsepowerHour", 2.6845195376962e6},
    {"Joule", 1},
    {"KilobritishThermalUnit", thermal_unit * 1e3},
    {"Kilocalorie", calorie * 1e3},
    {"KiloelectronVolt", electron_volt * 1e3},
    {"Kilojoule", 1e3},
    {"KilowattDay", 86'400e3},
    {"KilowattHour", 3'600e3},
    {"MegabritishThermalUnit", thermal_unit * 1e6},
    {"Megacalorie", calorie * 1e6},
    {"MegaelectronVolt", electron_volt * 1e6},
    {"Megajoule", 1e6},
    {"MegawattDay", 86'400e6},
    {"MegawattHour", 3'600e6},
    {"Millijoule", 1e-3},
    {"TeraelectronVolt", electron_volt * 1e12},
    {"TerawattDay", 86'400e12},
    {"TerawattHour", 3'600e12},
    {"ThermEc", 1.05505585262e8},
    {"ThermImperial", 1.05505585257348e8},
    {"ThermUs", 1.054804e8},
    {"WattDay", 86'400},
    {"WattHour", 3'600},
};
constexpr double pound_force = 4.4482216152605, gravity = 9.80665;
constexpr Unit forces[] = {
    // newtons
    {"Decanewton", 10},
    {"Dyn", 1e-5},
    {"KilogramForce", gravity},
    {"Kilonewton", 1e3},
    {"KiloPond", gravity},
    {"KilopoundForce", pound_force * 1e3},
    {"Meganewton", 1e6},
    {"Micronewton", 1e-6},
    {"Millinewton", 1e-3},
    {"Newton", 1},
    {"OunceForce", pound_force / 16},
    {"Poundal", 0.138254954376},
    {"PoundForce", pound_force},
    {"ShortTonForce", pound_force * 2'000},
    {"TonneForce", gravity * 1e3},
};
constexpr double foot = 0.3048, inch = 0.0254, mile = 1609.344, yard = 0.9144;
constexpr double survey_foot = 1200.0 / 3937, light_year = 9.46073047258e15,
                 parsec = 3.08567758128e16;
constexpr Unit lengths[] = {
    // metres
    {"Angstrom", 1e-10},
    {"AstronomicalUnit", 1.4959787070e11},
    {"Centimeter", 1e-2},
    {"Chain", 20.1168},
    {"DataMile", 1828.8},
    {"Decameter", 10},
    {"Decimeter", 1e-1},
    {"DtpPica", inch / 6},
    {"DtpPoint", inch / 72},
    {"Fathom", 1.8288},
    {"Foot", foot},
    {"Hand", 0.1016},
    {"Hectometer", 100},
    {"Inch", inch},
    {"KilolightYear", light_year * 1e3},
    {"Kilometer", 1e3},
    {"Kiloparsec", parsec * 1e3},
    {"LightYear", light_year},
    {"MegalightYear", light_year * 1e6},
    {"Megaparsec", parsec * 1e6},
    {"Meter", 1},
    {"Microinch", inch * 1e-6},
    {"Micrometer", 1e-6},
    {"Mil", inch * 1e-3},
    {"Mile", mile},
    {"Millimeter", 1e-3},
    {"Nanometer", 1e-9},
    {"NauticalMile", 1852},
    {"Parsec", parsec},
    {"PrinterPica", inch * 400 / 2409},
    {"PrinterPoint", inch / 72.27},
    {"Shackle", 27.432},
    {"SolarRadius", 6.95510e8},
    {"Twip", inch / 1440},
    {"UsSurveyFoot", survey_foot},
    {"Yard", yard},
};
constexpr double pound = 453.59237;
constexpr Unit masses[] = {
    // grams
    {"Centigram", 1e-2},
    {"Decagram", 10},
    {"Decigram", 1e-1},
    {"EarthMass", 5.9722e27},
    {"Grain", pound / 7'000},
    {"Gram", 1},
    {"Hectogram", 100},
    {"Kilogram", 1e3},
    {"Kilopound", pound * 1e3},
    {"Kilotonne", 1e9},
    {"LongHundredweight", pound * 112},
    {"LongTon", pound * 2'240},
    {"Megapound", pound * 1e6},
    {"Megatonne", 1e12},
    {"Microgram", 1e-6},
    {"Milligram", 1e-3},
    {"Nanogram", 1e-9},
    {"Ounce", pound / 16},
    {"Pound", pound},
    {"ShortHundredweight", pound * 100},
    {"ShortTon", pound * 2'000},
    {"Slug", 14'593.90294},
    {"SolarMass", 1.98947e33},
    {"Stone", pound * 14},
    {"Tonne", 1e6},
};
// Speeds are a length and a time: MeterPerSecond.
constexpr Unit times[] = {{"PerHour", 3'600}, {"PerMinute", 60}, {"PerSecond", 1}};
constexpr double us_gallon = 0.003785411784, imperial_gallon = 0.00454609;
constexpr Unit volumes[] = {
    // cubic metres
    {"AcreFoot", 1 / 0.000810714},
    {"AuTablespoon", 2e-5},
    {"BoardFoot", 2.3597372158e-3},
    {"Centiliter", 1e-5},
    {"CubicCentimeter", 1e-6},
    {"CubicDecimeter", 1e-3},
    {"CubicFoot", foot* foot* foot},
    {"CubicHectometer", 1e6},
    {"CubicInch", inch* inch* inch},
    {"CubicKilometer", 1e9},
    {"CubicMeter", 1},
    {"CubicMicrometer", 1e-18},
    {"CubicMile", mile* mile* mile},
    {"CubicMillimeter", 1e-9},
    {"CubicYard", yard* yard* yard},
    {"Decaliter", 1e-2},
    {"DecausGallon", us_gallon * 10},
    {"Deciliter", 1e-4},
    {"DeciusGallon", us_gallon / 10},
    {"HectocubicFoot", foot* foot* foot * 100},
    {"HectocubicMeter", 100},
    {"Hectoliter", 0.1},
    {"HectousGallon", us_gallon * 100},
    {"ImperialBeerBarrel", imperial_gallon * 36},
    {"ImperialGallon", imperial_gallon},
    {"ImperialOunce", imperial_gallon / 160},
    {"ImperialPint", imperial_gallon / 8},
    {"KilocubicFoot", foot* foot* foot * 1e3},
    {"KilocubicMeter", 1e3},
    {"KiloimperialGallon", imperial_gallon * 1e3},
    {"Kiloliter", 1},
    {"KilousGallon", us_gallon * 1e3},
    {"Liter", 1e-3},
    {"MegacubicFoot", foot* foot* foot * 1e6},
    {"MegaimperialGallon", imperial_gallon * 1e6},
    {"Megaliter", 1e3},
    {"MegausGallon", us_gallon * 1e6},
    {"MetricCup", 2.5e-4},
    {"MetricTeaspoon", 5e-6},
    {"Microliter", 1e-9},
    {"Milliliter", 1e-6},
    {"OilBarrel", us_gallon * 42},
    {"UkTablespoon", 1.5e-5},
    {"UsBeerBarrel", us_gallon * 31},
    {"UsCustomaryCup", us_gallon / 16},
    {"UsGallon", us_gallon},
    {"UsLegalCup", 2.4e-4},
    {"UsOunce", us_gallon / 128},
    {"UsPint", us_gallon / 8},
    {"UsQuart", us_gallon / 4},
    {"UsTablespoon", us_gallon / 256},
    {"UsTeaspoon", us_gallon / 768},
};

std::optional<double> size_of(std::span<const Unit> units, std::string_view name) {
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? std::nullopt : std::optional(found->size);
}

std::optional<double> speed_of(std::string_view name) {
  if (name == "Knot") return 1852.0 / 3'600;
  for (const Unit& time : times)
    if (name.ends_with(time.name)) {
      const auto length = size_of(lengths, name.substr(0, name.size() - time.name.size()));
      return length ? std::optional(*length / time.size) : std::nullopt;
    }
  return std::nullopt;
}

void give_ratio(Call& call, std::optional<double> from, std::optional<double> to) {
  if (from && to) call.give_real(call.real(0) * (*from / *to));
}
// A tilt is the sine of an angle: of all units the only one that is no multiple of another.
void angle(Call& call) {
  static constexpr std::string_view tilt = "Tilt";
  const auto size = [](std::string_view unit) {
    return unit == tilt ? std::optional(1.0) : size_of(angles, unit);
  };
  const auto from = size(call.text(1)), to = size(call.text(2));
  if (call.text(1) == call.text(2) || (call.text(1) != tilt && call.text(2) != tilt))
    return give_ratio(call, from, to);
  if (!from || !to) return;
  const double radians = call.text(1) == tilt ? std::asin(call.real(0)) : call.real(0) * *from;
  call.give_real(call.text(2) == tilt ? std::sin(radians) : radians / *to);
}
void energy(Call& call) {
  give_ratio(call, size_of(energies, call.text(1)), size_of(energies, call.text(2)));
}
void force(Call& call) {
  give_ratio(call, size_of(forces, call.text(1)), size_of(forces, call.text(2)));
}
void length(Call& call) {
  give_ratio(call, size_of(lengths, call.text(1)), size_of(lengths, call.text(2)));
}
void mass(Call& call) {
  give_ratio(call, size_of(masses, call.text(1)), size_of(masses, call.text(2)));
}
void speed(Call& call) {
  give_ratio(call, speed_of(call.text(1)), speed_of(call.text(2)));
}
void volume(Call& call) {
  give_ratio(call, size_of(volumes, call.text(1)), size_of(volumes, call.text(2)));
}

// Temperatures have a zero of their own: kelvin = value * scale + zero.
struct Scale {
  std::string_view name;
  double scale = 1;
  double zero = 0;
};
constexpr Scale scales[] = {
    {"DegreeCelsius", 1, 273.15},
    {"DegreeDelisle", -2.0 / 3, 373.15},
    {"DegreeFahrenheit", 5.0 / 9, 459.67 * 5 / 9},
    {"DegreeNewton", 100.0 / 33, 273.15},
    {"DegreeRankine", 5.0 / 9, 0},
    {"DegreeReaumur", 5.0 / 4, 273.15},
    {"DegreeRoemer", 40.0 / 21, 273.15 - 7.5 * 40 / 21},
    {"Kelvin", 1, 0},
    {"MillidegreeCelsius", 1e-3, 273.15},
    {"SolarTemperature", 5'778, 0},
};
void temperature(Call& call) {
  const Scale* from = nullptr;
  const Scale* to = nullptr;
  for (const Scale& scale : scales) {
    if (scale.name == call.text(1)) from = &scale;
    if (scale.name == call.text(2)) to = &scale;
  }
  if (from == nullptr || to == nullptr) return;
  call.give_real((call.real(0) * from->scale + from->zero - to->zero) / to->scale);
}

constexpr Function row(std::string_view name, native::Body run, std::string_view example,
                       std::string_view gives) {
  return body_row(name, "real, string, string", "real", run, example, gives);
}

constexpr Function rows[] = {
    row("convert_angle", angle, "convert_angle(180.0, 'Degree', 'Revolution')", "0.5"),
    row("convert_energy", energy, "convert_energy(1.0, 'KilowattHour', 'Joule')", "3600000"),
    row("convert_force", force, "convert_force(12.0, 'Newton', 'Kilonewton')", "0.012"),
    row("convert_length", length, "round(convert_length(1.0, 'Foot', 'Inch'), 6)", "12"),
    row("convert_mass", mass, "convert_mass(2.0, 'Pound', 'Ounce')", "32"),
    row("convert_speed", speed, "convert_speed(36.0, 'KilometerPerHour', 'MeterPerSecond')", "10"),
    row("convert_temperature", temperature,
        "round(convert_temperature(100.0, 'DegreeCelsius', 'DegreeFahrenheit'), 6)", "212"),
    row("convert_volume", volume, "convert_volume(1.0, 'CubicMeter', 'Liter')", "1000"),
};

}  // namespace

std::span<const Function> unit_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
