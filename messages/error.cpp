#include "messages/error.hpp"

#include <algorithm>
#include <array>

namespace tidemark {

namespace {

struct named_code {
  ec code;
  std::string_view name;
};

constexpr std::array names{
    named_code{ec::none, "none"},
    named_code{ec::bad_config, "bad_config"},
    named_code{ec::bad_request, "bad_request"},
    named_code{ec::unknown_tenant, "unknown_tenant"},
    named_code{ec::unknown_record_type, "unknown_record_type"},
    named_code{ec::unknown_import, "unknown_import"},
    named_code{ec::conflict, "conflict"},
    named_code{ec::version_mismatch, "version_mismatch"},
    named_code{ec::stopping, "stopping"},
    named_code{ec::dependency_cycle, "dependency_cycle"},
    named_code{ec::suspended, "suspended"},
    named_code{ec::refused, "refused"},
    named_code{ec::authentication, "authentication"},
    named_code{ec::permission, "permission"},
    named_code{ec::unknown_column, "unknown_column"},
    named_code{ec::missing_table, "missing_table"},
    named_code{ec::rejected, "rejected"},
    named_code{ec::server, "server"},
    named_code{ec::maintenance, "maintenance"},
    named_code{ec::unsupported_query, "unsupported_query"},
    named_code{ec::wrong_language, "wrong_language"},
    named_code{ec::timeout, "timeout"},
    named_code{ec::transport, "transport"},
    named_code{ec::body_too_large, "body_too_large"},
    named_code{ec::cancelled, "cancelled"},
    named_code{ec::connection_lost, "connection_lost"},
    named_code{ec::store_unavailable, "store_unavailable"},
    named_code{ec::store_defect, "store_defect"},
    named_code{ec::fenced, "fenced"},
    named_code{ec::stale, "stale"},
    named_code{ec::internal, "internal"},
};

} // namespace

std::string_view to_string(ec code) noexcept {
  auto found = std::ranges::find(names, code, &named_code::code);
  return found == names.end() ? "unknown" : found->name;
}

std::optional<ec> error_code_from_string(std::string_view name) noexcept {
  auto found = std::ranges::find(names, name, &named_code::name);
  if (found == names.end()) return std::nullopt;
  return found->code;
}

std::string render(const failure& what) { return std::string{to_string(what.code)} + ": " + what.message; }

} // namespace tidemark
