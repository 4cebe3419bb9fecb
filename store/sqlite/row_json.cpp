#include "store/sqlite/row_json.hpp"

#include <nlohmann/json.hpp>

namespace tidemark::sqlite {

std::string row_json(const record_set& records, std::span<const cell> row) {
  using nlohmann::ordered_json;
  auto object = ordered_json::object();
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto& x = row[i];
    if (x.is == cell::kind::integer) object[records.columns()[i]] = x.number;
    if (x.is == cell::kind::text) object[records.columns()[i]] = records.text(x);
  }
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace tidemark::sqlite
