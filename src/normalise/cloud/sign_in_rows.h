// Owns: sign-ins as rows of `ASimAuthenticationEventLogs`, as sshd's log-ins have them
// (normalise/authlog_rows.h). Promises: one row for each version of a sign-in, by its identity; the
// words are those of the ASIM authentication schema, version 0.1.3. Must not know: records. One
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/alert.h"
#include "model/sign_in.h"
#include "model/table_batch.h"
#include "normalise/cloud/sign_in_errors.h"

namespace vedette::normalise::cloud {

class SignInRows {
 public:
  explicit SignInRows(const SignInErrors& errors);
  ~SignInRows();
  // `place` is what our databases say of the address: used where the service does not say.
  void add(const model::SignIn& sign_in, std::uint64_t content_hash, base::Timestamp received,
           const model::Location& place);
  void take(std::vector<model::TableBatch>& taken);
  void reuse(std::span<model::TableBatch> used);  // as in mapped_rows.h

 private:
  struct Columns;
  void add_result(const model::SignIn& sign_in);
  void add_people(const model::SignIn& sign_in);
  void add_source(const model::SignIn& sign_in, const model::Location& place);

  const SignInErrors& errors_;
  std::unique_ptr<Columns> columns_;
};

}  // namespace vedette::normalise::cloud
