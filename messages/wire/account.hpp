/// What a NetSuite account says of itself: whether a tenant can work with it, and what it has beyond the
/// criteria.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/caf_compat.hpp"

namespace tidemark {

/// Asks the account a few small questions, at most `most_check_requests`, and says what is in the way of
/// imports. Asked for a suspended tenant, too; changes nothing.
struct check_tenant {
  std::string tenant;
};
TIDEMARK_INSPECT(check_tenant, x.tenant)

/// Whatever the criteria hold: no check asks more of an account than this.
inline constexpr std::uint32_t most_check_requests = 60;

/// How it stands with one thing. `hint`: imports work, though not as well as they could.
enum class standing : std::uint8_t { well, hint, amiss };

inline std::string_view to_string(standing x) noexcept {
  return x == standing::well ? "well" : x == standing::hint ? "hint" : "amiss";
}

/// One thing that was looked at.
struct account_finding {
  std::string about;       ///< "credentials", "clock", "zone", "language", "limits", "role", "records"...
  std::string record_type; ///< that it is about; empty for the others
  standing how = standing::well;
  std::string text;   ///< a sentence, with NetSuite's own words where it said no
  std::string remedy; ///< what to do; empty where nothing is to be done
};
TIDEMARK_INSPECT(account_finding, x.about, x.record_type, x.how, x.text, x.remedy)

struct account_report {
  std::string tenant;
  std::string account;
  std::vector<account_finding> findings;
  std::vector<std::string> not_asked; ///< record types that no question was left for
  std::uint32_t requests = 0;
};
TIDEMARK_INSPECT(account_report, x.tenant, x.account, x.findings, x.not_asked, x.requests)

/// Asks the account for what it has beyond the tenant's criteria: custom fields, records, lists and segments.
/// Changes nothing.
struct discover_criteria {
  std::string tenant;
  std::vector<std::string> record_types; ///< only these; empty: all, and what the account has besides
};
TIDEMARK_INSPECT(discover_criteria, x.tenant, x.record_types)

/// How one field, or a whole record type, differs from the criteria.
struct criteria_difference {
  std::string record_type;
  std::string field; ///< empty: the record type itself
  std::string text;  ///< its type and what it points at, or what became of it
};
TIDEMARK_INSPECT(criteria_difference, x.record_type, x.field, x.text)

struct discovery {
  std::string tenant;
  std::string overlay; ///< a criteria file with what was gained, ready to be laid over the tenant's criteria
  std::vector<criteria_difference> gained; ///< the account has it, the criteria do not
  std::vector<criteria_difference> lost;   ///< the other way round
  std::vector<criteria_difference> changed;
  std::vector<std::string> remarks; ///< which way was taken, what is not to be had: a sentence each
  std::uint32_t requests = 0;
  std::vector<std::string> not_tried; ///< what could not be asked, so that it may differ: a sentence each
  std::vector<std::string> unknown;   ///< of the wanted names those that neither side has
};
TIDEMARK_INSPECT(discovery, x.tenant, x.overlay, x.gained, x.lost, x.changed, x.remarks, x.requests,
                 x.not_tried, x.unknown)

} // namespace tidemark
