#include "tools/netsuite_sim/gzip.hpp"

#include <zlib.h>

namespace tidemark::netsuite_sim {

std::string compress(std::string_view text, int level) {
  constexpr auto window_with_gzip_header = 15 + 16;
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, window_with_gzip_header, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

} // namespace tidemark::netsuite_sim
