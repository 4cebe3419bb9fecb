/// Reads the section [alerts]. Internal to the part.
#pragma once

#include "config/alerts_config.hpp"
#include "config/toml_section.hpp"

namespace tidemark {

void read_alerts(toml_section& in, alerts_config& result);

} // namespace tidemark
