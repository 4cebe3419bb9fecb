#include "store/sqlite/stop_note.hpp"

#include <filesystem>
#include <fstream>

namespace tidemark::sqlite {

std::string stop_note(const std::string& path) { return path + "-stopped"; }

bool leave_stop_note(const std::string& path, const ownership& who) {
  std::ofstream note{stop_note(path), std::ios::trunc};
  note << who.database << ' ' << who.fence << ' ' << who.since << ' ' << who.writes << '\n';
  return note.flush().good();
}

bool has_stop_note(const std::string& path, const ownership& found) {
  std::ifstream note{stop_note(path)};
  ownership noted;
  return note >> noted.database >> noted.fence >> noted.since >> noted.writes && is_same(noted, found)
         && found.writes >= noted.writes;
}

void remove_stop_note(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(stop_note(path), ignored);
}

bool is_same(const ownership& a, const ownership& b) noexcept {
  return a.database == b.database && a.fence == b.fence && a.since == b.since;
}

} // namespace tidemark::sqlite
