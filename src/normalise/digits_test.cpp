#include "normalise/digits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>
#include <string>

namespace vedette::normalise {
namespace {

using Reader = const char* (*)(const char*, base::IpAddress&);

// The address that ends the text, and where it starts; empty when the reader saw none.
std::optional<std::pair<std::string, std::size_t>> read(Reader reader, const std::string& text) {
  base::IpAddress address;
  const char* begin = reader(text.data() + text.size(), address);
  if (begin == nullptr) return std::nullopt;
  return std::pair(base::format_ip(address), static_cast<std::size_t>(begin - text.data()));
}

TEST(V4Backwards, EveryOctetInEveryPlace) {
  for (int part = 0; part < 4; ++part) {
    for (int octet = 0; octet < 256; ++octet) {
      std::array<int, 4> octets = {7, 86, 1, 203};
      octets[static_cast<std::size_t>(part)] = octet;
      const auto address = fmt::format("{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
      const std::string before = "Failed for x from ";
      const auto wanted = std::pair(address, before.size());
      EXPECT_EQ(read(read_v4_backwards, before + address), wanted);
      EXPECT_EQ(read(read_v4_backwards_plainly, before + address), wanted);
    }
  }
}

TEST(V4Backwards, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"from 1.2.3.256", "from 1.2.3.1000", "from 01.2.3.4", "from 1.2.03.4", "from 1.2.3.",
        "from 1.2.3", "from .1.2.3.4", "from 0.1.2.3.4", "from 1..2.3", "from 1.2.3.4x",
        "from 1:2.3.4.5.", "1234567890123456", "from 255.255.255.300", "from 1.2.3.00",
        "    . . . .", "                "}) {
    const std::string padded = "                " + std::string(text);
    EXPECT_EQ(read(read_v4_backwards, padded), std::nullopt) << text;
    EXPECT_EQ(read(read_v4_backwards_plainly, padded), std::nullopt) << text;
  }
}

// What processors do that can shuffle bytes is what the others do.
TEST(V4Backwards, BothWaysAgreeOnAnyText) {
  std::mt19937 random(1);
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  constexpr std::string_view bytes = "0123456789.... :ax\xFF";
  int good = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(16, ' ');
    if (below(3) == 0) {
      for (std::uint32_t left = 7 + below(12); left > 0; --left)
        text += bytes[below(static_cast<std::uint32_t>(bytes.size()))];
    } else {
      text += fmt::format("{}.{}.{}.{}", below(300), below(256), below(120), below(12));
      if (below(4) == 0)
        text[16 + below(static_cast<std::uint32_t>(text.size() - 16))] =
            bytes[below(static_cast<std::uint32_t>(bytes.size()))];
    }
    const auto plainly = read(read_v4_backwards_plainly, text);
    ASSERT_EQ(read(read_v4_backwards, text), plainly) << text;
    good += plainly.has_value() ? 1 : 0;
    if (plainly) {
      ASSERT_EQ(plainly->first, text.substr(plainly->second)) << text;
    }
  }
  EXPECT_GT(good, 20'000);
}

// What is read from the end of a text, and all of it, is what base::parse_ip says of it.
TEST(V6Backwards, ReadsWhatIsAnAddress) {
  std::mt19937 random(1);
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  int good = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    const std::uint32_t groups = below(10), gap = below(12);
    for (std::uint32_t group = 0; group < groups; ++group) {
      text += fmt::format("{:x}", below(2) == 0 ? below(65'536) : below(16));
      if (group + 1 < groups || below(30) == 0) text += ':';
      if (group == gap) text += ':';
    }
    if (below(9) == 0) text.insert(0, "::");
    if (below(15) == 0) text += "::";
    if (below(6) == 0 && !text.empty())
      text[below(static_cast<std::uint32_t>(text.size()))] = "0F:::gA"[below(7)];
    if (text == "::" || text.size() > 45) continue;  // left to others; longer than any address
    base::IpAddress address;
    const char* end = text.data() + text.size();
    const bool whole = read_v6_backwards(text.data(), end, address) == text.data();
    const auto wanted = base::parse_ip(text);
    ASSERT_EQ(whole, wanted.has_value()) << text;
    if (wanted) {
      ASSERT_EQ(address, *wanted) << text;
    }
    good += wanted ? 1 : 0;
  }
  EXPECT_GT(good, 20'000);
}

TEST(V6Backwards, StopsWhereItBegins) {
  const std::string text = "user from 2001:db8::7";
  base::IpAddress address;
  const char* end = text.data() + text.size();
  EXPECT_EQ(read_v6_backwards(text.data(), end, address), text.data() + 10);
  EXPECT_EQ(base::format_ip(address), "2001:db8::7");
  EXPECT_EQ(read_v6_backwards(end - 3, end, address), end - 3);  // "::7"
  EXPECT_EQ(read_v6_backwards(end - 2, end, address), nullptr);  // ":7"
  EXPECT_EQ(read_v6_backwards(end, end, address), nullptr);
}

}  // namespace
}  // namespace vedette::normalise
