// Owns: which columns of rows hold what indicators are about, and which say who, where and how it
// ended: schema/observables.txt. Its lines:
//   KIND SIDE COLUMN...          KIND: address, domain, url, email, hash, text; SIDE: source,
//                                destination, named; a COLUMN may be TABLE.COLUMN
//   path KIND SIDE TABLE.COLUMN MEMBER.MEMBER
//   account|host|service|result|action|count|source_port|destination_port|protocol COLUMN...
//   blocked WORD...              values of `action` that say that it was stopped
//   never TABLE...               `Name*`: all that begin so
//   ignored COLUMN...            looks like one of these, and is none
// Names are compared without case, underscores and the endings _s and _d. Promises: immutable; a
// column that stands there twice is an error, so that nothing is decided by chance. Must not know:
// rows. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/indicator_match.h"

namespace vedette::intel {

inline constexpr std::string_view log_in_table = "ASimAuthenticationEventLogs";
// Whose rows of event 4624 and 4625 are log-ins.
inline constexpr std::string_view windows_log_table = "SecurityEvent";
// Whether each row of that table is a log-in, whose result says whether it succeeded.
[[nodiscard]] bool has_log_ins(std::string_view table);

enum class ObservedKind : std::uint8_t { address, domain, url, email, hash, text };
enum class RowRole : std::uint8_t {
  account,
  host,
  service,
  result,
  action,
  count,
  source_port,
  destination_port,
  protocol
};

struct ObservedColumn {
  ObservedKind kind = ObservedKind::address;
  model::ObservedSide side = model::ObservedSide::named;
  std::vector<std::string> members = {};  // of the JSON that the column holds; empty: its text
};

class ObservedColumns {
 public:
  [[nodiscard]] static base::Result<ObservedColumns> read(std::string_view text);

  // Empty: nothing in it is looked at.
  [[nodiscard]] std::vector<ObservedColumn> of(std::string_view table,
                                               std::string_view column) const;
  [[nodiscard]] bool is_never(std::string_view table) const;
  [[nodiscard]] bool is_ignored(std::string_view column) const;
  // Whether a name stands in the file at all, for any table.
  [[nodiscard]] bool is_declared(std::string_view column) const;
  // Its columns, the first that a row has is meant; as `plain_name` has them.
  [[nodiscard]] const std::vector<std::string>& role(RowRole role) const;
  [[nodiscard]] bool says_blocked(std::string_view action) const;
  // The words, in lower case.
  [[nodiscard]] const std::set<std::string, std::less<>>& blocked() const { return blocked_; }
  // All names, for who checks them: "COLUMN" or "TABLE.COLUMN", as they are written.
  [[nodiscard]] const std::vector<std::string>& written() const { return written_; }

  [[nodiscard]] static std::string plain_name(std::string_view column);

 private:
  base::Result<void> read_line(const std::vector<std::string_view>& words);
  base::Result<void> add(std::string_view name, ObservedColumn column);

  std::map<std::string, std::vector<ObservedColumn>, std::less<>> columns_;  // by plain name
  std::map<RowRole, std::vector<std::string>> roles_;
  std::set<std::string, std::less<>> blocked_, ignored_;
  std::vector<std::string> never_, written_;
};

// Of schema/observables.txt, as it was when the program was built.
[[nodiscard]] const ObservedColumns& observed_columns();

}  // namespace vedette::intel
