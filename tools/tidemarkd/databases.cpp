#include "tools/tidemarkd/databases.hpp"

#include <fmt/format.h>

#include "store/control_store.hpp"
#include "store/open_tenant_store.hpp"

namespace tidemark {

outcome<void> check_databases(const node_config& config) {
  for (const auto& tenant : config.tenants) {
    auto fits = look_at_store("sqlite:" + tenant.database.location);
    if (fits) continue;
    return fail(fits.error().code, fmt::format("tenant {}: {}", tenant.id, fits.error().message), tenant.id);
  }
  auto control = open_control_store(control_database(config).string());
  if (!control && control.error().code != ec::store_unavailable) return std::unexpected(control.error());
  return {};
}

} // namespace tidemark
