/// The tables of the control database as SQL.
#pragma once

#include "store/sqlite/migrations.hpp"

namespace tidemark::sqlite {

/// Of the control database: "tdmc". `feature_flags` is the reference's table, so that its SQL works here; it
/// takes whatever is written, and the rules of flags judge it.
schema control_schema() noexcept;

} // namespace tidemark::sqlite
