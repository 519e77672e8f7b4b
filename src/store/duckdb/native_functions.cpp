#include "store/duckdb/native_functions.h"

#include <array>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/vector_type.h"

namespace vedette::store::duckdb {

namespace {

using kql::Type;
using kql::functions::Function;
using kql::functions::ParameterKind;

duckdb_type parameter_type(const kql::functions::Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::type:
      return vector_type(parameter.type);
    case ParameterKind::integer:
      return DUCKDB_TYPE_BIGINT;
    default:
      return DUCKDB_TYPE_VARCHAR;
  }
}

// What the callback needs to know of a row, worked out once.
struct Prepared {
  const Function* function = nullptr;
  Type result = Type::string;
  bool is_list = false;
  bool text_result = false;
};

// A row in one connection: what DuckDB keeps for the callback, and gives back in the end.
struct Registered {
  const Prepared* prepared = nullptr;
  const ports::GeoLookup* places = nullptr;  // of geo_info_from_ip_address
  const StatementStops* stops = nullptr;
};

// As Kusto gives it: {"country","state","city","latitude","longitude"}; empty when nothing is
// known.
void give_place(const ports::GeoLookup& places, kql::native::Call& call) {
  const auto address = base::parse_ip(call.text(0));
  if (!address) return;
  const model::Location found = places.locate(*address);
  kql::native::JsonBuilder out(call.give_text());
  out.open('{');
  const auto add = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    out.key(key);
    out.text(value);
  };
  add("country", found.country);
  add("state", found.region);
  add("city", found.city);
  if (found.has_coordinates) {
    out.key("latitude");
    out.real(found.latitude);
    out.key("longitude");
    out.real(found.longitude);
  }
  out.close('}');
}

struct Input {
  duckdb_type type = DUCKDB_TYPE_VARCHAR;
  void* data = nullptr;
  std::uint64_t* validity = nullptr;
};

void read_argument(const Input& input, idx_t row, kql::native::Argument& argument) {
  argument.is_null =
      input.validity != nullptr && !duckdb_validity_row_is_valid(input.validity, row);
  if (argument.is_null) {
    argument.text = {};
    return;
  }
  switch (input.type) {
    case DUCKDB_TYPE_BOOLEAN:
      argument.boolean = static_cast<bool*>(input.data)[row];
      return;
    case DUCKDB_TYPE_INTEGER:
      argument.integer = static_cast<std::int32_t*>(input.data)[row];
      return;
    case DUCKDB_TYPE_BIGINT:
      argument.integer = static_cast<std::int64_t*>(input.data)[row];
      return;
    case DUCKDB_TYPE_DOUBLE:
      argument.real = static_cast<double*>(input.data)[row];
      return;
    default: {
      duckdb_string_t& text = static_cast<duckdb_string_t*>(input.data)[row];
      argument.text = {duckdb_string_t_data(&text), duckdb_string_t_length(text)};
    }
  }
}

void write_null(duckdb_vector output, idx_t row) {
  duckdb_vector_ensure_validity_writable(output);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
}

void write_list(duckdb_vector output, idx_t row, const std::vector<std::string>& list) {
  const idx_t before = duckdb_list_vector_get_size(output);
  duckdb_list_vector_reserve(output, before + list.size());
  duckdb_vector child = duckdb_list_vector_get_child(output);
  for (std::size_t i = 0; i < list.size(); ++i)
    duckdb_vector_assign_string_element_len(child, before + i, list[i].data(), list[i].size());
  duckdb_list_vector_set_size(output, before + list.size());
  static_cast<duckdb_list_entry*>(duckdb_vector_get_data(output))[row] = {before, list.size()};
}

void write_result(const Prepared& prepared, duckdb_vector output, idx_t row,
                  const kql::native::Call& call) {
  if (prepared.is_list) return write_list(output, row, call.result_list);
  if (!call.has_result) {
    if (prepared.result != Type::string) return write_null(output, row);
    duckdb_vector_assign_string_element_len(output, row, "", 0);
    return;
  }
  void* data = duckdb_vector_get_data(output);
  switch (vector_type(prepared.result)) {
    case DUCKDB_TYPE_BOOLEAN:
      static_cast<bool*>(data)[row] = call.result_boolean;
      return;
    case DUCKDB_TYPE_INTEGER:
      static_cast<std::int32_t*>(data)[row] = static_cast<std::int32_t>(call.result_integer);
      return;
    case DUCKDB_TYPE_BIGINT:
      static_cast<std::int64_t*>(data)[row] = call.result_integer;
      return;
    case DUCKDB_TYPE_DOUBLE:
      static_cast<double*>(data)[row] = call.result_real;
      return;
    default:
      duckdb_vector_assign_string_element_len(output, row, call.result_text.data(),
                                              call.result_text.size());
  }
}

void run_rows(const Registered& registered, duckdb_function_info info, duckdb_data_chunk chunk,
              duckdb_vector output) {
  const Prepared& prepared = *registered.prepared;
  const idx_t rows = duckdb_data_chunk_get_size(chunk);
  const idx_t width = duckdb_data_chunk_get_column_count(chunk);
  std::vector<Input> inputs(width);
  for (idx_t i = 0; i < width; ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    duckdb_logical_type type = duckdb_vector_get_column_type(vector);
    inputs[i] = {duckdb_get_type_id(type), duckdb_vector_get_data(vector),
                 duckdb_vector_get_validity(vector)};
    duckdb_destroy_logical_type(&type);
  }
  kql::native::Call call;
  call.arguments.resize(width);
  call.stop = static_cast<const std::atomic<bool>*>(duckdb_scalar_function_get_bind_data(info));
  for (idx_t row = 0; row < rows; ++row) {
    if (call.stop != nullptr && call.stop->load(std::memory_order_relaxed))
      return duckdb_scalar_function_set_error(info, "the query was stopped");
    bool any_null = false;
    for (idx_t i = 0; i < width; ++i) {
      read_argument(inputs[i], row, call.arguments[i]);
      any_null = any_null || call.arguments[i].is_null;
    }
    call.reset();
    if (kql::functions::runs_for(prepared.function->traits, any_null, call.is_null(0))) {
      if (registered.places != nullptr) {
        give_place(*registered.places, call);
      } else {
        prepared.function->body(call);
      }
    }
    if (!call.error.empty()) return duckdb_scalar_function_set_error(info, call.error.c_str());
    write_result(prepared, output, row, call);
  }
}

void callback(duckdb_function_info info, duckdb_data_chunk chunk, duckdb_vector output) {
  const auto& registered =
      *static_cast<const Registered*>(duckdb_scalar_function_get_extra_info(info));
  try {  // nothing may be thrown into DuckDB's C interface
    run_rows(registered, info, chunk, output);
  } catch (const std::exception& problem) {
    duckdb_scalar_function_set_error(info, problem.what());
  }
}

// Of the connection that the statement is planned in. The engine that watches it lives longer than
// the plan, so copies of the plan have the same one, and nobody destroys it.
void bind(duckdb_bind_info info) {
  const auto& registered =
      *static_cast<const Registered*>(duckdb_scalar_function_bind_get_extra_info(info));
  OwnedContext context;
  duckdb_scalar_function_get_client_context(info, context.address());
  const auto* stop = registered.stops->find(duckdb_client_context_get_connection_id(context.get()));
  duckdb_scalar_function_set_bind_data(info, const_cast<std::atomic<bool>*>(stop), nullptr);
  duckdb_scalar_function_set_bind_data_copy(info, [](void* kept) { return kept; });
}

// A DuckDB logical type that is given back at the end of its scope.
class LogicalType {
 public:
  explicit LogicalType(duckdb_type type) : handle_(duckdb_create_logical_type(type)) {}
  explicit LogicalType(duckdb_logical_type handle) : handle_(handle) {}
  ~LogicalType() { duckdb_destroy_logical_type(&handle_); }
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  [[nodiscard]] duckdb_logical_type get() const { return handle_; }

 private:
  duckdb_logical_type handle_;
};

const std::vector<Prepared>& prepared_rows() {
  static const std::vector<Prepared> rows = [] {
    std::vector<Prepared> list;
    for (const Function* function : kql::functions::all()) {
      if (function->body == nullptr) continue;
      Prepared prepared;
      prepared.function = function;
      prepared.is_list = function->result == "list";
      prepared.result = kql::type_of_name(function->result).value_or(Type::dynamic);
      list.push_back(prepared);
    }
    return list;
  }();
  return rows;
}

}  // namespace

base::Result<void> register_native_functions(duckdb_connection connection,
                                             const StatementStops& stops,
                                             const ports::GeoLookup* places) {
  for (const Prepared& prepared : prepared_rows()) {
    const std::string& name = kql::functions::sql_name(*prepared.function);
    duckdb_scalar_function function = duckdb_create_scalar_function();
    duckdb_scalar_function_set_name(function, name.c_str());
    for (const auto& parameter : kql::functions::parameters_of(*prepared.function)) {
      const LogicalType type(parameter_type(parameter));
      if (parameter.repeats) {
        duckdb_scalar_function_set_varargs(function, type.get());
      } else {
        duckdb_scalar_function_add_parameter(function, type.get());
      }
    }
    const LogicalType element(prepared.is_list ? DUCKDB_TYPE_VARCHAR
                                               : vector_type(prepared.result));
    if (prepared.is_list) {
      const LogicalType list(duckdb_create_list_type(element.get()));
      duckdb_scalar_function_set_return_type(function, list.get());
    } else {
      duckdb_scalar_function_set_return_type(function, element.get());
    }
    duckdb_scalar_function_set_special_handling(function);
    auto registered = std::make_unique<Registered>();
    registered->prepared = &prepared;
    registered->stops = &stops;
    if (kql::functions::first_name(*prepared.function) == "geo_info_from_ip_address")
      registered->places = places;
    // DuckDB owns it from here on, and gives it back to be destroyed.
    duckdb_scalar_function_set_extra_info(function, registered.release(), [](void* kept) {
      const std::unique_ptr<Registered> owned(static_cast<Registered*>(kept));
    });
    duckdb_scalar_function_set_bind(function, bind);
    duckdb_scalar_function_set_function(function, callback);
    const duckdb_state state = duckdb_register_scalar_function(connection, function);
    duckdb_destroy_scalar_function(&function);
    if (state != DuckDBSuccess)
      return base::failure(base::ErrorCode::internal,
                           fmt::format("DuckDB does not take the function {}", name));
  }
  return {};
}

}  // namespace vedette::store::duckdb
