// Owns: Identity Protection: detections made from risky sign-ins, some at once and some hours
// later, users at risk, and what administrators judge about them.
// Promises: a detection exists when its sign-in does; the users at risk are those with a detection
// of medium or high level in the tenant's history. Must not know: requests. One thread.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/json.h"
#include "simulate/tenant/accounts.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/selection.h"
#include "simulate/tenant/timeline.h"

namespace vedette::simulate::tenant {

struct Detection {
  base::Timestamp time;  // when it was detected
  std::uint64_t key = 0;
  SignIn sign_in;

  [[nodiscard]] Identifier id() const { return record_id(time, key); }
};

struct RiskyUser {
  std::uint32_t person = 0;
  RiskKind worst = RiskKind::none;
  base::Timestamp updated;
};

enum class Judgement : std::uint8_t { compromised, dismissed };

class Risks {
 public:
  Risks(Timeline& timeline, const Accounts& accounts) : timeline_(timeline), accounts_(accounts) {}

  [[nodiscard]] Slice<Detection> detections(std::int64_t day);
  [[nodiscard]] std::vector<RiskyUser> users(base::Timestamp now) const;
  void judge(std::uint32_t person, Judgement judgement, base::Timestamp now);

  void write(base::JsonWriter& out, const Detection& detection, const Selection& selection) const;
  [[nodiscard]] FilterValue read(const Detection& detection, std::string_view property) const;
  void write(base::JsonWriter& out, const RiskyUser& user, const Selection& selection) const;
  [[nodiscard]] FilterValue read(const RiskyUser& user, std::string_view property) const;

 private:
  [[nodiscard]] std::string_view state_of(std::uint32_t person) const;
  [[nodiscard]] std::string_view detail_of(std::uint32_t person) const;

  Timeline& timeline_;
  const Accounts& accounts_;
  SliceCache<Detection> slices_;
  std::map<std::uint32_t, std::pair<Judgement, base::Timestamp>> judgements_;
};

[[nodiscard]] Vocabulary detection_vocabulary();
[[nodiscard]] Vocabulary risky_user_vocabulary();

}  // namespace vedette::simulate::tenant
