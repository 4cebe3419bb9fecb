/// The [[tenants]] of a node's configuration. Internal to the part.
#pragma once

#include "config/node_config.hpp"
#include "config/toml_section.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace tidemark {

/// What a tenant's settings are read against.
struct tenant_context {
  /// The folder of the configuration file, where `file:` secrets start.
  std::filesystem::path folder;
  /// Where databases start.
  std::filesystem::path data_dir;
  /// Whether others can read the configuration file, which then is no place for a real secret.
  bool open_to_others = false;
  const environment& env;
};

/// Whether a name is fit for commands, file names and logs: 1 to 64 of A-Z a-z 0-9 _ -
bool is_plain_id(std::string_view name);

/// Reads every tenant and checks them alone and against each other.
std::vector<tenant_config> read_tenants(toml_section& root, const tenant_context& context);

/// Reads [tenants.auth]. `loopback` tells whether the tenant's requests stay on this machine.
auth_config read_auth(toml_section& auth, const tenant_context& context, bool loopback);

} // namespace tidemark
