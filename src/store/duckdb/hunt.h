// Owns: a hunt from text to rows: compile, run, and again where columns depend on data or where
// integer arithmetic overflowed and has to wrap as Kusto's does. Must not know: where the result
// goes. One thread at a time.
#pragma once

#include <string_view>

#include "kql/catalogue/catalogue.h"
#include "kql/compile.h"
#include "kql/result/sink.h"
#include "store/duckdb/engine.h"

namespace vedette::store::duckdb {

kql::Checked<void> hunt(Engine& engine, std::string_view text, const kql::Catalogue& catalogue,
                        const kql::Storage& storage, const kql::Inputs& inputs,
                        kql::result::Sink& sink);

}  // namespace vedette::store::duckdb
