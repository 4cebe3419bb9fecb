/// What the claims about tenant stores need of a backend. Each backend's test program defines
/// `make_test_database` and links the claims.
#pragma once

#include "store/ledger_reader.hpp"
#include "store/open_tenant_store.hpp"
#include "store/tenant_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidemark::test {

/// An empty database that goes when this goes.
class test_database {
public:
  test_database() = default;
  test_database(const test_database&) = delete;
  test_database& operator=(const test_database&) = delete;
  virtual ~test_database() = default;

  /// Another store on the same database.
  virtual outcome<std::unique_ptr<tenant_store>> open(const store_options& options) = 0;

  /// A reader beside the stores.
  virtual outcome<std::unique_ptr<ledger_reader>> open_reader() = 0;

  /// Runs plain SQL past the store, as a person would. Each row's values are joined by '|', NULL as "null".
  virtual std::vector<std::string> sql(const std::string& text) = 0;
};

std::unique_ptr<test_database> make_test_database();

} // namespace tidemark::test
