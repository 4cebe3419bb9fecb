#include "tools/tidemarkd/databases.hpp"

#include <fmt/format.h>

#include "store/control_store.hpp"
#include "store/open_tenant_store.hpp"

namespace tidemark {

outcome<void> check_databases(const node_config& config) {
  for (const auto& tenant : config.tenants) {
    auto opened = open_tenant_store("sqlite:" + tenant.database.location, {});
    if (opened || opened.error().code == ec::store_unavailable) continue;
    return fail(opened.error().code, fmt::format("tenant {}: {}", tenant.id, opened.error().message),
                tenant.id);
  }
  auto control = open_control_store(control_database(config).string());
  if (!control && control.error().code != ec::store_unavailable) return std::unexpected(control.error());
  return {};
}

} // namespace tidemark
