#include "server/change_feed.h"

#include <gtest/gtest.h>

#include <mutex>

#include "access/audit_chain.h"
#include "fakes/memory_access_store.h"
#include "fakes/stepped_clock.h"

namespace vedette::server {
namespace {

class ChangeFeedTest : public testing::Test {
 protected:
  std::shared_ptr<net::ReplyStream> listen() {
    auto stream = feed_.subscribe();
    if (stream) stream->attach([this](const std::string& bytes) { take(bytes); });
    return stream;
  }
  void take(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    said_ += bytes.empty() ? "(closed)" : bytes;
  }
  std::string said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  // Lets time pass until that was said.
  bool hears(std::string_view text, base::Duration step) {
    for (int i = 0; i < 100; ++i) {
      clock_.wait_for_sleepers(1);
      if (said().find(text) != std::string::npos) return true;
      clock_.advance(step);
    }
    return false;
  }

  std::mutex mutex_;
  std::string said_;  // guarded by mutex_
  fakes::SteppedClock clock_;
  fakes::MemoryAccessStore store_{&access::audit_hash};
  ChangeFeed feed_{store_, clock_};
};

TEST_F(ChangeFeedTest, TellsThatSomethingChangedAndThatItIsThere) {
  const auto stream = listen();
  EXPECT_TRUE(hears(": still here", base::Duration::seconds(1)));
  EXPECT_EQ(said().find("event: change"), std::string::npos);
  store_.change_from_outside();
  EXPECT_TRUE(hears("event: change\nid: 2\n", base::Duration::seconds(1)));
}

TEST_F(ChangeFeedTest, StreamsAreFewAndDoNotLiveForEver) {
  std::vector<std::shared_ptr<net::ReplyStream>> open;
  for (int i = 0; i < 24; ++i) open.push_back(listen());
  EXPECT_NE(open.back(), nullptr);
  EXPECT_EQ(listen(), nullptr);
  EXPECT_TRUE(hears("(closed)", base::Duration::seconds(30)));
}

}  // namespace
}  // namespace vedette::server
