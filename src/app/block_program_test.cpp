// The helpers that we ship, upon a firewall that does not exist: programs named nft and
// fail2ban-client that write down how they were called.
#include "app/block_program.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "contract/address_block_contract.h"
#include "fakes/fake_address_block.h"
#include "fakes/fake_clock.h"
#include "fakes/temporary_folder.h"

namespace vedette {
namespace {

const std::string helpers = VEDETTE_SOURCE_DIR "/packaging/respond/";

// A file in the folder `set` is an element of a set.
constexpr std::string_view false_nft = R"sh(#!/bin/sh
here=$(dirname "$0")
echo "nft $*" >> "$here/calls"
mkdir -p "$here/set"
verb=$1
[ "$verb" = list ] && exit 0
element=$(echo "$6" | tr -d '{} ' | sed 's/timeout.*//')
case $verb in
  get) [ -e "$here/set/$5 $element" ] ;;
  add) [ ! -e "$here/set/$5 $element" ] && : > "$here/set/$5 $element" ;;
  delete) rm "$here/set/$5 $element" ;;
esac
)sh";
constexpr std::string_view false_fail2ban = R"sh(#!/bin/sh
here=$(dirname "$0")
echo "fail2ban-client $*" >> "$here/calls"
mkdir -p "$here/set"
case $3 in
  banip) if [ "$1" = set ]; then : > "$here/set/$4"; else ls "$here/set"; fi ;;
  unbanip) rm -f "$here/set/$4" ;;
esac
)sh";

class HelperWorld {
 public:
  HelperWorld(const std::string& helper, const std::string& program, std::string_view text) {
    std::ofstream(folder_.file(program)) << text;
    std::filesystem::permissions(folder_.file(program), std::filesystem::perms::owner_all);
    block_ = std::make_unique<app::BlockProgram>(std::vector<std::string>{
        "/usr/bin/env", "PATH=" + folder_.path().string() + ":/usr/bin:/bin", helpers + helper});
  }
  ports::AddressBlock& block() { return *block_; }
  std::string calls() {
    std::ifstream file(folder_.file("calls"));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  fakes::TemporaryFolder folder_;
  std::unique_ptr<app::BlockProgram> block_;
};

struct Nft : HelperWorld {
  Nft() : HelperWorld("vedette-block-nft", "nft", false_nft) {}
};
struct Fail2ban : HelperWorld {
  Fail2ban() : HelperWorld("vedette-block-fail2ban", "fail2ban-client", false_fail2ban) {}
};
struct InMemory {
  fakes::FakeClock clock;
  fakes::FakeAddressBlock body{clock};
  ports::AddressBlock& block() { return body; }
};

TEST(BlockProgram, NftIsCalledSoAndNotOtherwise) {
  Nft world;
  ASSERT_TRUE(world.block().block(*base::parse_ip("20.30.40.50"), base::Duration::hours(24), {}));
  ASSERT_TRUE(world.block().unblock(*base::parse_ip("2a00:1450::7"), {}));
  EXPECT_EQ(world.calls(),
            "nft get element inet vedette blocked4 { 20.30.40.50 }\n"
            "nft add element inet vedette blocked4 { 20.30.40.50 timeout 86400s }\n"
            "nft get element inet vedette blocked6 { 2a00:1450::7 }\n");
}

TEST(BlockProgram, Fail2banIsCalledSoAndNotOtherwise) {
  Fail2ban world;
  ASSERT_TRUE(world.block().block(*base::parse_ip("20.30.40.50"), base::Duration::hours(1), {}));
  EXPECT_TRUE(*world.block().is_blocked(*base::parse_ip("20.30.40.50"), {}));
  ASSERT_TRUE(world.block().unblock(*base::parse_ip("20.30.40.50"), {}));
  EXPECT_EQ(world.calls(),
            "fail2ban-client set vedette banip 20.30.40.50\n"
            "fail2ban-client get vedette banip\n"
            "fail2ban-client set vedette unbanip 20.30.40.50\n");
}

TEST(BlockProgram, AProgramThatFailsOrSaysSomethingElseIsAnError) {
  app::BlockProgram missing({"/nowhere/helper"}), silent({"/bin/true"}), failing({"/bin/false"});
  const auto address = *base::parse_ip("20.30.40.50");
  for (auto* each : {&missing, &silent, &failing}) EXPECT_FALSE(each->is_blocked(address, {}));
  EXPECT_FALSE(failing.block(address, base::Duration::hours(1), {}));
}

TEST(OwnAddress, LoopbackIsOursAndAStrangersIsNot) {
  const auto own = app::is_own_address(*base::parse_ip("127.0.0.1"));
  if (!own) GTEST_SKIP() << "this machine has no network interface";
  EXPECT_TRUE(*own);
  EXPECT_FALSE(*app::is_own_address(*base::parse_ip("20.30.40.50")));
}

}  // namespace

namespace contract {
namespace {
INSTANTIATE_TYPED_TEST_SUITE_P(Nft, AddressBlockContract, Nft);
INSTANTIATE_TYPED_TEST_SUITE_P(Fail2ban, AddressBlockContract, Fail2ban);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, AddressBlockContract, InMemory);
}  // namespace
}  // namespace contract
}  // namespace vedette
