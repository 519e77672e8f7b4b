// Owns: Windows records as rows of Log Analytics' tables: those of the Security log in
// `SecurityEvent`, those of the classic logs (System, Application ...) and of Sysmon in `Event`,
// all others in `WindowsEvent`. Promises: one row a record; each of its values in the column of its
// name, and those that have none together in `EventData`; what a value does not say is not set.
// Must not know: how rows are kept. One thread.
#pragma once

#include <memory>
#include <vector>

#include "kql/catalogue/catalogue.h"
#include "model/table_batch.h"
#include "normalise/windows/windows_record.h"

namespace vedette::normalise::windows {

class WindowsRows {
 public:
  explicit WindowsRows(const kql::Catalogue& catalogue);
  ~WindowsRows();
  // `seeks_everywhere`: the row may be there since long (imports).
  void add(const WindowsRecord& record, const model::RowHead& head, bool seeks_everywhere);
  void take(std::vector<model::TableBatch>& taken);

 private:
  struct Table;
  void add_security(const WindowsRecord& record, Table& table);
  void add_event(const WindowsRecord& record, Table& table);
  void add_windows_event(const WindowsRecord& record, Table& table);

  std::vector<std::unique_ptr<Table>> tables_;  // rows, and imported ones, of each of the three
};

}  // namespace vedette::normalise::windows
