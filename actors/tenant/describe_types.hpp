/// What a criteria file says of its record types, for people.
#pragma once

#include "config/criteria.hpp"
#include "messages/wire/plans.hpp"

namespace tidemark {

record_type_list describe_types(const criteria& types);

} // namespace tidemark
