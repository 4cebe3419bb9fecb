/// Record types that the tests of queries and pages share.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/criteria.hpp"
#include "netsuite/column_ways.hpp"

namespace tidemark::test {

inline field make_field(std::string name, field_type type) {
  field out;
  out.name = name;
  out.column = std::move(name);
  out.type = type;
  return out;
}

/// These columns are left out.
inline column_ways without(std::initializer_list<std::string> columns) {
  column_ways out;
  for (const auto& column : columns) out.emplace(column, column_way::left_out);
  return out;
}

inline record_type customer() {
  record_type out;
  out.name = out.table = "customer";
  out.key = "id";
  out.change_column = "lastmodifieddate";
  out.fields = {make_field("id", field_type::id),
                make_field("companyname", field_type::text),
                make_field("parent", field_type::reference),
                make_field("creditlimit", field_type::decimal),
                make_field("isinactive", field_type::boolean),
                make_field("firstorder", field_type::date),
                make_field("lastmodifieddate", field_type::datetime)};
  return out;
}

/// Lines of transactions; the key has another name in the database than in NetSuite.
inline record_type transaction_line() {
  record_type out;
  out.name = "line";
  out.table = "transactionline";
  out.key = "line";
  out.set = set_of{"transaction", "transaction"};
  out.change_column = "linelastmodifieddate";
  auto key = make_field("line", field_type::id);
  key.column = "id";
  out.fields = {make_field("transaction", field_type::reference), key, make_field("memo", field_type::text),
                make_field("linelastmodifieddate", field_type::datetime)};
  return out;
}

} // namespace tidemark::test
