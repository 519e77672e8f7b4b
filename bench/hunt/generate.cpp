// Writes sign-ins into segments of our own, through the store's own way in: the same seed and
// number give the same rows.
//   hunt_rows FOLDER ROWS [SEED [DAYS END]]
// Ten days of them, the last day's end at 2026-06-15, unless said otherwise. Skewed as sign-ins
// are: few users, few applications and few addresses make most of them; a spray, a brute force and
// a traveller are among them.
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/catalogue/schema_catalogue.h"
#include "net/system_clock.h"
#include "store/duckdb/segment_store.h"

namespace vedette::bench {
namespace {

constexpr std::size_t batch_rows = 20'000;
constexpr std::string_view end_text = "2026-06-15T00:00:00Z";

constexpr std::array<std::string_view, 12> countries{"DE", "DE", "DE", "DE", "AT", "CH",
                                                     "US", "US", "GB", "FR", "NL", "PL"};
constexpr std::array<std::string_view, 8> systems{
    "Windows10", "Windows10", "Windows11", "Windows11", "iOS 18", "Android", "MacOs", "Linux"};
constexpr std::array<std::string_view, 6> browsers{"Edge 137.0",    "Chrome 137.0", "Rich Client",
                                                   "Mobile Safari", "Firefox 139",  ""};
constexpr std::array<std::string_view, 8> clients{"Browser",
                                                  "Browser",
                                                  "Browser",
                                                  "Mobile Apps and Desktop clients",
                                                  "Mobile Apps and Desktop clients",
                                                  "Exchange ActiveSync",
                                                  "IMAP4",
                                                  "Authenticated SMTP"};

class Draw {
 public:
  explicit Draw(std::uint64_t state) : state_(state) {}
  std::uint64_t below(std::uint64_t bound) {
    state_ = base::hash_words(state_, 0x51);
    return (state_ >> 11) % bound;
  }
  double unit() { return static_cast<double>(below(1U << 30)) / (1U << 30); }
  // A rank whose share falls as Zipf's law has it.
  std::uint64_t rank(double count) {
    return static_cast<std::uint64_t>(std::exp(unit() * std::log(count))) - 1;
  }
  template <std::size_t N>
  std::string_view of(const std::array<std::string_view, N>& words) {
    return words[below(N)];
  }

 private:
  std::uint64_t state_;
};

std::string address_of(std::uint64_t number) {
  return fmt::format("{}.{}.{}.{}", 11 + number % 180, (number >> 8) % 256, (number >> 16) % 256,
                     1 + (number >> 24) % 250);
}

// One sign-in's columns.
class SignIns {
 public:
  explicit SignIns(std::uint64_t seed) : seed_(seed) {}

  void add(model::TableBatch& batch, std::uint64_t number, base::Timestamp day_begin,
           std::uint64_t of_day, std::uint64_t rows_of_day) {
    Draw draw(base::hash_words(seed_, number));
    const auto tick =
        static_cast<std::int64_t>(static_cast<double>(of_day) / static_cast<double>(rows_of_day) *
                                  86'400.0 * base::ticks_per_second) +
        static_cast<std::int64_t>(draw.below(10'000));
    const base::Timestamp moment{day_begin.ticks + tick};
    batch.add_row({moment, moment + base::Duration::seconds(30),
                   base::hash_words(seed_, number) | 1, base::hash_words(number, seed_)});
    const std::uint64_t attack = draw.below(1000);
    const std::uint64_t user = attack < 12 ? draw.below(20'000) : draw.rank(20'000);
    const std::uint64_t home = base::hash_words(user, 3);
    const bool away = draw.below(400) == 0;
    const std::string_view country = away ? draw.of(countries) : countries[home % countries.size()];
    std::string address = address_of(base::hash_words(home, away ? draw.below(40) : draw.rank(4)));
    std::string_view result = "0";
    if (attack < 8) {
      address = fmt::format("185.220.101.{}", draw.below(3));
      result = "50126";
    } else if (const auto luck = draw.below(100); luck < 6) {
      result = luck < 4 ? "50126" : luck == 4 ? "50074" : "53003";
    }
    const bool needle = number % 1'000'003 == 77;
    if (needle) address = "203.0.113.77";
    put(batch, "ResultType", result);
    put(batch, "ResultDescription", result == "0" ? "" : "Invalid username or password or blocked");
    put(batch, "UserPrincipalName", fmt::format("user{}@contoso.example", user));
    put(batch, "UserDisplayName", fmt::format("User {}", user));
    put(batch, "UserId", guid(base::hash_words(user, 9), user));
    put(batch, "IPAddress", address);
    put(batch, "Location", country);
    put(batch, "AppDisplayName", fmt::format("Application {}", draw.rank(200)));
    put(batch, "ClientAppUsed", draw.of(clients));
    const std::string_view system = systems[base::hash_words(user, draw.rank(3)) % systems.size()];
    const std::string_view browser = draw.of(browsers);
    put(batch, "UserAgent",
        needle ? std::string("sqlmap/1.8 (https://sqlmap.example)")
               : fmt::format("Mozilla/5.0 ({}) AppleWebKit/537.{} (KHTML, like Gecko) {}", system,
                             draw.rank(60), browser));
    put(batch, "CorrelationId", guid(base::hash_words(number, 4), number));
    put(batch, "Id", guid(base::hash_words(number, 5), number));
    put(batch, "Category", "SignInLogs");
    put(batch, "OperationName", "Sign-in activity");
    put(batch, "ConditionalAccessStatus", result == "53003" ? "failure" : "success");
    put(batch, "RiskLevelDuringSignIn", draw.below(200) == 0 ? "medium" : "none");
    put(batch, "DeviceDetail",
        fmt::format(R"({{"deviceId":"{:x}","operatingSystem":"{}","browser":"{}","isManaged":{}}})",
                    home, system, browser, home % 3 == 0));
    put(batch, "LocationDetails",
        fmt::format(R"({{"city":"City {}","countryOrRegion":"{}"}})", home % 300, country));
    batch.set(batch.column("DurationMs"), static_cast<std::int64_t>(draw.below(3000)));
    batch.set(batch.column("IsInteractive"), draw.below(10) != 0);
    batch.set(batch.column("CreatedDateTime"), moment);
  }

 private:
  static std::string guid(std::uint64_t high, std::uint64_t low) {
    return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                       high & 0xFFF, (low >> 48) & 0xFFF, low & 0xFFFF'FFFF'FFFFULL);
  }
  static void put(model::TableBatch& batch, std::string_view column, std::string_view value) {
    batch.set_text(batch.column(column), value);
  }

  std::uint64_t seed_;
};

int run(const std::string& folder, std::uint64_t rows, std::uint64_t seed, std::int64_t days,
        base::Timestamp end) {
  const auto clock = net::make_clock("");
  const kql::SchemaCatalogue catalogue(kql::built_in_schema());
  auto store = store::duckdb::SegmentStore::open({.folder = folder}, catalogue, **clock);
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().message);
    return 1;
  }
  const std::uint64_t rows_of_day = rows / static_cast<std::uint64_t>(days);
  SignIns sign_ins(seed);
  std::uint64_t position = 0, number = 0;
  for (std::int64_t day = 0; day < days; ++day) {
    const base::Timestamp begin = end - base::Duration::seconds((days - day) * 86'400);
    for (std::uint64_t done = 0; done < rows_of_day;) {
      model::TableBatch batch("SigninLogs");
      for (; batch.row_count() < batch_rows && done < rows_of_day; ++done)
        sign_ins.add(batch, ++number, begin, done, rows_of_day);
      const auto stored =
          (*store)->append({&batch, 1}, ++position, begin + base::Duration::seconds(86'399));
      if (!stored) {
        fmt::print(stderr, "{}\n", stored.error().message);
        return 1;
      }
    }
    fmt::print(stderr, "\r{} rows", base::group_thousands(number));
  }
  fmt::print(stderr, "\n");
  if (const auto sealed = (*store)->seal_finished_days(end + base::Duration::seconds(86'400));
      !sealed) {
    fmt::print(stderr, "{}\n", sealed.error().message);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace vedette::bench

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  const auto number = [&](std::size_t at, std::uint64_t otherwise) {
    return at < arguments.size() ? vedette::base::parse_unsigned(arguments[at]).value_or(0)
                                 : otherwise;
  };
  const std::uint64_t rows = number(1, 0), seed = number(2, 1), days = number(3, 10);
  const auto end = vedette::base::parse_iso(arguments.size() > 4 ? std::string_view(arguments[4])
                                                                 : vedette::bench::end_text);
  if (rows < 10 || days < 1 || days > 3'650 || !end) {
    fmt::print(stderr, "usage: hunt_rows FOLDER ROWS [SEED [DAYS END]]\n");
    return 2;
  }
  return vedette::bench::run(arguments[0], rows, seed, static_cast<std::int64_t>(days), *end);
}
