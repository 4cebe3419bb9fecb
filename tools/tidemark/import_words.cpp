#include "tools/tidemark/import_words.hpp"

#include "messages/import_id.hpp"
#include "tools/tidemark/pages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::cli {

namespace {

constexpr std::string_view newest = "last";
// Beyond these nobody means one by a part of its id.
constexpr std::uint32_t most_listed = 10'000;
constexpr std::size_t most_named = 5;

std::string_view behind_tenant(std::string_view id) { return id.substr(id.rfind('.') + 1); }

attempt<std::string> newest_import(const std::string& tenant, node_link& link) {
  auto list = link.ask(list_imports{tenant, 1});
  if (!list) return std::unexpected(std::move(list.error()));
  if (list->imports.empty())
    return std::unexpected(trouble{
        exit_code::refused, tenant.empty() ? "there is no import yet"
                                           : fmt::format("there is no import of tenant {} yet", tenant)});
  return list->imports.front().id;
}

} // namespace

std::vector<std::string> ids_like(std::string_view word, std::span<const std::string> ids) {
  std::vector<std::string> found;
  for (auto& id : ids) {
    if (id == word) return {id};
    if (id.starts_with(word) || behind_tenant(id).starts_with(word) || behind_tenant(id).ends_with(word))
      found.push_back(id);
  }
  return found;
}

attempt<std::string> import_meant_by(const std::string& word, node_link& link) {
  if (tenant_of(word)) return word;
  if (word == newest) return newest_import({}, link);
  if (behind_tenant(word) == newest) return newest_import(word.substr(0, word.rfind('.')), link);
  std::vector<std::string> ids;
  auto read = for_each_page(link, list_imports{"", most_listed}, [&](const import_list& page) {
    for (auto& x : page.imports) ids.push_back(x.id);
  });
  if (!read && read.error().code >= exit_code::node_lost) return std::unexpected(std::move(read.error()));
  auto found = ids_like(word, ids);
  if (found.empty()) return word;
  if (found.size() == 1) return found.front();
  auto more = found.size() > most_named ? fmt::format(" and {} more", found.size() - most_named) : "";
  found.resize(std::min(found.size(), most_named));
  return std::unexpected(
      trouble{exit_code::refused, fmt::format("\"{}\" may be any of {}{}; write more of the id", word,
                                              fmt::join(found, ", "), more)});
}

} // namespace tidemark::cli
