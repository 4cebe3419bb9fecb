#include "tools/tidemark/name_source.hpp"

namespace tidemark::cli {

namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

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

names ask_for(word_kind kind, node_link& link) {
  switch (kind) {
  case word_kind::tenant:
    return ask_for(link, query_node{}, [](names& to, node_status& got) { to = std::move(got.tenants); });
  case word_kind::record_type:
    return ask_for(link, list_record_types{}, [](names& to, const record_type_list& got) {
      for (auto& x : got.record_types) to.push_back(x.name);
    });
  case word_kind::import_id:
    return ask_for(link, list_imports{"", most_imports}, [](names& to, const import_list& got) {
      for (auto& x : got.imports) to.push_back(x.id);
    });
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
