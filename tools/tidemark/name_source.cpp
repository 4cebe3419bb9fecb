#include "tools/tidemark/name_source.hpp"

#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;
using names = std::vector<known_name>;

// Who presses a key waits no longer than this.
constexpr std::chrono::milliseconds longest_wait = 500ms;
constexpr auto memory = 5s;
constexpr std::uint32_t most_imports = 100;

/// What the node answers to the question, as names.
template <class Question, class Name>
names ask_for(node_link& link, Question what, Name add_to) {
  names result;
  if (auto got = link.ask(std::move(what), longest_wait)) add_to(result, *got);
  return result;
}

/// The zones of this machine, which are those of the node: it is on the same one.
names zones() {
  names result;
  std::ifstream table{"/usr/share/zoneinfo/tzdata.zi"};
  for (std::string text; std::getline(table, text);) {
    std::istringstream words{text};
    std::string what;
    std::string name;
    std::string other;
    words >> what >> name >> other;
    // "Z Europe/Berlin ..." is a zone, "L Europe/Berlin Europe/Oslo" another name of one.
    if (what == "Z") result.push_back({name});
    if (what == "L") result.push_back({other});
  }
  return result;
}

std::string about(const import_status& x) {
  return fmt::format("{}, {}, {}, {} ago", x.record_type, to_string(x.mode), to_string(x.state),
                     duration_text(wall_clock() - x.requested_at));
}

std::string about(const schedule& x) {
  return fmt::format("{} of {}, {} {}{}", x.record_type, x.tenant, x.cron, x.zone,
                     x.paused ? ", paused" : "");
}

names ask_for(word_kind kind, node_link& link) {
  switch (kind) {
  case word_kind::tenant:
    return ask_for(link, query_node{}, [](names& to, node_status& got) {
      for (auto& x : got.tenants) to.push_back({std::move(x)});
    });
  case word_kind::record_type:
    return ask_for(link, list_record_types{}, [](names& to, const record_type_list& got) {
      for (auto& x : got.record_types) to.push_back({x.name});
    });
  case word_kind::import_id:
    return ask_for(link, list_imports{"", most_imports}, [](names& to, const import_list& got) {
      for (auto& x : got.imports) to.push_back({x.id, about(x)});
    });
  case word_kind::schedule:
    return ask_for(link, list_schedules{}, [](names& to, const schedule_list& got) {
      for (auto& x : got.schedules) to.push_back({x.what.name, about(x.what)});
    });
  case word_kind::flag:
    return ask_for(link, list_flags{}, [](names& to, const flag_list& got) {
      to.push_back({chunked_import_flag});
      for (auto& x : got.flags) to.push_back({x.name});
    });
  case word_kind::zone: return zones();
  default: return {};
  }
}

} // namespace

const names& name_source::names(word_kind kind, node_link* link) {
  auto now = std::chrono::steady_clock::now();
  auto& entry = known_[kind];
  if (link == nullptr || now < entry.until) return entry.names;
  // Also a failure is remembered: a node that does not answer is not asked at every key.
  entry.names = ask_for(kind, *link);
  entry.until = std::chrono::steady_clock::now() + memory;
  return entry.names;
}

} // namespace tidemark::cli
