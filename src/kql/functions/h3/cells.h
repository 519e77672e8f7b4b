// Owns: cells of H3: their 64-bit names, where they lie, and their relations to one another.
// Promises: names, middles, borders and relations are those of Uber's library (h3-js 4.5, which
// test/kql/h3-answers.txt was made with): the same border from the same corner on, rings in the
// same order. What is done with a cell takes time by what it gives, and rings can be stopped. Must
// not know: KQL, GeoJSON. Called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kql/functions/h3/lattice.h"

namespace vedette::kql::functions::h3 {

// From the highest bit: 0, four bits 1 ("a cell"), three bits 0, four bits the resolution, seven
// the base cell, then three for each of 15 digits, which go from the base cell to the cell: 0 is
// the middle one of seven children, 1 to 6 lie around it. Digits that the resolution does not
// have are 7. A pentagon lacks the child 1.
using Cell = std::uint64_t;

// Nothing where the token is no cell's: hexadecimal, large letters too.
[[nodiscard]] std::optional<Cell> read_cell(std::string_view token);
[[nodiscard]] std::string token_of(Cell cell);
[[nodiscard]] int resolution_of(Cell cell);
[[nodiscard]] bool is_pentagon(Cell cell);

// The resolution is 0 to 15 everywhere.
[[nodiscard]] Cell base_cell_at(int number);  // 0 to 121
[[nodiscard]] Cell cell_at(const Direction& place, int resolution);
[[nodiscard]] Direction middle_of(Cell cell);
// Ends where it begins. A side that crosses an edge of the icosahedron bends there, which adds a
// corner.
[[nodiscard]] Path border_of(Cell cell);

// Of the same resolution or a coarser one.
[[nodiscard]] Cell parent_of(Cell cell, int resolution);
// Of the same resolution or a finer one, by their names: 7 times as many for each step.
[[nodiscard]] std::vector<Cell> children_of(Cell cell, int resolution);
// Six, counterclockwise, or five.
[[nodiscard]] std::vector<Cell> neighbors_of(Cell cell);
// The cell itself, its neighbours, theirs, and so on: distance + 1 rings. Far rings of a coarse
// resolution may be empty.
[[nodiscard]] base::Result<std::vector<std::vector<Cell>>> rings_of(
    Cell cell, int distance, const std::atomic<bool>* stop = nullptr);

}  // namespace vedette::kql::functions::h3
