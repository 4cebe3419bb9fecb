/// Compresses as a web server does.
#pragma once

#include <string>
#include <string_view>

namespace tidemark::test {

std::string gzip(std::string_view text);

} // namespace tidemark::test
