/// A small criteria file for tests.
#pragma once

#include <memory>

#include "config/criteria.hpp"

namespace tidemark {

/// `customer`, `item` and `method` need nothing, `invoice` needs customer and item, `payment` needs invoice
/// and method. Each has an id, and columns that can be left out.
std::shared_ptr<const criteria> demo_types();

} // namespace tidemark
