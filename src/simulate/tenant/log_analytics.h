// Owns: the Log Analytics query endpoint over the simulated tenant: a handful of query forms over
// SigninLogs, AuditLogs and Heartbeat.
// Promises: what it answers is right; any other query goes to a query engine when one was given,
// with the tables that it names, and is refused by name otherwise, in the service's error
// shape, never answered wrongly. It is no query engine. Must not know: Graph, who has an engine.
// One thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/tenant/accounts.h"
#include "simulate/tenant/audit_document.h"
#include "simulate/tenant/message.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/quota.h"
#include "simulate/tenant/sign_in_document.h"
#include "simulate/tenant/timeline.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

// Whoever can run any query over rows.
class QueryEngine {
 public:
  struct Table {
    std::string name;
    std::string records;  // JSON objects, one a line
  };
  virtual ~QueryEngine() = default;
  // The answer as the service writes it: {"tables":[...]}. invalid_argument: why not, in the
  // words of whoever reads queries.
  [[nodiscard]] virtual base::Result<std::string> answer(std::string_view query,
                                                         const std::vector<Table>& tables,
                                                         base::Timestamp now) = 0;
};

class ThreatIntelligence;

// What answers what the workspace itself does not; either may be null.
struct QueryGround {
  QueryEngine* engine = nullptr;
  const ThreatIntelligence* threat_intelligence = nullptr;  // its rows are a table, too
};

// What a query that is understood says.
struct TableQuery {
  std::string table;  // empty: `print`
  std::string printed;
  std::optional<std::size_t> rows_max;
  TimeBounds bounds;
};
// The error's message names what is not understood.
[[nodiscard]] base::Result<TableQuery> parse_table_query(std::string_view text,
                                                         base::Timestamp now);

class LogAnalytics {
 public:
  LogAnalytics(const TenantOptions& options, Timeline& timeline, const Accounts& accounts,
               const Tokens& tokens, QueryGround ground)
      : options_(options),
        timeline_(timeline),
        accounts_(accounts),
        tokens_(tokens),
        ground_(ground),
        sign_ins_(options, timeline.directory()),
        audits_(options, timeline.directory()) {}

  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] TenantReply answer(const TenantRequest& request, base::Timestamp now);

 private:
  [[nodiscard]] TenantReply run(const TableQuery& query, base::Timestamp now);
  [[nodiscard]] TenantReply run_elsewhere(std::string_view text, const TimeBounds& bounds,
                                          base::Timestamp now);
  std::size_t write_sign_ins(base::JsonWriter& out, const TableQuery& query, base::Timestamp now);
  std::size_t write_audits(base::JsonWriter& out, const TableQuery& query, base::Timestamp now);
  std::size_t write_heartbeats(base::JsonWriter& out, const TableQuery& query, base::Timestamp now);

  const TenantOptions& options_;
  Timeline& timeline_;
  const Accounts& accounts_;
  const Tokens& tokens_;
  const QueryGround ground_;
  const SignInDocuments sign_ins_;
  const AuditDocuments audits_;
  Quota quota_{200, base::Duration::seconds(30)};
};

}  // namespace vedette::simulate::tenant
