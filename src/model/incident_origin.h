// Owns: what another system (Microsoft Sentinel) says of an incident that is its own: where it
// lives there, what it is about, and what somebody did to it there.
// Promises: plain data that owns its text, bounded by whoever makes it;
// read_origin(write_origin(x)) is x. What nobody can tell (who changed a status) is told as
// unclear, never guessed. Must not know: how services are asked, how incidents are kept. Passed by
// value between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/action.h"

namespace vedette::model {

inline constexpr std::size_t origin_texts_max = 200;  // of each list
inline constexpr std::size_t origin_text_bytes_max = 1'000;

// Who did what counts as attending to an incident. The order is that of certainty: a later change
// of the same incident raises it, never lowers it.
enum class Toucher : std::uint8_t {
  nobody,
  automation,  // a rule, a correlation, a program, or we ourselves: counts for nothing
  unclear,     // somebody changed it, and it cannot be told whether that was a person
  person,
};

struct OriginEntity {
  std::string kind;  // as the origin calls it: "Account", "Mailbox", "CloudApplication" ...
  std::string value;
  bool operator==(const OriginEntity&) const = default;
};

struct OriginComment {
  std::string id, author, text;
  Toucher by = Toucher::unclear;
  base::Timestamp at;
  bool operator==(const OriginComment&) const = default;
};

struct IncidentOrigin {
  std::string provider;  // "Microsoft Sentinel"
  std::string source;    // the feed it came by
  std::string id;        // its full ARM id
  std::string number;    // as people call it there
  std::string url, etag;
  base::Timestamp created, changed;                  // by the origin's clock
  std::string status, owner, classification, title;  // as they were there when last read
  std::string changed_by;                            // empty: the origin does not say
  std::vector<std::string> labels, rule_ids, alert_ids, alert_names, products, tactics;
  std::vector<OriginEntity> entities;
  std::vector<AccountReference> accounts;
  std::vector<std::string> comment_ids;  // those that are on the timeline
  Toucher touched_by = Toucher::nobody;  // since it was created or reopened
  base::Timestamp touched;
  std::string touch;  // for people: "anna@contoso.com commented"
  // The earliest creation among those that were merged into it; its own where none was.
  base::Timestamp lineage_created;
  bool operator==(const IncidentOrigin&) const = default;

  // Its contents go on in another incident: a correlation closed it.
  [[nodiscard]] bool is_redirected() const;
};

// An incident as its origin told it, once.
struct IncidentReading {
  IncidentOrigin origin;  // without what is ours to find out: touches, lineage, comment_ids
  std::string description, closing_comment;
  std::string severity;  // its name there
  base::Timestamp first_event, last_event;
  std::uint64_t event_count = 0;
  std::vector<OriginComment> comments;
};

[[nodiscard]] std::string write_origin(const IncidentOrigin& origin);
// malformed: not what write_origin wrote.
[[nodiscard]] base::Result<IncidentOrigin> read_origin(std::string_view text);

}  // namespace vedette::model
