// What every body of ports::PushLedger must do. A World has `ports::PushLedger& ledger()`, empty at
// first, and `void reopen()`, after which it is what a new process would find.
#pragma once

#include <gtest/gtest.h>

#include <array>

#include "ports/push_ledger.h"

namespace vedette::contract {

template <typename World>
class PushLedgerContract : public testing::Test {
 protected:
  static ports::PushedIndicator row(const std::string& id, ports::PushState state) {
    ports::PushedIndicator made;
    made.source = "office \"1\"";
    made.id = id;
    made.modified = base::Timestamp::from_unix_seconds(1'780'000'000);
    made.received = base::Timestamp::from_unix_seconds(1'780'000'001);
    made.told = base::Timestamp::from_unix_seconds(1'780'000'002);
    made.content = 0xFFFF'0000'FFFF'0001;
    made.generation = 3;
    made.state = state;
    return made;
  }
  World world_;
};
TYPED_TEST_SUITE_P(PushLedgerContract);

TYPED_TEST_P(PushLedgerContract, WhatWasSavedIsFoundAndOfNoOtherPush) {
  const auto kept = this->row("indicator--1", ports::PushState::refused);
  ASSERT_TRUE(this->world_.ledger().save("push:a", std::array{kept}));
  this->world_.reopen();
  const auto found = *this->world_.ledger().find("push:a", kept.source, kept.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->source, kept.source);
  EXPECT_EQ(found->id, kept.id);
  EXPECT_EQ(found->modified, kept.modified);
  EXPECT_EQ(found->received, kept.received);
  EXPECT_EQ(found->told, kept.told);
  EXPECT_EQ(found->content, kept.content);
  EXPECT_EQ(found->generation, kept.generation);
  EXPECT_EQ(found->state, kept.state);
  EXPECT_FALSE(*this->world_.ledger().find("push:b", kept.source, kept.id));
  EXPECT_FALSE(*this->world_.ledger().find("push:a", "other", kept.id));
}

TYPED_TEST_P(PushLedgerContract, ALaterRowTakesTheEarliersPlace) {
  using ports::PushState;
  ASSERT_TRUE(this->world_.ledger().save(
      "push:a", std::array{this->row("1", PushState::sending), this->row("2", PushState::held),
                           this->row("3", PushState::withdrawn)}));
  ASSERT_TRUE(this->world_.ledger().save("push:a", std::array{this->row("1", PushState::held)}));
  const auto counts = *this->world_.ledger().counts("push:a");
  EXPECT_EQ(counts.held, 2U);
  EXPECT_EQ(counts.withdrawn, 1U);
  EXPECT_EQ(counts.refused, 0U);
  EXPECT_EQ(this->world_.ledger().counts("push:b")->held, 0U);
}

TYPED_TEST_P(PushLedgerContract, TheCursorIsKept) {
  EXPECT_EQ(*this->world_.ledger().cursor("push:a"), "");
  ASSERT_TRUE(this->world_.ledger().save_cursor("push:a", "{\"one\":1}"));
  ASSERT_TRUE(this->world_.ledger().save_cursor("push:a", "{\"two\":2}"));
  this->world_.reopen();
  EXPECT_EQ(*this->world_.ledger().cursor("push:a"), "{\"two\":2}");
  EXPECT_EQ(*this->world_.ledger().cursor("push:b"), "");
}

REGISTER_TYPED_TEST_SUITE_P(PushLedgerContract, WhatWasSavedIsFoundAndOfNoOtherPush,
                            ALaterRowTakesTheEarliersPlace, TheCursorIsKept);

}  // namespace vedette::contract
