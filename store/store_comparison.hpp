/// Two databases of one tenant side by side, row by row and value by value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "messages/error.hpp"
#include "messages/wire/parity.hpp"

namespace tidemark {

class store_comparison {
public:
  virtual ~store_comparison() = default;

  /// Every record type that either database has, by name. Records that are marked as deleted, and tidemark's
  /// own columns, do not count. From the second call on only rows count that differed in each call before.
  virtual outcome<std::vector<type_parity>> compare() = 0;
};

/// Both as `open_tenant_store` takes them; they must exist.
outcome<std::unique_ptr<store_comparison>> compare_stores(std::string_view chunked, std::string_view legacy);

/// Removes a tenant's database that nobody has open. One that is not there is fine.
outcome<void> remove_store(std::string_view url);

} // namespace tidemark
