// Owns: the simulated tenant's workspace as a place that runs any query: on the engine that hunts
// here run on, over the tenant's own rows. Promises: the answer has the service's form (types,
// dynamic values as texts, nulls). Must not know: who asks. One thread at a time.
#pragma once

#include "kql/catalogue/schema_catalogue.h"
#include "simulate/tenant/log_analytics.h"

namespace vedette::app {

class TenantWorkspace : public simulate::tenant::QueryEngine {
 public:
  TenantWorkspace() : catalogue_(kql::built_in_schema()) {}
  [[nodiscard]] base::Result<std::string> answer(std::string_view query,
                                                 const std::vector<Table>& tables,
                                                 base::Timestamp now) override;

 private:
  const kql::SchemaCatalogue catalogue_;
};

}  // namespace vedette::app
