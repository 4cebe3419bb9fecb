/// A small criteria file for tests.
#pragma once

#include <memory>

#include "config/criteria.hpp"

namespace tidemark {

/// `customer` and `item` come first, then `invoice`, which refers to both, then `payment`, which refers to an
/// invoice. Each has an id, and a text column that can be left out.
std::shared_ptr<const criteria> demo_types();

} // namespace tidemark
