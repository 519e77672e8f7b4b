// Owns: `vedette audit verify`: whether the audit log is what was written.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "access/audit_chain.h"
#include "app/command.h"
#include "app/data_folder.h"
#include "app/data_layout.h"
#include "base/encode.h"
#include "base/text.h"
#include "store/sqlite/sqlite_access.h"

namespace vedette::app {
namespace {

constexpr const char* description =
    "Check that no entry of the audit log was changed, removed or put in later.\n"
    "Each entry's hash is made from the one before. Note the end that is printed somewhere else:\n"
    "with --noted, entries that were cut off the end are missed, too.";
constexpr const char* footer =
    "Examples:\n"
    "  vedette audit verify\n"
    "  vedette audit verify --noted 42:8f3c...\n"
    "\nExit codes: 0 whole, 1 not.";

int verify(const std::string& folder, const std::string& noted) {
  const DataLayout data{folder};
  std::error_code error;
  if (!std::filesystem::exists(data.state(), error)) {
    print_error(folder + " holds no state.db; --data names another folder");
    return exit_failed;
  }
  const auto store = store::sqlite::SqliteAccess::open(data.state(), &access::audit_hash, true);
  if (!store) {
    print_error(store.error().message);
    return exit_failed;
  }
  const auto report = access::verify_audit(**store, noted);
  if (!report) {
    print_error(report.error().message);
    return exit_usage;
  }
  if (report->broken != 0) {
    print_error(fmt::format("entry {}: {}; {} entries before it are as they were written",
                            report->broken, report->what, report->entries));
    return exit_failed;
  }
  if (report->entries == 0)
    fmt::print("The audit log is empty.\n");
  else
    fmt::print("The audit log is whole: {} entries.\nIts end: {}:{}\n",
               base::group_thousands(report->entries), report->entries, report->head);
  return exit_done;
}

}  // namespace

int run_audit(Arguments arguments) {
  CLI::App app(description, "vedette audit");
  app.footer(footer);
  app.require_subcommand(1);
  std::string folder_named, noted;
  auto* verb = app.add_subcommand("verify", "check the whole log");
  verb->add_option("--data", folder_named, "where everything is kept")->type_name("DIR");
  verb->add_option("--noted", noted, "an end that an earlier run printed")
      ->type_name("NUMBER:HASH");
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  const auto folder =
      data_folder(folder_named.empty() ? std::nullopt : std::optional<std::string>(folder_named));
  if (!folder) {
    print_error(folder.error().message);
    return exit_failed;
  }
  return verify(*folder, noted);
}

}  // namespace vedette::app
